/**
 * Asks the trust's FHIR server, and turns everything that can go wrong into one clear LanyardError without a patient
 * in it: neither message nor cause holds the address asked, the answer, or any value of it.
 */
import { z } from 'zod';
import { LanyardError } from '../domain/errors.js';
import { type MatchedPatient, type MatchQuestion, matchParameters } from './certainMatch.js';
import { FhirPatient } from './fhirPatient.js';

/** Electron's net.fetch in production: it knows the hospital's proxy and certificates. */
export type Fetch = (address: string, init: RequestInit) => Promise<Response>;

/** Time as a parameter. */
export interface SearchClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once, after so many milliseconds; the answer cancels it. */
  after(milliseconds: number, call: () => void): () => void;
}

export const realClock: SearchClock = {
  now: () => Date.now(),
  after: (milliseconds, call) => {
    const timer = setTimeout(call, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  },
};

export interface FhirClientParts {
  readonly fhirBaseUrl: string;
  readonly timeoutMilliseconds: number;
  readonly fetch: Fetch;
  readonly clock: SearchClock;
  /** After each question that was not given up: whether the server answered it. */
  readonly answered?: ((didAnswer: boolean) => void) | undefined;
}

export interface PatientPage {
  readonly patients: readonly FhirPatient[];
  /** More match than are here. */
  readonly truncated: boolean;
}

/** Patients one search may bring; more are said to be there, not shown. */
export const mostPatients = 50;
const mostPages = 5;
/** Bytes of one answer; fifty patients with photographs and extensions fit. */
const largestAnswer = 5 * 1024 * 1024;

/** Another search began, or the clinician cancelled. */
export const searchCancelled = new LanyardError('search-cancelled', 'The search was cancelled');

const Bundle = z.object({
  resourceType: z.literal('Bundle'),
  type: z.literal('searchset'),
  total: z.number().optional(),
  link: z.array(z.object({ relation: z.string(), url: z.string() })).optional(),
  entry: z
    .array(
      z.object({
        resource: z.looseObject({ resourceType: z.string() }).optional(),
        search: z
          .object({
            mode: z.string().optional(),
            score: z.number().optional(),
            extension: z.array(z.looseObject({ url: z.string(), valueCode: z.string().optional() })).optional(),
          })
          .optional(),
      }),
    )
    .optional(),
});

const OperationOutcome = z.object({
  resourceType: z.literal('OperationOutcome'),
  issue: z.array(z.object({ code: z.string() })),
});

export class FhirClient {
  readonly #base: URL;

  constructor(private readonly parts: FhirClientParts) {
    this.#base = new URL(parts.fhirBaseUrl.replace(/\/*$/, '/'));
  }

  /** Patient?…, following the server's pages up to `mostPatients`. Rejects with LanyardError only. */
  async search(parameters: readonly (readonly [string, string])[], signal: AbortSignal): Promise<PatientPage> {
    const address = new URL('Patient', this.#base);
    for (const [name, value] of [...parameters, ['_count', String(mostPatients)] as const])
      address.searchParams.append(name, value);
    return this.#withDeadline(signal, async (bounded) => {
      const patients: FhirPatient[] = [];
      let total = 0;
      let link: string | undefined;
      let next: URL | null = address;
      for (let page = 0; next && page < mostPages && patients.length < mostPatients; page++) {
        const bundle: z.infer<typeof Bundle> = shaped(Bundle, await this.#getJson(next, bounded));
        patients.push(...patientsOf(bundle));
        total = Math.max(total, bundle.total ?? 0, patients.length);
        link = bundle.link?.find(({ relation }) => relation === 'next')?.url;
        next = link === undefined ? null : this.#pageAddress(link);
      }
      const shown = patients.slice(0, mostPatients);
      return { patients: shown, truncated: link !== undefined || total > shown.length };
    });
  }

  /** Patient/id. Rejects with LanyardError('unknown-patient') where the record is gone. */
  async read(id: string, signal: AbortSignal): Promise<FhirPatient> {
    const address = new URL(`Patient/${encodeURIComponent(id)}`, this.#base);
    return this.#withDeadline(signal, async (bounded) => {
      const answer = await this.#getJson(address, bounded, 'record');
      return shaped(FhirPatient, answer);
    });
  }

  /**
   * Patient/$match for certain matches only; null: this server has no such operation. Rejects with LanyardError only.
   * The numbers are in the body, so that no log on the way has them.
   */
  async match(question: MatchQuestion, signal: AbortSignal): Promise<readonly MatchedPatient[] | null> {
    const address = new URL('Patient/$match', this.#base);
    const body = JSON.stringify(matchParameters(question));
    return this.#withDeadline(signal, async (bounded) => {
      const response = await this.#fetch(address, bounded, body);
      if (hasNoOperation(response.status)) return null;
      const bundle: z.infer<typeof Bundle> = shaped(Bundle, await readJson(response, bounded, 'search'));
      return matchesOf(bundle);
    });
  }

  /** The next page, only where the search itself lives: an answer may not send the question elsewhere. */
  #pageAddress(link: string): URL | null {
    if (!URL.canParse(link, this.#base)) return null;
    const address = new URL(link, this.#base);
    return address.origin === this.#base.origin && !address.username && !address.password ? address : null;
  }

  /** One deadline for the whole question, all pages and the reading included. */
  async #withDeadline<T>(signal: AbortSignal, ask: (bounded: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new AbortController();
    const seconds = Math.round(this.parts.timeoutMilliseconds / 1000);
    const stop = this.parts.clock.after(this.parts.timeoutMilliseconds, () => {
      deadline.abort(
        new LanyardError('search-timeout', `The patient search did not answer within ${seconds} seconds. Try again`),
      );
    });
    const bounded = AbortSignal.any([signal, deadline.signal]);
    try {
      bounded.throwIfAborted();
      const answer = await untilAborted(ask(bounded), bounded);
      this.parts.answered?.(true);
      return answer;
    } catch (error) {
      const code = error instanceof LanyardError ? error.code : null;
      if (code === 'search-timeout' || code === 'search-unavailable') this.parts.answered?.(false);
      throw error;
    } finally {
      stop();
      deadline.abort(searchCancelled); // whatever still reads is of no use to anybody
    }
  }

  async #getJson(address: URL, signal: AbortSignal, what: 'search' | 'record' = 'search'): Promise<unknown> {
    return readJson(await this.#fetch(address, signal), signal, what);
  }

  async #fetch(address: URL, signal: AbortSignal, body?: string): Promise<Response> {
    try {
      return await this.parts.fetch(address.href, {
        ...(body !== undefined && { method: 'POST', body }),
        headers: {
          accept: 'application/fhir+json',
          ...(body !== undefined && { 'content-type': 'application/fhir+json' }),
        },
        redirect: 'error',
        credentials: 'omit',
        cache: 'no-store', // nothing of a patient on the disk
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      const names = errorNames(error);
      if (names.some((name) => /redirect/i.test(name))) throw unavailable('sends Lanyard to another address');
      if (names.some((name) => /CERT|certificate|SSL|TLS/i.test(name)))
        throw unavailable('shows a certificate that is not trusted', shortCause(names));
      throw unavailable('cannot be reached', shortCause(names));
    }
  }
}

/** Rejects as soon as the signal says so, even where the other side never looks at it. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(signal.reason as LanyardError);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}

async function readJson(response: Response, signal: AbortSignal, what: 'search' | 'record'): Promise<unknown> {
  const value = parseJson(await readText(response, signal));
  if (!response.ok) throw refusal(response.status, value, what);
  if (value === undefined) throw unavailable(`answered with something that is not FHIR JSON`);
  if (OperationOutcome.safeParse(value).success) throw refusal(response.status, value, what);
  return value;
}

/** 404 no such operation · 405 not by POST · 501 not implemented. */
function hasNoOperation(status: number): boolean {
  return status === 404 || status === 405 || status === 501;
}

async function readText(response: Response, signal: AbortSignal): Promise<string> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return Buffer.concat(chunks).toString('utf8');
      size += value.byteLength;
      if (size > largestAnswer) {
        await reader.cancel();
        throw unavailable('answered with far too much');
      }
      chunks.push(value);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LanyardError) throw error;
    throw unavailable('broke off in the middle of its answer', shortCause(errorNames(error)));
  }
}

