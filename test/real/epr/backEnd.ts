/**
 * A STAND-IN for OpenMRS' server, ours, not OpenMRS: just what the O3 front end asks before it draws a patient's chart.
 * It knows the people of the demo by their id (which is a UUID, as O3 wants) and that a clinician is signed in; to
 * everything else it answers that there is nothing.
 */
import type { Patient } from '@medplum/fhirtypes';
import { patientResource } from '../../demo/fhir/patientResource.js';
import { type Exchange, sendJson } from '../../demo/http.js';
import {
  type DemoPatient,
  LOCAL_NUMBER_SYSTEM,
  NHS_NUMBER_SYSTEM,
  patientById,
  population,
} from '../../demo/population.js';

/** Identifier types of the pretended server: uuid and title. */
const identifierTypes = {
  [LOCAL_NUMBER_SYSTEM]: { uuid: '05a29f94-c0ed-11e2-94be-8c13b969e334', display: 'Hospital number' },
  [NHS_NUMBER_SYSTEM]: { uuid: '7d1f3c5a-0000-4000-8000-000000000001', display: 'NHS number' },
};

const provider = { uuid: '7d1f3c5a-0000-4000-8000-000000000002', display: 'Dr Testclinician' };
const user = {
  uuid: '7d1f3c5a-0000-4000-8000-000000000003',
  display: 'testclinician',
  username: 'testclinician',
  systemId: 'testclinician',
  userProperties: {},
  person: { uuid: '7d1f3c5a-0000-4000-8000-000000000004', display: 'Dr Testclinician' },
  privileges: [],
  roles: [{ uuid: '7d1f3c5a-0000-4000-8000-000000000005', display: 'System Developer' }],
  retired: false,
};
const nobody = { authenticated: false, sessionId: '', locale: 'en', allowedLocales: ['en'] };
const session = {
  ...nobody,
  authenticated: true,
  sessionId: 'test',
  user,
  currentProvider: provider,
  sessionLocation: { uuid: '7d1f3c5a-0000-4000-8000-000000000006', display: 'Demo ward' },
};

const FHIR = '/openmrs/ws/fhir2/R4';
const REST = '/openmrs/ws/rest/v1';

/** @param signedIn false: O3 shows its own sign-in page */
export function answerAsBackEnd({ request, response, url }: Exchange, signedIn: boolean): void {
  const { pathname } = url;
  const send = (body: unknown, status = 200) => {
    sendJson(response, body, { status });
  };
  if (pathname === `${REST}/session`) {
    if (request.method === 'DELETE') response.writeHead(204).end();
    else send(signedIn ? session : nobody);
    return;
  }
  if (!signedIn) {
    send({ error: { message: 'not signed in' } }, 401);
    return;
  }
  const [, kind = '', id = ''] =
    /\/(Patient|patient|person|user|concept|systemsetting)(?:\/([^/]+))?$/.exec(pathname) ?? [];
  const patient = patientById(id);
  if (kind === 'Patient' && id === '') send(bundle(found(url.searchParams)));
  else if (['Patient', 'patient', 'person'].includes(kind) && !patient)
    send({ error: { message: 'no such patient' } }, 404);
  else if (kind === 'Patient' && patient) send(fhirPatient(patient));
  else if (kind === 'patient' && patient) send(restPatient(patient));
  else if (kind === 'person' && patient) send(person(patient));
  else if (kind === 'user') send(user);
  else if (kind === 'concept' && id !== '') send({ uuid: id, display: id, setMembers: [], answers: [], names: [] });
  else if (pathname.startsWith(`${FHIR}/`)) send(bundle([]));
  else send({ results: [], totalCount: 0, links: [], value: '' });
}

function found(query: URLSearchParams): Patient[] {
  const text = (query.get('name') ?? query.get('identifier') ?? query.get('_id') ?? '').toLowerCase();
  return population
    .filter(({ id, family, localNumber, nhsNumber }) =>
      [id, family, localNumber, nhsNumber ?? ''].some((value) => text !== '' && value.toLowerCase().startsWith(text)),
    )
    .map(fhirPatient);
}

function bundle(patients: readonly Patient[]) {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: patients.length,
    entry: patients.map((resource) => ({ resource })),
  };
}

/** As OpenMRS writes it: the identifier's type says what it is, not its system. */
function fhirPatient(patient: DemoPatient): Patient {
  const resource = patientResource(patient);
  return {
    ...resource,
    identifier: (resource.identifier ?? [])
      .filter(({ use }) => use !== 'old')
      .map(({ system, value = '' }, index) => {
        const type = typeOf(system);
        return {
          id: `${patient.id.slice(0, -1)}${index}`,
          use: system === LOCAL_NUMBER_SYSTEM ? ('official' as const) : ('usual' as const),
          type: { coding: [{ code: type.uuid }], text: type.display },
          value,
        };
      }),
  };
}

function restPatient(patient: DemoPatient) {
  return {
    uuid: patient.id,
    display: `${patient.localNumber} - ${fullName(patient)}`,
    identifiers: (patientResource(patient).identifier ?? []).map(({ system, value = '' }) => {
      const identifierType = typeOf(system);
      return { identifier: value, display: `${identifierType.display} = ${value}`, identifierType };
    }),
    person: person(patient),
    attributes: [],
  };
}

function person(patient: DemoPatient) {
  const { id, given, family, birthDate, gender, deceased } = patient;
  return {
    uuid: id,
    display: fullName(patient),
    gender: { female: 'F', male: 'M', other: 'O', unknown: 'U' }[gender],
    birthdate: `${birthDate}T00:00:00.000+0000`,
    attributes: [],
    dead: deceased !== null,
    deathDate: deceased?.date ?? null,
    preferredName: { givenName: given[0], middleName: given.slice(1).join(' '), familyName: family },
  };
}

function fullName({ given, family }: DemoPatient): string {
  return `${given.join(' ')} ${family}`;
}

function typeOf(system: string | undefined) {
  return system === NHS_NUMBER_SYSTEM ? identifierTypes[NHS_NUMBER_SYSTEM] : identifierTypes[LOCAL_NUMBER_SYSTEM];
}
