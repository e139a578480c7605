/**
 * The demo's shared care record, launched in context the way regional records are: the launch address names the patient
 * and the birth date, the record opens at an address that names neither, and the identity stands in an iframe.
 */
import { clinicalRecord } from '../clinicalRecord.js';
import { type Exchange, type RunningServer, type ServerOptions, startServer } from '../http.js';
import { type DemoPatient, NHS_NUMBER_SYSTEM, patientById, patientByNhsNumber } from '../population.js';
import { html } from './html.js';
import { asset, type DemoSystem, patientBanner, redirect, sendHtml, sendNotice, sendPage } from './page.js';
import { displayDate } from './presentation.js';

export interface SharedCareRecordOptions extends ServerOptions {
  /** The clock; default: the machine's. */
  readonly now?: () => Date;
  /** Makes the key of an opened record; default: a random UUID. */
  readonly newKey?: () => string;
}

/** An opened record can be seen for so long. */
const OPEN_MS = 3_600_000;
const OPEN_RECORDS = 1_000;

const system: DemoSystem = { name: 'Demo shared care record', navigation: [{ title: 'Home', href: '/' }] };
const styleSheet = asset('demo.css', 'text/css');

/**
 * `/` home · `/launch?patient=https://fhir.nhs.uk/Id/nhs-number|NNN&birthdate=YYYY-MM-DD` checks both and redirects to
 * `/record/{key}`, whose iframe `#demographics` shows who it is. Source of the launch: docs of Somerset's SIDeR.
 */
export async function startSharedCareRecord({
  now = () => new Date(),
  newKey = () => crypto.randomUUID(),
  ...options
}: SharedCareRecordOptions = {}): Promise<RunningServer> {
  const opened = new Map<string, { readonly patientId: string; readonly until: number }>();

  return startServer((exchange) => {
    const { pathname } = exchange.url;
    const record = /^\/record\/(?<key>[\w-]{1,64})(?<part>\/demographics|\/document\/(?<index>\d{1,3}))?$/.exec(
      pathname,
    )?.groups;
    if (pathname === '/demo.css') styleSheet(exchange);
    else if (pathname === '/') sendPage(exchange, system, { title: 'Home', body: home });
    else if (pathname === '/launch') launch(exchange);
    else if (record) showRecord(exchange, record['key'] ?? '', record['part'], Number(record['index'] ?? NaN));
    else sendNotice(exchange, system, 404, 'No such page', html`<a href="/">Go to the home page</a>`);
  }, options);

  function launch(exchange: Exchange): void {
    const { searchParams } = exchange.url;
    const [namingSystem, nhsNumber = ''] = (searchParams.get('patient') ?? '').split('|');
    const birthDate = searchParams.get('birthdate') ?? '';
    if (namingSystem !== NHS_NUMBER_SYSTEM || !/^\d{10}$/.test(nhsNumber) || !/^\d{4}-\d{2}-\d{2}$/.test(birthDate)) {
      sendNotice(
        exchange,
        system,
        400,
        'This launch cannot be read',
        html`It must name the patient and the birth date.`,
      );
      return;
    }
    const patient = patientByNhsNumber(nhsNumber);
    if (patient?.birthDate !== birthDate || patient.replacedBy !== null) {
      sendNotice(exchange, system, 404, 'Patient not found', html`No record has this NHS number and birth date.`);
      return;
    }
    const key = newKey();
    opened.set(key, { patientId: patient.id, until: now().getTime() + OPEN_MS });
    const [oldest] = opened.keys();
    if (opened.size > OPEN_RECORDS && oldest !== undefined) opened.delete(oldest);
    redirect(exchange, `/record/${key}`);
  }

  function showRecord(exchange: Exchange, key: string, part: string | undefined, index: number): void {
    const open = opened.get(key);
    const patient = open && now().getTime() < open.until ? patientById(open.patientId) : undefined;
    if (!patient) {
      sendNotice(exchange, system, 410, 'This record is closed', html`Open it again from Lanyard.`);
      return;
    }
    const { documents } = clinicalRecord(patient);
    if (part === '/demographics') sendDemographics(exchange, patient);
    else if (part === undefined) sendPage(exchange, system, { title: 'Record', body: recordPage(key, patient) });
    else {
      const document = documents[index];
      if (!document) sendNotice(exchange, system, 404, 'No such document', html`<a href="/record/${key}">Back</a>`);
      else
        sendPage(exchange, system, {
          title: document.title,
          body: html`${demographics(key)}
            <h2>${document.title}</h2>
            <p>${displayDate(document.date)}, ${document.organisation}</p>
            <p>${document.text}</p>
            <p><a href="/record/${key}">Back to the record</a></p>`,
        });
    }
  }

  function sendDemographics(exchange: Exchange, patient: DemoPatient): void {
    const document = html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <title>Demographics</title>
          <link rel="stylesheet" href="/demo.css" />
        </head>
        <body>
          <main>${patientBanner(patient, now().toISOString().slice(0, 10))}</main>
        </body>
      </html>`;
    sendHtml(exchange.response, document);
  }
}

function demographics(key: string) {
  return html`<iframe id="demographics" title="Patient" src="/record/${key}/demographics"></iframe>`;
}

function recordPage(key: string, patient: DemoPatient) {
  return html`${demographics(key)}
    <h2>Documents</h2>
    <ul>
      ${clinicalRecord(patient).documents.map(
        ({ date, organisation, title }, index) =>
          html`<li>${displayDate(date)} <a href="/record/${key}/document/${index}">${title}</a>, ${organisation}</li>`,
      )}
    </ul>`;
}

const home = html`<h2>Demo shared care record</h2>
  <p>No record is open. Choose a patient in Lanyard.</p>`;
