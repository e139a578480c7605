/**
 * Systems that hear of their patient over a live channel, one page for all patients, as a vendor would write them: each
 * shows whom its address names, and from then on whom the channel names, in its own way.
 */
import { type RunningServer, startServer } from '../demo/http.js';
import { type DemoPatient, NHS_NUMBER_SYSTEM, population } from '../demo/population.js';
import { writtenDay } from './lab.js';

/**
 * follows: shows whom it is told · deaf: listens, and stays · liar: shows the right number with another birth date ·
 * leads: follows, and asks for others
 */
export type Fdc3Behaviour = 'follows' | 'deaf' | 'liar' | 'leads';

export interface LiveDesk extends RunningServer {
  /** Paths of the pages that were asked for, in order. */
  readonly opened: readonly string[];
}

const people = population.slice(0, 8);

export async function startLiveDesk(): Promise<LiveDesk> {
  const opened: string[] = [];
  const server = await startServer(({ response, url }) => {
    const [, behaviour = '', nhsNumber = ''] = url.pathname.split('/');
    if (behaviour !== 'favicon.ico') opened.push(url.pathname);
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(page(nhsNumber, fdc3Script(behaviour as Fdc3Behaviour)));
  });
  return { ...server, opened };
}

function page(nhsNumber: string, script: string): string {
  const shown = Object.fromEntries(people.map((one) => [one.nhsNumber ?? '', identity(one)]));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Live</title><body>
    <div id="banner"></div><textarea aria-label="Note"></textarea>
    <script>
      const people = ${JSON.stringify(shown)};
      const show = (number) => { document.querySelector('#banner').innerHTML = people[number] ?? '<h1>Worklist</h1>'; };
      show(${JSON.stringify(nhsNumber)});
      ${script}
    </script></body></html>`;
}

/** By the standard's own snippet: window.fdc3, or the event that it is ready. */
function fdc3Script(behaviour: Fdc3Behaviour): string {
  const told: Record<Fdc3Behaviour, string> = {
    follows: 'show(number);',
    leads: 'show(number);',
    deaf: '',
    liar: "show(number); for (const one of document.querySelectorAll('.dob')) one.textContent = 'Born 01-Jan-1901';",
  };
  return `
    const heard = [];
    const begin = () => fdc3.addContextListener('lanyard.patient', (context) => {
      heard.push(context);
      const number = context.id[${JSON.stringify(NHS_NUMBER_SYSTEM)}];
      if (heard.length > 1) { ${told[behaviour]} }
    });
    if (window.fdc3) begin();
    else addEventListener('fdc3Ready', begin);`;
}

/** A patient as pages name one over FDC3. */
export function contextOf({ nhsNumber, birthDate }: DemoPatient): {
  readonly type: string;
  readonly id: Readonly<Record<string, string>>;
  readonly birthDate: string;
} {
  return { type: 'lanyard.patient', id: { [NHS_NUMBER_SYSTEM]: nhsNumber ?? '' }, birthDate };
}

function identity({ family, given, nhsNumber, birthDate }: DemoPatient): string {
  return `<h1>${family}, ${given[0] ?? ''}</h1><p data-nhs-number>${nhsNumber ?? ''}</p><p class="dob">Born ${writtenDay(birthDate)}</p>`;
}