/** Undefined where it is no JSON. The parser's own error quotes the text, so it goes no further. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function patientsOf({ entry = [] }: z.infer<typeof Bundle>): FhirPatient[] {
  return entry.flatMap(({ resource, search }) =>
    resource?.resourceType === 'Patient' && (search?.mode ?? 'match') === 'match'
      ? [shaped(FhirPatient, resource)]
      : [],
  );
}

const MATCH_GRADE = 'http://hl7.org/fhir/StructureDefinition/match-grade';

function matchesOf({ entry = [] }: z.infer<typeof Bundle>): MatchedPatient[] {
  return entry.flatMap(({ resource, search }) => {
    if (resource?.resourceType !== 'Patient' || (search?.mode ?? 'match') !== 'match') return [];
    const grade = search?.extension?.find(({ url }) => url === MATCH_GRADE)?.valueCode ?? null;
    return [{ patient: shaped(FhirPatient, resource), grade, score: search?.score ?? null }];
  });
}

/** Refuses a wrong shape by the name of its element: Patient.name[0].family. */
function shaped<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const type = (value as { resourceType?: unknown } | null)?.resourceType;
  const root = type === 'Patient' || type === 'Bundle' ? type : 'the answer';
  const element = (issue?.path ?? []).reduce<string>(
    (text, step) => (typeof step === 'number' ? `${text}[${step}]` : `${text}.${String(step)}`),
    root,
  );
  throw unavailable(`answered with a wrong ${element}`);
}

