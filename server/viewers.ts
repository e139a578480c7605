/**
 * Who asks. A viewer's name and password are checked against the directory, once, and stand for a token of a few
 * minutes; the roles are those of the directory's groups at that moment.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { AuditPort } from '../main/domain/audit.js';
import { mayLook } from '../main/domain/auditAccess.js';
import type { Directory } from '../main/identity/directory.js';
import { rolesOf } from '../main/identity/roles.js';
import type { Role } from '../preload/contract.js';

export interface Viewer {
  /** user@domain */
  readonly user: string;
  readonly roles: readonly Role[];
}

export type Entrance =
  | { readonly outcome: 'let-in'; readonly token: string; readonly viewer: Viewer; readonly expires: string }
  | { readonly outcome: 'refused' | 'no-role' | 'unavailable' };

export interface ViewersParts {
  readonly directory: Directory;
  /** Role → groups, as in the configuration. */
  readonly roles: Readonly<Partial<Record<Role, readonly string[] | undefined>>>;
  readonly audit: AuditPort;
  readonly now: () => number;
}

/** Milliseconds that a token holds: so long somebody who lost the role may go on. */
const TOKEN_HOLDS = 10 * 60_000;
const MOST_TOKENS = 5_000;

interface Held {
  readonly viewer: Viewer;
  readonly until: number;
}

export class Viewers {
  /** By the token's hash: a picture of the memory holds nobody's token. */
  readonly #held = new Map<string, Held>();

  constructor(private readonly parts: ViewersParts) {}

  async enter(userName: string, password: string, signal: AbortSignal): Promise<Entrance> {
    const { directory, roles, audit, now } = this.parts;
    const outcome = await directory.authenticate(userName, password, signal);
    if (outcome.outcome === 'unavailable') return { outcome: 'unavailable' };
    if (outcome.outcome === 'refused') {
      audit.record({ type: 'audit.refused', user: null, because: 'not-authenticated' });
      return { outcome: 'refused' };
    }
    const { principalName, groups } = outcome.clinician;
    const viewer: Viewer = { user: principalName, roles: rolesOf(roles, groups.configured) };
    if (!mayLook(viewer.roles)) {
      audit.record({ type: 'audit.refused', user: principalName, because: 'no-role' });
      return { outcome: 'no-role' };
    }
    const token = randomBytes(32).toString('base64url');
    const until = now() + TOKEN_HOLDS;
    this.#forgetOld();
    this.#held.set(hashOf(token), { viewer, until });
    return { outcome: 'let-in', token, viewer, expires: new Date(until).toISOString() };
  }

  /** @returns null: nobody's, or not any more */
  of(token: string): Viewer | null {
    const held = this.#held.get(hashOf(token));
    return held && held.until > this.parts.now() ? held.viewer : null;
  }

  leave(token: string): void {
    this.#held.delete(hashOf(token));
  }

  #forgetOld(): void {
    const now = this.parts.now();
    for (const [hash, { until }] of this.#held) if (until <= now) this.#held.delete(hash);
    if (this.#held.size >= MOST_TOKENS) this.#held.clear();
  }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
