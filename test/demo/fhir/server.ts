/** The demo hospital's patient index: a small read-only FHIR R4 server for Patient, and for the growth chart Observation. */
import type { Bundle, CapabilityStatement, OperationOutcome, OperationOutcomeIssue } from '@medplum/fhirtypes';
import { type Exchange, readBody, type RunningServer, sendJson, type ServerOptions, startServer } from '../http.js';
import { type DemoPatient, patientById } from '../population.js';
import { observationsOf } from './observations.js';
import { patientResource } from './patientResource.js';
import { type Match, matchPatients } from './patientMatch.js';
import { searchPatients } from './patientSearch.js';

const BASE = '/fhir/R4';

export interface FhirServer extends RunningServer {
  /** The address that `/Patient?identifier=…` is appended to. */
  readonly fhirBaseUrl: string;
}

export async function startFhirServer(options?: ServerOptions): Promise<FhirServer> {
  const server = await startServer(answer, options);
  return { ...server, fhirBaseUrl: server.url + BASE };
}

async function answer({ request, response, url }: Exchange): Promise<void> {
  const send = (body: unknown, status = 200) => {
    sendJson(response, body, { status, type: 'application/fhir+json' });
  };
  if (request.method === 'POST' && url.pathname === `${BASE}/Patient/$match`) {
    const matches = matchPatients(parseJson(await readBody(request)));
    if (matches) send(matchBundle(url, matches));
    else send(outcome('invalid', 'Parameters with a Patient named "resource" are needed.'), 400);
    return;
  }
  if (request.method !== 'GET') {
    send(outcome('not-supported', 'This server is read-only.'), 405);
    return;
  }
  if (url.pathname === `${BASE}/metadata`) {
    send(capabilities);
    return;
  }
  if (url.pathname === `${BASE}/Patient`) {
    const found = searchPatients(url.searchParams);
    if (found.ok) send(searchBundle(url, found));
    else send(outcome(found.code, found.diagnostics), 400);
    return;
  }
  if (url.pathname === `${BASE}/Observation`) {
    const of = patientById((url.searchParams.get('patient') ?? '').replace(/^Patient\//, ''));
    if (of) send(observationBundle(url, of));
    else send(outcome('value', 'Say whose: patient.'), 400);
    return;
  }
  const id = new RegExp(`^${BASE}/Patient/([A-Za-z0-9.-]{1,64})$`).exec(url.pathname)?.[1];
  const patient = id === undefined ? undefined : patientById(id);
  if (patient) send(patientResource(patient));
  else if (id === undefined)
    send(outcome('not-supported', 'This server knows Patient and the search for Observation only.'), 404);
  else send(outcome('not-found', 'No patient has this id.'), 404);
}

function searchBundle(url: URL, found: Extract<ReturnType<typeof searchPatients>, { ok: true }>): Bundle {
  const next = new URL(url);
  if (found.nextOffset !== null) next.searchParams.set('_offset', String(found.nextOffset));
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.total,
    link: [
      { relation: 'self', url: url.href },
      ...(found.nextOffset === null ? [] : [{ relation: 'next', url: next.href }]),
    ],
    entry: found.page.map((patient) => ({
      fullUrl: `${url.origin}${BASE}/Patient/${patient.id}`,
      resource: patientResource(patient),
      search: { mode: 'match' },
    })),
  };
}

function matchBundle(url: URL, matches: readonly Match[]): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: matches.length,
    entry: matches.map(({ patient, grade, score }) => ({
      fullUrl: `${url.origin}${BASE}/Patient/${patient.id}`,
      resource: patientResource(patient),
      search: {
        mode: 'match',
        score,
        extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: grade }],
      },
    })),
  };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return null; // said as what it is: no Parameters
  }
}

function observationBundle(url: URL, patient: DemoPatient): Bundle {
  const observations = observationsOf(patient);
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: observations.length,
    link: [{ relation: 'self', url: url.href }],
    entry: observations.map((resource) => ({
      fullUrl: `${url.origin}${BASE}/Observation/${resource.id ?? ''}`,
      resource,
      search: { mode: 'match' },
    })),
  };
}

function outcome(code: NonNullable<OperationOutcomeIssue['code']>, diagnostics: string): OperationOutcome {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code, diagnostics }] };
}

const capabilities: CapabilityStatement = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-11-20',
  kind: 'instance',
  implementation: { description: 'Demo patient index: invented patients only' },
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [
    {
      mode: 'server',
      resource: [
        {
          type: 'Patient',
          interaction: [{ code: 'read' }, { code: 'search-type' }],
          operation: [{ name: 'match', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match' }],
          searchParam: [
            { name: 'identifier', type: 'token' },
            { name: 'family', type: 'string' },
            { name: 'given', type: 'string' },
            { name: 'birthdate', type: 'date' },
          ],
        },
        {
          type: 'Observation',
          interaction: [{ code: 'search-type' }],
          searchParam: [{ name: 'patient', type: 'reference' }],
        },
      ],
    },
  ],
};
