/**
 * The FHIR server as a launched application sees it: the launched patient's resources, to be read and searched, and
 * nothing else. Every answer is read whole and checked before a byte of it is passed on: that the request asked for
 * one patient does not mean that the server answered about one.
 */
import { z } from 'zod';
import type { Clock } from '../../context/clock.js';
import { allowsScope } from '../../domain/smartScope.js';
import type { TokenGrant } from './grants.js';
import type { SmartLimits } from './limits.js';
import { belongsTo, isCompartmentType, searchOfPatient } from './patientCompartment.js';
import { SmartRefusal } from './refusal.js';

/** Electron's net.fetch in production: it knows the hospital's proxy, certificates and sign-on. */
export type SmartFetch = (address: string, init: RequestInit) => Promise<Response>;

export interface FhirProxyParts {
  readonly fhirBaseUrl: string;
  readonly fetch: SmartFetch;
  readonly clock: Clock;
  readonly limits: SmartLimits;
  /** A new unguessable key. */
  readonly newKey: () => string;
}

const ID = '[A-Za-z0-9\\-.]{1,64}';
const READ = new RegExp(`^/([A-Z][A-Za-z]{1,40})/(${ID})$`);
const SEARCH = /^\/([A-Z][A-Za-z]{1,40})$/;
const PAGE = /^\/_page\/([A-Za-z0-9_-]{20,80})$/;

const AnyResource = z.looseObject({ resourceType: z.string() });
const Bundle = z.looseObject({
  resourceType: z.literal('Bundle'),
  type: z.literal('searchset'),
  total: z.number().int().min(0).optional(),
  link: z.array(z.looseObject({ relation: z.string(), url: z.string() })).optional(),
  entry: z
    .array(
      z.looseObject({
        resource: AnyResource,
        search: z.looseObject({ mode: z.string().optional() }).optional(),
      }),
    )
    .optional(),
});

export class FhirProxy {
  /** Without a slash at the end. */
  readonly #base: string;

  constructor(private readonly parts: FhirProxyParts) {
    this.#base = parts.fhirBaseUrl.replace(/\/+$/, '');
  }

