/**
 * Systems that lie: each shows the wrong patient, or shows the right one in a way that is hard to read, in one
 * particular way that has hurt somebody. `honest` is the control: everything here is built on the same page.
 */
import { population, type DemoPatient } from '../demo/population.js';
import { type RunningServer, startServer } from '../demo/http.js';

export type Behaviour =
  | 'honest'
  | 'stale-panel'
  | 'late-answer'
  | 'other-birth-date'
  | 'frame'
  | 'frame-lies'
  | 'foreign-frame'
  | 'foreign-frame-lies'
  | 'shadow-root'
  | 'shadow-root-lies'
  | 'canvas'
  | 'login'
  | 'hang'
  | 'rewrites-late'
  | 'hidden'
  | 'title-only'
  | 'slow'
  | 'error'
  | 'denied'
  | 'never-answers'
  | 'elsewhere'
  | 'unsaved'
  | 'in-place'
  | 'two-letters-apart'
  | 'late-request'
  | 'side-by-side'
  | 'only-in-tooltip'
  | 'tooltip-lies'
  | 'print-preview-lies'
  | 'padded-otherwise'
  | 'other-digits'
  | 'written-backwards'
  | 'see-through'
  | 'see-through-ink'
  | 'indented-away'
  | 'fixed-below-the-window'
  | 'letters-of-no-size'
  | 'faint-part'
  | 'former-number';

export interface Lab extends RunningServer {
  /** Origin of the frames of another origin. */
  readonly foreignOrigin: string;
  /** Every address asked for, in order. */
  readonly requests: string[];
  /** How long (ms) the next pages are held back. */
  delay: (url: URL) => number;
}

export async function startLab(): Promise<Lab> {
  const requests: string[] = [];
  const lab: Pick<Lab, 'delay'> = { delay: () => 0 };
  const foreign = await startServer(({ response, url }) => {
    html(response, page(identity(patientOf(url))));
  });
  const server = await startServer(
    ({ response, url }) => {
      requests.push(url.pathname + url.search);
      answer(response, url, foreign.url);
    },
    { delayFor: (url) => lab.delay(url) },
  );
  return Object.assign(lab, {
    ...server,
    foreignOrigin: foreign.url,
    requests,
    close: async () => {
      await server.close();
      await foreign.close();
    },
  });
}

type Response = Parameters<Parameters<typeof startServer>[0]>[0]['response'];

/** Who a page pretends to be about while it should be about somebody else: the next in the list. */
export function somebodyElse(patient: DemoPatient): DemoPatient {
  const next = population[(population.indexOf(patient) + 1) % population.length];
  if (!next) throw new Error('the population is empty');
  return next;
}

function patientOf(url: URL): DemoPatient {
  const number = url.pathname.split('/').at(-1) ?? '';
  const patient = population.find(({ nhsNumber }) => nhsNumber === number);
  if (!patient) throw new Error('the lab was asked for nobody');
  return patient;
}

