/**
 * The patients one session may choose from: those of its latest search, and nobody else. The page names an id; the
 * patient behind it is the one this program fetched itself.
 */
import type { FoundPatient, Patient, PatientIdentifier, PatientSearchResult } from '../../preload/contract.js';
import { LanyardError } from '../domain/errors.js';
import type { IdentifierMap } from '../domain/identifierMap.js';
import { certainMatch } from './certainMatch.js';
import { type Fetch, FhirClient, type SearchClock, realClock, searchCancelled } from './fhirClient.js';
import { isValidNhsNumber } from '../domain/nhsNumber.js';
import { normaliseLocalNumber, numberAlone } from '../domain/localNumber.js';
import { type FhirPatient, nhsDigits, nhsNumberSystem, replacedBy, toPatient } from './fhirPatient.js';
import { followMerges } from './mergedRecords.js';
import { searchPatients } from './patientSearch.js';
import { type SearchableNumber, type WantedIdentifier, readSearchText } from './searchText.js';

/** `patients` of the configuration. */
export interface PatientSettings {
  readonly fhirBaseUrl: string;
  readonly timeoutSeconds: number;
  readonly identifiers: readonly SearchableNumber[];
  /** The server is a patient index that has Patient/$match: asked too whom another program means. */
  readonly match?: boolean;
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
  /** Only the patient index looks at it. */
  readonly name?: { readonly family: string; readonly given: readonly string[] } | null;
}

interface Listed {
  readonly found: ReadonlyMap<string, FoundPatient>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Milliseconds: an entry older than this is fetched again before it is chosen. */
const freshFor = 30_000;
/** An NHS number that cannot be one: the question is a real one, and nobody's record is asked for. */
const NOBODY = `${nhsNumberSystem}|none`;
/** Each of them is looked up when the patient is chosen. */
const mostFormerNumbers = 10;

export class PatientDirectory {
  readonly #client: FhirClient;
  #listed: Listed | null = null;
  #running: AbortController | null = null;
  readonly #ended = new AbortController();
  /** The server has no Patient/$match: it is not asked again in this session. */
  #cannotMatch = false;

  /**
   * @param fetch Electron's net.fetch in production
   * @param map the trust's own table of numbers, where it has one
   */
  constructor(
    private readonly settings: PatientSettings,
    fetch: Fetch,
    private readonly clock: SearchClock = realClock,
    private readonly map: IdentifierMap | null = null,
    answered?: (didAnswer: boolean) => void,
  ) {
    const timeoutMilliseconds = settings.timeoutSeconds * 1000;
    this.#client = new FhirClient({ fhirBaseUrl: settings.fhirBaseUrl, timeoutMilliseconds, fetch, clock, answered });
  }

  /** Whether the search answers: it is asked for a number that nobody has. Rejects when aborted. */
  async answers(signal: AbortSignal): Promise<boolean> {
    try {
      await this.#client.search([['identifier', NOBODY]], AbortSignal.any([signal, this.#ended.signal]));
      return true;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LanyardError) return false;
      throw error;
    }
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
   * record has become somebody else's meanwhile. One that was merged is followed to the surviving record, if that has
   * the same birth date; `notice` then says so.
   * @throws LanyardError 'unknown-patient', 'search-timeout' or 'search-unavailable'
   */
  async get(patientId: string): Promise<Patient> {
    const listed = this.#listed;
    const entry = listed?.found.get(patientId);
    if (!listed || !entry)
      throw new LanyardError('unknown-patient', 'This patient is not in the latest search. Search again');
    if (entry.replacedBy !== null) return this.#complete(await this.#survivorOf(patientId));
    if (this.clock.now() - listed.at <= freshFor) return this.#complete(entry.patient);
    const resource = await this.#client.read(patientId, this.#ended.signal);
    const patient = toPatient(resource, this.settings.identifiers);
    if (!isSamePerson(patient, entry.patient))
      throw new LanyardError('unknown-patient', 'This record has changed since the search. Search again');
    return this.#complete(replacedBy(resource) === null ? patient : await this.#survivorOf(patientId));
  }

