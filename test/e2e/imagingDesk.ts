/**
 * Systems that want something of each other: results that ask over FDC3, two viewers with one page for each study, and a
 * record with a page for orders. Every page shows whom its address names.
 */
import { type RunningServer, startServer } from '../demo/http.js';
import { type DemoPatient, population } from '../demo/population.js';
import { writtenDay } from './lab.js';

export interface ImagingDesk extends RunningServer {
  /** Addresses asked for, in order: path and query. */
  readonly opened: readonly string[];
}

const people = population.slice(0, 8);

/** `/{system}/{nhsNumber}`, with `study`, `accession` or `order` in its query. */
export async function startImagingDesk(): Promise<ImagingDesk> {
  const opened: string[] = [];
  const server = await startServer(({ response, url }) => {
    const [, system = '', nhsNumber = ''] = url.pathname.split('/');
    if (system !== 'favicon.ico') opened.push(url.pathname + url.search);
    const patient = people.find((one) => one.nhsNumber === nhsNumber);
    const wanted = [...url.searchParams.values()].join(' ').replace(/[^\w. -]/gu, '');
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html><html lang="en">
      <meta charset="utf-8"><title>${system.replace(/\W/gu, '')}</title><body>
      ${patient ? identity(patient) : '<h1>Nobody</h1>'}<p id="wanted">${wanted}</p>
      <textarea aria-label="Note"></textarea>
      <script>
        const note = document.querySelector('textarea');
        addEventListener('beforeunload', (event) => { if (note.value !== '') event.preventDefault(); });
      </script></body></html>`);
  });
  return { ...server, opened };
}

function identity({ family, given, nhsNumber, birthDate }: DemoPatient): string {
  return `<h1>${family}, ${given[0] ?? ''}</h1><p data-nhs-number>${nhsNumber ?? ''}</p><p class="dob">Born ${writtenDay(birthDate)}</p>`;
}
