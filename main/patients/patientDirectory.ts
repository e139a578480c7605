/**
 * The patients one session may choose from: those of its latest search, and nobody else. The page names an id; the
 * patient behind it is the one this program fetched itself.
 */
import type { FoundPatient, Patient, PatientSearchResult } from '../../preload/contract.js';
import { LanyardError } from '../domain/errors.js';
import { type Fetch, FhirClient, type SearchClock, realClock, searchCancelled } from './fhirClient.js';
import { isValidNhsNumber } from '../domain/nhsNumber.js';
import { normaliseLocalNumber, numberAlone } from '../domain/localNumber.js';
import { nhsDigits, nhsNumberSystem, replacedBy, toPatient } from './fhirPatient.js';
import { searchPatients } from './patientSearch.js';
import { type SearchableNumber, type WantedIdentifier, readSearchText } from './searchText.js';

/** `patients` of the configuration. */
export interface PatientSettings {
  readonly fhirBaseUrl: string;
  readonly timeoutSeconds: number;
  readonly identifiers: readonly SearchableNumber[];
}

interface NumberOfSystem {
  /** FHIR identifier system. */
  readonly system: string;
  readonly value: string;
}

/** Whom another program means. */
interface MeantPatient {
  readonly numbers: readonly NumberOfSystem[];
  /** YYYY-MM-DD; null: not said. */
  readonly birthDate: string | null;
}

interface Listed {
  readonly found: ReadonlyMap<string, FoundPatient>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Milliseconds: an entry older than this is fetched again before it is chosen. */
const freshFor = 30_000;

export class PatientDirectory {
  readonly #client: FhirClient;
  #listed: Listed | null = null;
  #running: AbortController | null = null;
  readonly #ended = new AbortController();

  /** @param fetch Electron's net.fetch in production */
  constructor(
    private readonly settings: PatientSettings,
    fetch: Fetch,
    private readonly clock: SearchClock = realClock,
  ) {
    const timeoutMilliseconds = settings.timeoutSeconds * 1000;
    this.#client = new FhirClient({ fhirBaseUrl: settings.fhirBaseUrl, timeoutMilliseconds, fetch, clock });
  }

  /**
   * The newest search wins: one that still runs is cancelled.
   * @throws LanyardError 'search-unreadable', 'search-cancelled', 'search-timeout' or 'search-unavailable'
   */
  async search(text: string): Promise<PatientSearchResult> {
    this.cancelSearch();
    const { settings, clock } = this;
    const wish = readSearchText(text, settings.identifiers);
    const running = new AbortController();
    this.#running = running;
    try {
      const signal = AbortSignal.any([running.signal, this.#ended.signal]);
      const { found, truncated } = await searchPatients(this.#client, wish, settings.identifiers, signal);
      signal.throwIfAborted();
      const at = clock.now();
      this.#listed = { found: new Map(found.map((one) => [one.patient.id, one])), at };
      return { found: [...found], readAs: wish.readAs, refreshedAt: new Date(at).toISOString(), truncated };
    } finally {
      if (this.#running === running) this.#running = null;
    }
  }

  /** Nothing happens when no search runs. The latest list stays. */
  cancelSearch(): void {
    this.#running?.abort(searchCancelled);
    this.#running = null;
  }

  /**
   * A patient of the latest search, at most 30 seconds old: an older entry is fetched again, and refused where the
   * record has become somebody else's meanwhile.
   * @throws LanyardError 'unknown-patient', 'search-timeout' or 'search-unavailable'
   */
  async get(patientId: string): Promise<Patient> {
    const listed = this.#listed;
    const entry = listed?.found.get(patientId);
    if (!listed || !entry)
      throw new LanyardError('unknown-patient', 'This patient is not in the latest search. Search again');
    if (entry.replacedBy !== null) throw merged();
    if (this.clock.now() - listed.at <= freshFor) return entry.patient;
    const resource = await this.#client.read(patientId, this.#ended.signal);
    if (replacedBy(resource) !== null) throw merged();
    const patient = toPatient(resource, this.settings.identifiers);
    if (!isSamePerson(patient, entry.patient))
      throw new LanyardError('unknown-patient', 'This record has changed since the search. Search again');
    return patient;
  }

  /**
   * The one patient that other programs mean, by numbers of systems Lanyard knows; the latest list stays as it is.
   * @throws LanyardError 'unknown-patient' where they fit nobody, several, or different patients; 'search-timeout' or
   *   'search-unavailable'
   */
  async identify({ numbers, birthDate }: MeantPatient): Promise<Patient> {
    const known = this.settings.identifiers;
    const wanted = numbers.flatMap((number) => wantedNumber(number, known));
    if (wanted.length === 0) throw unknownPatient('It gave no number that Lanyard knows');
    const found = await Promise.all(
      wanted.map(async (one) => {
        const readAs = one.number === null ? ('nhs-number' as const) : ('local-number' as const);
        const page = await searchPatients(this.#client, { readAs, identifiers: [one] }, known, this.#ended.signal);
        const patients = page.found.filter((entry) => entry.replacedBy === null && hasNow(entry.patient, one));
        if (patients.length > 1 || page.truncated) throw unknownPatient('Several patients have the number it gave');
        return patients[0]?.patient ?? null;
      }),
    );
    const [patient] = found;
    if (!patient || found.includes(null)) throw unknownPatient('No patient was found by the number it gave');
    if (found.some((other) => other?.id !== patient.id))
      throw unknownPatient('The numbers it gave belong to different patients');
    if (birthDate !== null && patient.birthDate !== null && birthDate !== patient.birthDate)
      throw unknownPatient('The number and the birth date it gave do not belong together');
    return patient;
  }

  /** Ends everything and forgets every patient: the session is over. */
  dispose(): void {
    this.#ended.abort(searchCancelled);
    this.#listed = null;
  }
}

/** @throws LanyardError('unknown-patient') for a number of a known system that cannot be one */
function wantedNumber({ system, value }: NumberOfSystem, known: readonly SearchableNumber[]): WantedIdentifier[] {
  if (system === nhsNumberSystem) {
    const canonical = nhsDigits(value);
    if (!isValidNhsNumber(canonical)) throw unknownPatient('The NHS number it gave cannot be one');
    return [{ number: null, canonical, spellings: [canonical] }];
  }
  const number = known.find((one) => one.system === system);
  if (!number) return [];
  const canonical = normaliseLocalNumber(value, numberAlone(number));
  if (canonical === null) throw unknownPatient('The number it gave cannot be read');
  return [{ number, canonical, spellings: [...new Set([canonical, value.trim()])] }];
}

/** A number the record once had identifies nobody. */
function hasNow({ nhsNumber, identifiers }: Patient, { number, canonical }: WantedIdentifier): boolean {
  if (number === null) return nhsNumber === canonical;
  return identifiers.some(
    (one) => one.authority === number.authority && normaliseLocalNumber(one.value, numberAlone(number)) === canonical,
  );
}

function unknownPatient(message: string): LanyardError {
  return new LanyardError('unknown-patient', message);
}

function merged(): LanyardError {
  return new LanyardError('unknown-patient', 'This record was merged into another one. Choose that one instead');
}

/** What the clinician read in the list and chose by. */
function isSamePerson(now: Patient, listed: Patient): boolean {
  const shown = ({ id, nhsNumber, name, birthDate, identifiers }: Patient): string =>
    JSON.stringify([
      id,
      nhsNumber,
      name.family,
      name.given,
      birthDate,
      identifiers.map(({ authority, value }) => [authority, value]).sort(),
    ]);
  return shown(now) === shown(listed);
}