  /**
   * The one patient that other programs mean, by numbers of systems Lanyard knows; the latest list stays as it is. The
   * number of a merged record leads to the surviving one, whose `notice` then says so.
   * @throws LanyardError 'unknown-patient' where they fit nobody, several, or different patients; 'search-timeout' or
   *   'search-unavailable'
   */
  async identify(meant: MeantPatient): Promise<Patient> {
    const { numbers, birthDate } = meant;
    const known = this.settings.identifiers;
    const wanted = numbers.flatMap((number) => wantedNumber(number, known));
    if (wanted.length === 0) throw unknownPatient('It gave no number that Lanyard knows');
    const [matched, ...held] = await Promise.all([
      this.#matchOf(meant),
      ...wanted.map((one) => this.#holderOf(one, this.#mapped(one))),
    ]);
    const found = held.map((holder, place) => holder ?? byIndex(matched, wanted[place]));
    const [patient] = found;
    if (!patient || found.includes(null)) throw unknownPatient('No patient was found by the number it gave');
    if (found.some((other) => other?.id !== patient.id) || (matched && matched.id !== patient.id))
      throw unknownPatient('The numbers it gave belong to different patients');
    if (birthDate !== null && patient.birthDate !== null && birthDate !== patient.birthDate)
      throw unknownPatient('The number and the birth date it gave do not belong together');
    return this.#complete(found.find((one) => one?.notice !== undefined) ?? patient);
  }

  /**
   * The one patient of whom the index is certain, with the birth date it was asked with; null: nobody. What fails is no
   * answer: the search by number decides alone, as it does without an index.
   */
  async #matchOf(meant: MeantPatient): Promise<Patient | null> {
    if (!this.settings.match || this.#cannotMatch || meant.birthDate === null) return null;
    try {
      const answers = await this.#client.match(meant, this.#ended.signal);
      this.#cannotMatch = answers === null;
      const record = answers && certainMatch(answers);
      const patient = record && (await this.#survivorOf(record.id));
      return patient?.birthDate === meant.birthDate ? patient : null;
    } catch (error) {
      this.#ended.signal.throwIfAborted();
      if (error instanceof LanyardError) return null;
      throw error;
    }
  }

  /** Whoever has a number now, or has the record that the one with this number was merged into; null: nobody. */
  async #holderOf(one: WantedIdentifier, mapped: WantedIdentifier | null): Promise<Patient | null> {
    const entries = (await this.#havingNow(one)).toSorted((_, other) => (other.replacedBy === null ? 1 : -1));
    const holders: Patient[] = [];
    for (const { patient, replacedBy: successor } of entries) {
      if (successor === null) holders.push(patient);
      else if (!holders.some(({ id }) => id === successor)) holders.push(await this.#survivorOf(patient.id));
    }
    const survivor = mapped && (await this.#holderOf(mapped, null));
    if (survivor) {
      const notice =
        mapped.number?.authority === one.number?.authority
          ? { notice: `Record ${one.canonical} was merged into ${mapped.canonical}.` }
          : {};
      holders.push({ ...survivor, ...notice });
    }
    if (new Set(holders.map(({ id }) => id)).size > 1) throw unknownPatient('Several patients have the number it gave');
    return holders[0] ?? null;
  }

  async #havingNow(one: WantedIdentifier): Promise<readonly FoundPatient[]> {
    const readAs = one.number === null ? ('nhs-number' as const) : ('local-number' as const);
    const { identifiers } = this.settings;
    const wish = { readAs, identifiers: [one] };
    const { found, truncated } = await searchPatients(this.#client, wish, identifiers, this.#ended.signal);
    if (truncated) throw unknownPatient('Several patients have the number it gave');
    return found.filter(({ patient }) => hasNow(patient, one));
  }

  /** What the trust's table says of a number. */
  #mapped({ number, canonical }: WantedIdentifier): WantedIdentifier | null {
    const to = this.map?.survivor({ authority: number?.authority ?? 'nhsNumber', number: canonical });
    if (!to) return null;
    const known = this.settings.identifiers.find(({ authority }) => authority === to.authority) ?? null;
    return { number: known, canonical: to.number, spellings: [to.number] };
  }

  async #survivorOf(patientId: string): Promise<Patient> {
    const base = this.settings.fhirBaseUrl.replace(/\/*$/, '/');
    const read = (id: string): Promise<FhirPatient> => this.#client.read(id, this.#ended.signal);
    const { former, survivor } = await followMerges(patientId, read, base);
    const patient = toPatient(survivor, this.settings.identifiers);
    const merged = former.map((one) => toPatient(one, this.settings.identifiers));
    const [first] = merged;
    if (!first) return patient;
    if (merged.some(({ birthDate }) => birthDate === null || birthDate !== patient.birthDate))
      throw unknownPatient(
        'This record was merged into one with another birth date. Search for the patient by another number, and tell the records office',
      );
    const numbers = [...(patient.formerNumbers ?? []), ...merged.flatMap(({ identifiers }) => identifiers)];
    return {
      ...patient,
      formerNumbers: numbers,
      notice: `Record ${calledBy(first)} was merged into ${calledBy(patient)}.`,
    };
  }

  /** The patient with the numbers the trust's table adds, and with those former numbers that nobody else has by now. */
  async #complete(patient: Patient): Promise<Patient> {
    const { identifiers } = this.settings;
    const claimed = [...(patient.formerNumbers ?? []), ...this.#formerByMap(patient)];
    const former = [
      ...new Map(
        claimed.flatMap((one) => {
          const number = identifiers.find(({ authority }) => authority === one.authority);
          const canonical = number && normaliseLocalNumber(one.value, numberAlone(number));
          if (!canonical) return [];
          const wanted = { number, canonical, spellings: [...new Set([canonical, one.value])] };
          return hasNow(patient, wanted) ? [] : [[`${one.authority} ${canonical}`, { one, wanted }] as const];
        }),
      ).values(),
    ].slice(0, mostFormerNumbers);
    const isFree = await Promise.all(former.map(({ wanted }) => this.#belongsTo(patient, wanted)));
    const formerNumbers = former.filter((_, place) => isFree[place]).map(({ one }) => one);
    const rest = { ...patient };
    delete rest.formerNumbers;
    return formerNumbers.length === 0 ? rest : { ...rest, formerNumbers };
  }

  /** Nobody else has this former number now; false also where that cannot be found out. */
  async #belongsTo(patient: Patient, former: WantedIdentifier): Promise<boolean> {
    try {
      const having = await this.#havingNow(former);
      const ids = having.map(async (one) =>
        one.replacedBy === null ? one.patient.id : (await this.#survivorOf(one.patient.id)).id,
      );
      return (await Promise.all(ids)).every((id) => id === patient.id);
    } catch (error) {
      if (error instanceof LanyardError) return false;
      throw error;
    }
  }

  #formerByMap({ nhsNumber, identifiers }: Patient): PatientIdentifier[] {
    const now = identifiers.flatMap(({ authority, value }) => {
      const known = this.settings.identifiers.find((one) => one.authority === authority);
      const number = known && normaliseLocalNumber(value, numberAlone(known));
      return number ? [{ authority, number }] : [];
    });
    if (nhsNumber !== null) now.push({ authority: 'nhsNumber', number: nhsNumber });
    return now
      .flatMap((number) => this.map?.leadingTo(number) ?? [])
      .flatMap(({ authority, number }) => {
        const title = this.settings.identifiers.find((one) => one.authority === authority)?.title;
        return title === undefined ? [] : [{ authority, title, value: number }];
      });
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

/** Nobody has this number in their record, but the index knows whose it is. */
function byIndex(matched: Patient | null, wanted: WantedIdentifier | undefined): Patient | null {
  if (!matched || !wanted) return null;
  const { number, canonical } = wanted;
  if (!number) return null; // another NHS number than the record's own is for the records office, not for a program
  const { authority, title } = number;
  const notice = matched.notice ?? `The patient index says that ${title} ${canonical} means this patient.`;
  const formerNumbers = [...(matched.formerNumbers ?? []), { authority, title, value: canonical }];
  return { ...matched, notice, formerNumbers };
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

/** The number by which people speak of a record. */
function calledBy({ identifiers, nhsNumber, id }: Patient): string {
  return identifiers[0]?.value ?? nhsNumber ?? id;
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