function answer(response: Response, url: URL, foreignOrigin: string): void {
  const [, behaviour = '', what = ''] = url.pathname.split('/');
  if (what === 'inner') {
    html(response, page(identity(patientOf(url))));
    return;
  }
  if (behaviour === 'login' && what === 'page') {
    html(response, page('<h1>Sign in</h1><label>Password <input type="password"></label>'));
    return;
  }
  if (behaviour === 'in-place' && what === 'app') {
    html(response, inPlace());
    return;
  }
  if (what !== 'patient') {
    html(response, page('<h1>Worklist</h1>'));
    return;
  }
  const patient = patientOf(url);
  const other = somebodyElse(patient);
  const show = (body: string, script = ''): void => {
    html(response, page(body, script));
  };
  switch (behaviour as Exclude<Behaviour, 'in-place'>) {
    case 'honest':
    case 'slow':
      show(identity(patient));
      break;
    case 'stale-panel':
      show(identity(patient) + identity(other));
      break;
    case 'late-answer':
    case 'rewrites-late':
      show(
        `<div id="banner">${identity(patient)}</div>`,
        `setTimeout(() => { document.querySelector('#banner').innerHTML = ${JSON.stringify(identity(other))}; }, ${behaviour === 'late-answer' ? 300 : 1500});`,
      );
      break;
    case 'other-birth-date':
      show(identity({ ...patient, birthDate: other.birthDate === patient.birthDate ? '1901-01-01' : other.birthDate }));
      break;
    case 'frame':
    case 'frame-lies':
      show(`<iframe id="record" src="/x/inner/${(behaviour === 'frame' ? patient : other).nhsNumber ?? ''}"></iframe>`);
      break;
    case 'foreign-frame':
    case 'foreign-frame-lies':
      show(
        `<iframe id="record" src="${foreignOrigin}/x/inner/${(behaviour === 'foreign-frame' ? patient : other).nhsNumber ?? ''}"></iframe>`,
      );
      break;
    case 'shadow-root':
    case 'shadow-root-lies':
      show(
        '<div id="host"></div>',
        `document.querySelector('#host').attachShadow({ mode: 'open' }).innerHTML = ${JSON.stringify(identity(behaviour === 'shadow-root' ? patient : other))};`,
      );
      break;
    case 'canvas':
      show(
        '<canvas width="600" height="80"></canvas>',
        `const c = document.querySelector('canvas').getContext('2d'); c.font = '20px sans-serif'; c.fillText(${JSON.stringify(`${patient.family} ${patient.nhsNumber ?? ''}`)}, 10, 40);`,
      );
      break;
    case 'hidden':
      show(
        `<div style="display:none">${identity(patient)}</div><div>${identity(other).replaceAll('data-nhs-number', 'data-other')}</div>`,
      );
      break;
    case 'title-only':
      show(`<title>${patient.nhsNumber ?? ''}</title><p>Record</p>`);
      break;
    case 'hang':
      show(identity(patient), 'setTimeout(() => { for (;;); }, 800);');
      break;
    case 'unsaved':
      show(
        `${identity(patient)}<textarea aria-label="Note"></textarea><button>Save</button>`,
        `const hold = (event) => { event.preventDefault(); event.returnValue = ''; };
         document.querySelector('textarea').addEventListener('input', () => addEventListener('beforeunload', hold));
         document.querySelector('button').addEventListener('click', () => removeEventListener('beforeunload', hold));`,
      );
      break;
    case 'two-letters-apart':
      // the number and the birth date are right: what was taken over from an order is not
      show(identity({ ...patient, family: twoLettersApart(patient.family) }));
      break;
    case 'late-request':
      // the answer for the patient before arrives in the details beside a banner that is right
      show(
        `<div id="banner">${identity(patient)}</div>`,
        `setTimeout(async () => {
           const answer = new DOMParser().parseFromString(await (await fetch('/x/inner/${other.nhsNumber ?? ''}')).text(), 'text/html');
           document.querySelector('.dob').textContent = answer.querySelector('.dob').textContent;
         }, 1200);`,
      );
      break;
    case 'side-by-side':
      show(
        `<div style="display:flex"><section>${identity(other)}</section><section>${identity(patient)}</section></div>`,
      );
      break;
    case 'only-in-tooltip':
      show(
        identity(patient).replace(
          /<span data-nhs-number>([^<]*)<\/span>/,
          '<span data-nhs-number title="$1">Demographics</span>',
        ),
      );
      break;
    case 'tooltip-lies':
      show(
        identity(other).replace('<span data-nhs-number>', `<span data-nhs-number title="${patient.nhsNumber ?? ''}">`),
      );
      break;
    case 'print-preview-lies':
      show(
        `${identity(patient)}<iframe id="preview" style="height:40vh" src="/x/inner/${other.nhsNumber ?? ''}"></iframe>`,
      );
      break;
    case 'padded-otherwise':
      show(
        identity(patient).replace(
          /<span data-nhs-number>[^<]*<\/span>/,
          `<span class="local">${patient.localNumber.replace('RM', 'RM000')}</span>`,
        ),
      );
      break;
    case 'other-digits':
      show(
        identity(patient).replace(
          /<span data-nhs-number>([^<]*)</,
          (_, number: string) =>
            `<span data-nhs-number>${number.slice(0, -1)}${superscripts[Number(number.at(-1))] ?? ''}<`,
        ),
      );
      break;
    case 'written-backwards': {
      // what stands in the document is the patient's number; what is drawn is the same read from the right
      show(identity(patient).replace('<span data-nhs-number>', '<span data-nhs-number>\u202e'));
      break;
    }
    case 'see-through':
      show(`<div style="opacity:0.01">${identity(patient)}</div>`);
      break;
    case 'see-through-ink':
      show(`<style>h1, p, span { color: transparent }</style>${identity(patient)}`);
      break;
    case 'indented-away':
      show(`<style>h1, p, span { text-indent: -9999px; overflow: hidden }</style>${identity(patient)}`);
      break;
    case 'fixed-below-the-window':
      show(`<div style="position:fixed;top:300vh;left:0">${identity(patient)}</div>`);
      break;
    case 'letters-of-no-size':
      show(`<style>h1, p, span { font-size: 0; padding: 20px }</style>${identity(patient)}`);
      break;
    case 'faint-part':
      // the place named is there to be seen; the number in it is not
      show(
        identity(patient)
          .replace('<span data-nhs-number>', '<span data-nhs-number>See card <i style="opacity:0">')
          .replace('</span></p><p class="dob"', '</i></span></p><p class="dob"'),
      );
      break;
    case 'former-number':
      show(
        identity(patient).replace(
          /<span data-nhs-number>[^<]*<\/span>/,
          `<span class="local">${patient.formerLocalNumbers[0] ?? ''}</span>`,
        ),
      );
      break;
    case 'login':
      response.writeHead(302, { location: '/login/page' }).end();
      break;
    case 'elsewhere':
      response.writeHead(302, { location: 'https://elsewhere.example/' }).end();
      break;
    case 'error':
      response.writeHead(500, { 'content-type': 'text/html' }).end('<p>stack trace</p>');
      break;
    case 'denied':
      response.writeHead(403, { 'content-type': 'text/html' }).end('<p>no</p>');
      break;
    case 'never-answers':
      break; // the connection stays open without a word
  }
}

