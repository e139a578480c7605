/**
 * The demo's results viewer: a single-page application. The page that arrives knows nobody; its script fetches the
 * patient and the results, so the identity appears late, and filters them without asking the server again. It asks who
 * is there by HTTP Basic.
 */
import { clinicalRecord } from '../clinicalRecord.js';
import { type Exchange, type Handler, type RunningServer, sendJson, type ServerOptions, startServer } from '../http.js';
import { imagedStudies } from '../pacs/studies.js';
import {
  type DemoPatient,
  LOCAL_NUMBER_ISSUER,
  LOCAL_NUMBER_SYSTEM,
  NHS_NUMBER_SYSTEM,
  patientByLocalNumber,
  patientByNhsNumber,
} from '../population.js';
import { behindBasic, type SignInHeard } from './door.js';
import { html } from './html.js';
import { asset, type DemoSystem, sendNotice, sendPage } from './page.js';
import { displayDate, displayName, displayNhsNumber } from './presentation.js';

const system: DemoSystem = { name: 'Demo results', navigation: [{ title: 'Home', href: '/' }] };
const styleSheet = asset('demo.css', 'text/css');
const script = asset('results.js', 'text/javascript');

export interface ResultsOptions extends ServerOptions {
  /** Hears of what HTTP Basic sent. Absent: everybody is let in, for tests of its pages. */
  readonly onSignIn?: SignInHeard;
}

/** `/` home · `/results?nhs=…` or `?mrn=…` one patient, 404 when unknown · `/api/results` the same as JSON. */
export async function startResults({ onSignIn, ...options }: ResultsOptions = {}): Promise<RunningServer> {
  const pages: Handler = (exchange) => {
    switch (exchange.url.pathname) {
      case '/demo.css':
        styleSheet(exchange);
        return;
      case '/results.js':
        script(exchange);
        return;
      case '/':
        sendPage(exchange, system, { title: 'Home', body: home });
        return;
      case '/results':
        showResults(exchange);
        return;
      case '/api/results':
        sendResults(exchange);
        return;
      default:
        sendNotice(exchange, system, 404, 'No such page', html`<a href="/">Go to the home page</a>`);
    }
  };
  return startServer(onSignIn ? behindBasic(pages, system, ['/demo.css'], onSignIn) : pages, options);
}

function showResults(exchange: Exchange): void {
  if (askedFor(exchange)) sendPage(exchange, system, { title: 'Results', body: emptyPage, script: '/results.js' });
  else sendNotice(exchange, system, 404, 'Patient not found', html`The demo has no results for this number.`);
}

function sendResults(exchange: Exchange): void {
  const patient = askedFor(exchange);
  if (!patient) {
    sendJson(exchange.response, { problem: 'patient not found' }, { status: 404 });
    return;
  }
  sendJson(exchange.response, {
    patient: {
      name: displayName(patient),
      born: displayDate(patient.birthDate),
      nhsNumber: patient.nhsNumber,
      nhsNumberShown: displayNhsNumber(patient.nhsNumber),
      localNumber: patient.localNumber,
      birthDate: patient.birthDate,
      numbers: {
        ...(patient.nhsNumber !== null && { [NHS_NUMBER_SYSTEM]: patient.nhsNumber }),
        [LOCAL_NUMBER_SYSTEM]: patient.localNumber,
      },
    },
    images: imagedStudies
      .filter(({ person }) => person.patientId === patient.localNumber && person.issuer === LOCAL_NUMBER_ISSUER)
      .map(({ description, date, studyInstanceUid }) => ({
        date: displayDate(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}`),
        description,
        studyInstanceUid,
      })),
    results: clinicalRecord(patient).results.map(({ date, test, value, unit, low, high }) => ({
      date: displayDate(date),
      test,
      value,
      unit,
      range: `${low}–${high}`,
      abnormal: value < low || value > high,
    })),
  });
}

function askedFor({ url }: Exchange): DemoPatient | undefined {
  const nhsNumber = url.searchParams.get('nhs');
  const patient =
    nhsNumber === null ? patientByLocalNumber(url.searchParams.get('mrn') ?? '') : patientByNhsNumber(nhsNumber);
  return patient?.replacedBy === null ? patient : undefined;
}

const home = html`<h2>Demo results</h2>
  <p>No patient is open. Choose one in Lanyard.</p>`;

const emptyPage = html`<div id="patient" role="status" aria-busy="true">Loading results …</div>
  <template id="banner"
    ><section class="banner" aria-label="Patient">
      <h1></h1>
      <p>Born <b class="dob"></b></p>
      <p>NHS No. <b data-nhs-number></b></p>
      <p>Hospital No. <b data-local-number></b></p>
    </section>
    <section id="images" hidden>
      <h2>Imaging</h2>
      <ul></ul>
    </section>
    <h2>Results</h2>
    <label
      >Test
      <select id="test">
        <option value="">All tests</option>
      </select></label
    >
    <table>
      <thead>
        <tr>
          <th>Date</th>
          <th>Test</th>
          <th>Value</th>
          <th>Unit</th>
          <th>Reference</th>
        </tr>
      </thead>
      <tbody></tbody></table
  ></template>`;
