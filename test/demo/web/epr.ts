/** The demo's patient record: server-rendered pages with their own sign-in, patient banner and a note form that can hold unsaved work. */
import { clinicalRecord } from '../clinicalRecord.js';
import { type Exchange, type Handler, readBody, type RunningServer, type ServerOptions, startServer } from '../http.js';
import { type DemoPatient, patientByLocalNumber, patientByNhsNumber, population } from '../population.js';
import { behindSignInPage, type SignInHeard } from './door.js';
import { html, type Html } from './html.js';
import { asset, type DemoSystem, patientBanner, redirect, sendNotice, sendPage } from './page.js';
import { displayDate, displayGender, displayName, displayNhsNumber } from './presentation.js';

export interface EprOptions extends ServerOptions {
  /** The clock; default: the machine's. */
  readonly now?: () => Date;
  /** Hears of sign-ins at its sign-in page. Absent: everybody is let in, for tests of its pages. */
  readonly onSignIn?: SignInHeard;
}

interface Note {
  readonly writtenAt: string;
  readonly text: string;
}

const NOTES_KEPT = 100;

const system: DemoSystem = {
  name: 'Demo patient record',
  navigation: [
    { title: 'Home', href: '/' },
    { title: 'Patient list', href: '/patients' },
  ],
};
const tabs = [
  ['', 'Summary'],
  ['/encounters', 'Encounters'],
  ['/notes', 'Notes'],
] as const;
const styleSheet = asset('demo.css', 'text/css');
const script = asset('epr.js', 'text/javascript');

/**
 * `/` home · `/patients` everybody · `/patient/{nhsNumber}` and `/patient/local/{localNumber}` one patient, each with
 * `/encounters` and `/notes`. An unknown patient is 404, a record that was merged into another is 410.
 */
export async function startEpr({
  now = () => new Date(),
  onSignIn,
  ...options
}: EprOptions = {}): Promise<RunningServer> {
  const notes = new Map<string, Note[]>();
  const pages: Handler = async (exchange) => {
    const { pathname } = exchange.url;
    if (pathname === '/demo.css') styleSheet(exchange);
    else if (pathname === '/epr.js') script(exchange);
    else if (pathname === '/') sendPage(exchange, system, { title: 'Home', body: home });
    else if (pathname === '/patients') sendPage(exchange, system, { title: 'Patient list', body: patientList });
    else {
      const asked = /^(?<base>\/patient\/(?<local>local\/)?(?<number>[A-Za-z0-9]{1,20}))(?<tab>\/[a-z]+)?$/.exec(
        pathname,
      )?.groups;
      const number = asked?.['number'] ?? '';
      const patient = asked?.['local'] === undefined ? patientByNhsNumber(number) : patientByLocalNumber(number);
      const tab = tabs.find(([address]) => address === (asked?.['tab'] ?? ''));
      if (!asked || !tab) sendNotice(exchange, system, 404, 'No such page', html`<a href="/">Go to the home page</a>`);
      else if (!patient) sendNotice(exchange, system, 404, 'Patient not found', searchAgain);
      else if (patient.replacedBy !== null)
        sendNotice(exchange, system, 410, 'Record merged', mergedInto(patient.replacedBy));
      else await showPatient(exchange, patient, asked['base'] ?? '', tab[0]);
    }
  };
  return startServer(onSignIn ? behindSignInPage(pages, system, ['/demo.css'], onSignIn) : pages, options);

  async function showPatient(exchange: Exchange, patient: DemoPatient, base: string, tab: string): Promise<void> {
    if (tab === '/notes' && exchange.request.method === 'POST') return saveNote(exchange, patient, base);
    const body = html`${patientBanner(patient, now().toISOString().slice(0, 10))}
      <nav class="tabs" aria-label="Patient">
        ${tabs.map(
          ([address, title]) =>
            html`<a href="${base}${address}" ${address === tab && html` aria-current="page"`}>${title}</a>`,
        )}
      </nav>
      ${tabBody(patient, tab, base)}`;
    sendPage(exchange, system, { title: displayName(patient), body, ...(tab === '/notes' && { script: '/epr.js' }) });
  }

  async function saveNote(exchange: Exchange, patient: DemoPatient, base: string): Promise<void> {
    const fromElsewhere = exchange.request.headers['sec-fetch-site'];
    if (fromElsewhere !== undefined && fromElsewhere !== 'same-origin') {
      sendNotice(exchange, system, 403, 'Not saved', html`This form was sent from another site.`);
      return;
    }
    const text = new URLSearchParams(await readBody(exchange.request)).get('note')?.trim() ?? '';
    if (text === '') {
      sendNotice(
        exchange,
        system,
        400,
        'Not saved',
        html`The note is empty or too long. <a href="${base}/notes">Go back</a>`,
      );
      return;
    }
    const kept = [{ writtenAt: now().toISOString(), text }, ...(notes.get(patient.id) ?? [])];
    notes.set(patient.id, kept.slice(0, NOTES_KEPT));
    redirect(exchange, `${base}/notes`, 303);
  }

  function tabBody(patient: DemoPatient, tab: string, base: string): Html {
    const record = clinicalRecord(patient);
    const encounters = html`<table>
      <thead>
        <tr>
          <th>Date</th>
          <th>Kind</th>
          <th>Place</th>
          <th>Reason</th>
        </tr>
      </thead>
      <tbody>
        ${record.encounters.map(
          ({ date, kind, place, reason }) =>
            html`<tr>
              <td>${displayDate(date)}</td>
              <td>${kind}</td>
              <td>${place}</td>
              <td>${reason}</td>
            </tr>`,
        )}
      </tbody>
    </table>`;
    switch (tab) {
      case '/encounters':
        return html`<h2>Encounters</h2>
          ${encounters}`;
      case '/notes':
        return html`<h2>Notes</h2>
          <form method="post" action="${base}/notes" data-unsaved-work>
            <label>New note <textarea name="note" required maxlength="5000"></textarea></label>
            <button>Save note</button> <output></output>
          </form>
          <ul>
            ${(notes.get(patient.id) ?? []).map(({ writtenAt, text }) => html`<li>${displayDate(writtenAt.slice(0, 10))} ${text}</li>`)}
          </ul>`;
      default:
        return html`<h2>Summary</h2>
          <p>${record.encounters.length} encounters, ${record.documents.length} documents from elsewhere.</p>
          ${encounters}`;
    }
  }
}

const home = html`<h2>Demo patient record</h2>
  <p>No patient is open. Choose one in Lanyard, or take one from the <a href="/patients">patient list</a>.</p>`;

const searchAgain = html`Nobody with this number is in the demo. Look in the <a href="/patients">patient list</a>.`;

function mergedInto(localNumber: string): Html {
  return html`This record was merged into <a href="/patient/local/${localNumber}">${localNumber}</a>. It shows nothing
    any more.`;
}

const patientList = html`<h2>Patient list</h2>
  <table>
    <thead>
      <tr>
        <th>Name</th>
        <th>Born</th>
        <th>Gender</th>
        <th>NHS No.</th>
        <th>Hospital No.</th>
      </tr>
    </thead>
    <tbody>
      ${population
        .filter(({ replacedBy }) => replacedBy === null)
        .map(
          (patient) =>
            html`<tr>
              <td><a href="/patient/local/${patient.localNumber}">${displayName(patient)}</a></td>
              <td>${displayDate(patient.birthDate)}</td>
              <td>${displayGender(patient)}</td>
              <td>${displayNhsNumber(patient.nhsNumber)}</td>
              <td>${patient.localNumber}</td>
            </tr>`,
        )}
    </tbody>
  </table>`;
