/** The demo hospital's patient index: a small read-only FHIR R4 server for Patient. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Bundle, CapabilityStatement, OperationOutcome, OperationOutcomeIssue } from '@medplum/fhirtypes';
import { type Exchange, type ListenOptions, type RunningServer, sendJson, startServer } from '../http.js';
import { patientById } from '../population.js';
import { patientResource } from './patientResource.js';
import { searchPatients } from './patientSearch.js';

export interface FhirServerOptions extends ListenOptions {
  /** How long (ms) to hold this query back: tests of slow servers and late answers. Default: not at all. */
  readonly delayFor?: (url: URL) => number;
}

const BASE = '/fhir/R4';

export interface FhirServer extends RunningServer {
  /** https or http address that `Patient?identifier=…` is appended to. */
  readonly fhirBaseUrl: string;
}

export async function startFhirServer({ delayFor = () => 0, ...listen }: FhirServerOptions = {}): Promise<FhirServer> {
  const closing = new AbortController();
  const server = await startServer(async (exchange) => {
    const heldBack = delayFor(exchange.url);
    if (heldBack > 0) {
      const gone = new AbortController();
      exchange.response.once('close', () => {
        gone.abort();
      });
      const ended = AbortSignal.any([gone.signal, closing.signal]);
      await delay(heldBack, undefined, { signal: ended }).catch((error: unknown) => {
        if (!ended.aborted) throw error;
      });
      if (ended.aborted) return;
    }
    answer(exchange);
  }, listen);
  return {
    url: server.url,
    fhirBaseUrl: server.url + BASE,
    close: () => {
      closing.abort();
      return server.close();
    },
  };
}

function answer({ request, response, url }: Exchange): void {
  const send = (body: unknown, status = 200) => {
    sendJson(response, body, { status, type: 'application/fhir+json' });
  };
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
  const id = new RegExp(`^${BASE}/Patient/([A-Za-z0-9.-]{1,64})$`).exec(url.pathname)?.[1];
  const patient = id === undefined ? undefined : patientById(id);
  if (patient) send(patientResource(patient));
  else if (id === undefined) send(outcome('not-supported', 'This server knows Patient only.'), 404);
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
          searchParam: [
            { name: 'identifier', type: 'token' },
            { name: 'family', type: 'string' },
            { name: 'given', type: 'string' },
            { name: 'birthdate', type: 'date' },
          ],
        },
      ],
    },
  ],
};