  /**
   * @param issuer iss: this server as the application knows it
   * @param path below iss, not decoded @param query without the question mark
   * @throws SmartRefusal
   */
  async answer(token: TokenGrant, issuer: string, path: string, query: string): Promise<object> {
    const patientId = token.launch.patient.id;
    const [, readType, id] = READ.exec(path) ?? [];
    if (readType !== undefined && id !== undefined) {
      if (new URLSearchParams(query).size > 0 && !/^(?:_format|_pretty)=[^&]*$/.test(query)) throw notAllowed();
      requireScope(token, readType, 'read');
      if (readType === 'Patient' && id !== patientId) throw otherPatient();
      const resource = AnyResource.safeParse(await this.#get(new URL(`${this.#base}/${readType}/${id}`), token));
      if (!resource.success || resource.data.resourceType !== readType || resource.data['id'] !== id)
        throw wrongAnswer();
      if (!belongsTo(resource.data, patientId)) throw otherPatient();
      return resource.data;
    }
    const [, searchType] = SEARCH.exec(path) ?? [];
    if (searchType !== undefined) {
      requireScope(token, searchType, 'search');
      const parameters = searchOfPatient(searchType, new URLSearchParams(query), patientId, issuer);
      if (!parameters) throw otherPatient();
      const address = new URL(`${this.#base}/${searchType}`);
      address.search = parameters.toString();
      return this.#search(token, issuer, searchType, address, `${issuer}/${searchType}?${parameters.toString()}`);
    }
    const [, key] = PAGE.exec(path) ?? [];
    const page = key === undefined || query !== '' ? undefined : token.pages.get(key);
    if (!page) throw notAllowed();
    return this.#search(token, issuer, page.type, page.address, issuer + path);
  }

  async #search(token: TokenGrant, issuer: string, type: string, address: URL, self: string): Promise<object> {
    const read = Bundle.safeParse(await this.#get(address, token));
    if (!read.success) throw wrongAnswer();
    const { total, link = [], entry = [] } = read.data;
    const found = entry.filter(({ resource, search }) => {
      return resource.resourceType !== 'OperationOutcome' || search?.mode === 'match';
    });
    for (const { resource } of found)
      if (resource.resourceType !== type || !belongsTo(resource, token.launch.patient.id)) throw otherPatient();
    return {
      resourceType: 'Bundle',
      type: 'searchset',
      ...(total !== undefined && { total }),
      link: [{ relation: 'self', url: self }, ...this.#pages(token, issuer, type, link)],
      entry: found.map(({ resource }) => ({
        ...(typeof resource['id'] === 'string' && { fullUrl: `${issuer}/${type}/${resource['id']}` }),
        resource,
        search: { mode: 'match' },
      })),
    };
  }

  /** A server's further pages are its own addresses: the application gets keys for them, good for this token only. */
  #pages(token: TokenGrant, issuer: string, type: string, links: z.output<typeof Bundle>['link'] = []) {
    return links.flatMap(({ relation, url }) => {
      if (!['next', 'previous', 'prev', 'first', 'last'].includes(relation)) return [];
      const address = URL.canParse(url, `${this.#base}/`) ? new URL(url, `${this.#base}/`) : null;
      if (!address || !this.#isInside(address)) return [];
      const [oldest] = token.pages.keys();
      if (token.pages.size >= this.parts.limits.pages && oldest !== undefined) token.pages.delete(oldest);
      const key = this.parts.newKey();
      token.pages.set(key, { address, type });
      return [{ relation, url: `${issuer}/_page/${key}` }];
    });
  }

  #isInside(address: URL): boolean {
    const base = new URL(this.#base);
    const isBelow =
      address.pathname === base.pathname || address.pathname.startsWith(`${base.pathname.replace(/\/$/, '')}/`);
    return address.origin === base.origin && isBelow && address.username === '' && address.password === '';
  }

  async #get(address: URL, token: TokenGrant): Promise<unknown> {
    const late = new AbortController();
    const stop = this.parts.clock.after(this.parts.limits.fhirTimeout, () => {
      late.abort();
    });
    const signal = AbortSignal.any([late.signal, token.revoked.signal]);
    let leave: () => void = () => undefined;
    const left = new Promise<never>((_resolve, reject) => {
      leave = () => {
        reject(
          late.signal.aborted ? new SmartRefusal(504, 'timeout', 'The FHIR server did not answer in time.') : revoked(),
        );
      };
    });
    signal.addEventListener('abort', leave, { once: true });
    try {
      if (signal.aborted) leave();
      return await Promise.race([this.#fetch(address, signal), left]);
    } finally {
      stop();
      signal.removeEventListener('abort', leave);
      late.abort(); // whatever still reads is of no use to anybody
    }
  }

  async #fetch(address: URL, signal: AbortSignal): Promise<unknown> {
    let status = 0;
    let text: string | null = null;
    try {
      const response = await this.parts.fetch(address.href, {
        headers: { accept: 'application/fhir+json' },
        redirect: 'error',
        credentials: 'omit',
        cache: 'no-store', // nothing of a patient on the disk
        signal,
      });
      status = response.status;
      text = await readText(response, this.parts.limits.answerBytes);
    } catch {
      // The error may quote the address, which holds the patient: it goes no further.
      throw new SmartRefusal(502, 'transient', 'The FHIR server cannot be reached.');
    }
    if (status === 404 || status === 410) throw new SmartRefusal(404, 'not-found', 'There is no such resource.');
    if (status !== 200) throw new SmartRefusal(502, 'transient', 'The FHIR server could not answer this.');
    if (text === null) throw new SmartRefusal(502, 'too-costly', 'The FHIR server answered with far too much.');
    try {
      return JSON.parse(text.replace(/^\u{FEFF}/u, ''), (key, value: unknown) =>
        key === 'reference' && typeof value === 'string' ? this.#relative(value) : value,
      );
    } catch {
      throw wrongAnswer();
    }
  }

  #relative(reference: string): string {
    return reference.startsWith(`${this.#base}/`) ? reference.slice(this.#base.length + 1) : reference;
  }
}

function requireScope(token: TokenGrant, type: string, action: 'read' | 'search'): void {
  if (!isCompartmentType(type)) throw notAllowed();
  if (!allowsScope(token.scopes, type, action))
    throw new SmartRefusal(403, 'forbidden', 'The access token has no scope for this.', 'token-refused');
}

export function notAllowed(): SmartRefusal {
  return new SmartRefusal(
    403,
    'forbidden',
    'Only reading and searching in the launched patient’s record is possible.',
    'token-refused',
  );
}

function otherPatient(): SmartRefusal {
  return new SmartRefusal(403, 'forbidden', 'This is not in the launched patient’s record.', 'token-refused');
}

export function revoked(): SmartRefusal {
  return new SmartRefusal(401, 'login', 'The access token is not valid.', 'token-refused');
}

function wrongAnswer(): SmartRefusal {
  return new SmartRefusal(502, 'invalid', 'The FHIR server answered with something unexpected.');
}

/** Null where it is longer than `most` bytes. */
async function readText(response: Response, most: number): Promise<string | null> {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks).toString('utf8');
    size += value.byteLength;
    if (size > most) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
}