const superscripts = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/** TESTPATIENT → TESTPATEINT: two letters changed places. */
function twoLettersApart(family: string): string {
  return family.replace(/(.)(.)(..)$/u, '$2$1$3');
}

/** One page for all patients, that draws another one in place, and is then busy for a while before it shows them. */
function inPlace(): string {
  const pages = Object.fromEntries(
    population.slice(0, 5).map((one): [string, string] => [one.nhsNumber ?? '', identity(one)]),
  );
  return page(
    '<div id="banner"></div>',
    `const pages = ${JSON.stringify(pages)};
    const draw = () => {
      document.querySelector('#banner').innerHTML = pages[location.hash.slice(1)] ?? '';
      setTimeout(() => { const end = performance.now() + 1500; while (performance.now() < end); }, 120);
    };
    addEventListener('hashchange', draw);
    draw();`,
  );
}

/** Every patient's pages have a colour of their own, so that a picture of the screen tells whose page is on it. */
export function colourOf(patient: DemoPatient): string {
  const index = population.indexOf(
    population.find(({ localNumber }) => localNumber === patient.localNumber) ?? patient,
  );
  return ['ff00ff', '00ffff', 'ffff00', '00ff00', 'ff0000'][index] ?? '0000ff';
}

function identity(patient: DemoPatient): string {
  const { nhsNumber, family, given, birthDate } = patient;
  const spaced = nhsNumber?.replace(/^(\d{3})(\d{3})(\d{4})$/, '$1 $2 $3') ?? '';
  return `<div style="background:#${colourOf(patient)};padding:40vh 0"><h1>${family}, ${given[0] ?? ''}</h1><p>NHS No. <span data-nhs-number>${spaced}</span></p><p class="dob" data-born="${birthDate}">Born ${writtenDay(birthDate)}</p></div>`;
}

/** 12-Apr-1961 */
export function writtenDay(day: string): string {
  const [year = '', month = '', date = ''] = day.split('-');
  const name =
    ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'][Number(month) - 1] ?? '';
  return `${date}-${name}-${year}`;
}

function page(body: string, script = ''): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Lab</title><body style="margin:0;font-family:sans-serif"><style>iframe { width: 100%; height: 90vh; border: 0 }</style>${body}
    <a id="out" href="https://example.org/">out</a> <a id="popup" target="_blank" href="https://example.org/">popup</a>
    ${script ? `<script>${script}</script>` : ''}</body></html>`;
}

function html(response: Response, text: string): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(text);
}
