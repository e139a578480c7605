/**
 * The patients one session may choose from: those of its latest search, and nobody else. The page names an id; the
 * patient behind it is the one this program fetched itself.
 */
import type { FoundPatient, Patient, PatientSearchResult } from '../../preload/contract.js';
import { LanyardError } from '../domain/errors.js';
import { type Fetch, FhirClient, type SearchClock, realClock, searchCancelled } from './fhirClient.js';
import { replacedBy, toPatient } from './fhirPatient.js';
import { searchPatients } from './patientSearch.js';
import { type SearchableNumber, readSearchText } from './searchText.js';

/** `patients` of the configuration. */
export interface PatientSettings {
  readonly fhirBaseUrl: string;
  readonly timeoutSeconds: number;
  readonly identifiers: readonly SearchableNumber[];
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

  /** Ends everything and forgets every patient: the session is over. */
  dispose(): void {
    this.#ended.abort(searchCancelled);
    this.#listed = null;
  }
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