function refusal(status: number, value: unknown, what: 'search' | 'record'): LanyardError {
  const outcome = OperationOutcome.safeParse(value);
  const code = outcome.success ? outcome.data.issue[0]?.code : undefined;
  const detail = code !== undefined && /^[a-z-]{1,40}$/.test(code) ? `${status}, ${code}` : String(status);
  if (what === 'record' && (status === 404 || status === 410))
    return new LanyardError('unknown-patient', 'This record is no longer there. Search again');
  if (status === 401 || status === 403) return unavailable(`does not let Lanyard in (${detail})`);
  if (status === 404 || status === 410) return unavailable(`is not at the configured address (${detail})`);
  if (status === 429 || status === 503)
    return new LanyardError('search-unavailable', `The patient search is busy (${detail}). Try again in a moment`);
  if (status >= 500) return unavailable(`has failed (${detail})`);
  return unavailable(`refused the question (${detail})`);
}

function unavailable(whatItDid: string, cause?: Error): LanyardError {
  return new LanyardError(
    'search-unavailable',
    `The patient search ${whatItDid}. Try again, and call IT support if this stays`,
    cause && { cause },
  );
}

/** Names and codes of an error and what caused it; a message may hold an address with a patient's number in it. */
function errorNames(error: unknown): string[] {
  const names: string[] = [];
  for (let one: unknown = error; one instanceof Error && names.length < 12; one = one.cause) {
    names.push(one.name);
    if ('code' in one && typeof one.code === 'string') names.push(one.code);
    names.push(...(/net::ERR_[A-Z_]+/.exec(one.message) ?? []));
    if (/redirect/i.test(one.message)) names.push('redirect');
  }
  return names;
}

function shortCause(names: readonly string[]): Error {
  return new Error(names.join(' '));
}
