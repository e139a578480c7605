/**
 * What the SMART launcher has given out in this session: launches, codes and tokens, each a secret of 256 bits kept as
 * a digest, in memory only, for one system and one choice of patient. A new patient ends all of them at once.
 */
import type { Patient } from '../../../preload/contract.js';
import type { Clock } from '../../context/clock.js';
import type { Randomness } from '../../context/hub/randomness.js';
import { RateLimit } from '../../context/hub/rateLimit.js';
import { SecretMap } from '../../context/hub/secretMap.js';
import { LanyardError } from '../../domain/errors.js';
import type { SmartScope } from '../../domain/smartScope.js';
import type { SmartLimits } from './limits.js';
import { SmartRefusal } from './refusal.js';

/** What a launch, and everything that follows from it, is about. */
export interface LaunchContext {
  readonly systemId: string;
  readonly patient: Patient;
  readonly epoch: number;
}

export interface CodeFacts {
  readonly clientId: string;
  readonly redirectUri: string;
  /** base64url of the SHA-256 of the verifier (RFC 7636). */
  readonly challenge: string;
  readonly scopes: readonly SmartScope[];
  readonly nonce: string | null;
}

export interface TokenGrant {
  /** Says which token it was, in the audit trail; opens nothing. */
  readonly id: string;
  readonly launch: LaunchContext;
  readonly scopes: readonly SmartScope[];
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly rate: RateLimit;
  /** Further pages of its searches: key → address at the FHIR server. */
  readonly pages: Map<string, { readonly address: URL; readonly type: string }>;
  /** Aborts when it is revoked: what is being fetched for it is of no use any more. */
  readonly revoked: AbortController;
}

interface Launch {
  readonly context: LaunchContext;
  readonly expiresAt: number;
  state: 'open' | 'used' | 'ended';
}

interface Code {
  readonly context: LaunchContext;
  readonly facts: CodeFacts;
  readonly expiresAt: number;
  state: 'open' | 'used' | 'ended';
  /** What was issued from it. */
  token: TokenGrant | null;
}

interface Handle {
  readonly token: TokenGrant;
  readonly scopes: readonly string[];
}

export class Grants {
  readonly #launches = new SecretMap<Launch>();
  readonly #codes = new SecretMap<Code>();
  readonly #tokens = new SecretMap<TokenGrant>();
  /**
   * What tokens may do at the context hub. It outlives the patient it was launched with, because the hub is where an
   * application hears of the next one; a new launch of its system, a replay and the session's end take it back.
   */
  readonly #hubs = new Map<TokenGrant, { end(): void }>();
  /** What their pages may say over SMART Web Messaging: one handle for each launch, for as long as it is the last. */
  readonly #handles = new SecretMap<Handle>();
  #epoch = Number.NEGATIVE_INFINITY;
  #isOver = false;

  constructor(
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly limits: SmartLimits,
  ) {}

  /** A new launch of a system ends everything its former ones led to. @throws LanyardError('unavailable') */
  launch(context: LaunchContext): string {
    this.revokeBefore(context.epoch);
    if (this.#isOver || context.epoch < this.#epoch)
      throw new LanyardError('unavailable', 'Another patient was chosen meanwhile');
    this.#end((other) => other.systemId === context.systemId);
    this.#endHubs(({ launch }) => launch.systemId === context.systemId);
    this.#forgetOld();
    const secret = this.randomness.secret();
    makeRoom(this.#launches, this.limits.entries);
    this.#launches.set(secret, { context, expiresAt: this.clock.now() + this.limits.launchLife, state: 'open' });
    return secret;
  }

  /** Uses a launch up. @throws SmartRefusal */
  takeLaunch(secret: string, systemId: string): LaunchContext {
    const launch = this.#launches.get(secret);
    if (launch?.context.systemId !== systemId || launch.state === 'ended') throw expired();
    // SECURITY: single use: looked at is used, whatever follows
    const isReplay = launch.state === 'used';
    launch.state = 'used';
    if (isReplay) throw new SmartRefusal(400, 'invalid_request', 'This launch was used already.', 'launch-replayed');
    if (launch.expiresAt <= this.clock.now()) throw expired();
    return launch.context;
  }

  code(context: LaunchContext, facts: CodeFacts): string {
    const secret = this.randomness.secret();
    makeRoom(this.#codes, this.limits.entries);
    this.#codes.set(secret, {
      context,
      facts,
      expiresAt: this.clock.now() + this.limits.codeLife,
      state: 'open',
      token: null,
    });
    return secret;
  }

  /**
   * Uses a code up; one that comes again takes what was issued from it back (RFC 6749, section 4.1.2).
   * @throws SmartRefusal
   */
  takeCode(
    secret: string,
    systemId: string,
  ): { context: LaunchContext; facts: CodeFacts; readonly issue: () => IssuedToken } {
    const code = this.#codes.get(secret);
    if (code?.context.systemId !== systemId || code.state === 'ended')
      throw new SmartRefusal(400, 'invalid_grant', 'This code is not valid.', 'token-refused');
    if (code.state === 'used') {
      if (code.token) this.#revoke(code.token);
      throw new SmartRefusal(
        400,
        'invalid_grant',
        'This code was used already; what was issued from it is revoked.',
        'launch-replayed',
      );
    }
    code.state = 'used';
    if (code.expiresAt <= this.clock.now())
      throw new SmartRefusal(400, 'invalid_grant', 'This code has expired.', 'launch-expired');
    return { context: code.context, facts: code.facts, issue: () => this.#issue(code) };
  }

  /** Undefined for a token that is unknown, revoked, expired or another system's: they cannot be told apart. */
  token(secret: string, systemId: string): TokenGrant | undefined {
    const token = this.#tokens.get(secret);
    return token?.launch.systemId === systemId && this.isLive(token) ? token : undefined;
  }

  isLive(token: TokenGrant): boolean {
    return !token.revoked.signal.aborted && token.expiresAt > this.clock.now();
  }

  /** Ends whatever was about an earlier choice of patient. */
  revokeBefore(epoch: number): void {
    if (epoch <= this.#epoch) return;
    this.#epoch = epoch;
    this.#end((context) => context.epoch < epoch);
  }

  revokeAll(): void {
    this.#isOver = true;
    this.#end(() => true);
    this.#endHubs(() => true);
  }

  /** A token that ended meanwhile takes it back at once. */
  keepHubGrant(token: TokenGrant, hub: { end(): void }): void {
    if (this.isLive(token)) this.#hubs.set(token, hub);
    else hub.end();
  }

  /** @returns smart_web_messaging_handle, which is good until the launch ends; longer than its token */
  messagingHandle(token: TokenGrant, scopes: readonly string[]): string {
    const secret = this.randomness.secret();
    this.#handles.deleteWhere(({ token: { launch } }) => launch.systemId === token.launch.systemId);
    if (!token.revoked.signal.aborted) this.#handles.set(secret, { token, scopes });
    return secret;
  }

  /** Null for a handle that is unknown, ended or another system's: they cannot be told apart. */
  messagingScopes(handle: string, systemId: string): readonly string[] | null {
    const known = this.#handles.get(handle);
    return known?.token.launch.systemId === systemId ? known.scopes : null;
  }

  #endHubs(fits: (token: TokenGrant) => boolean): void {
    for (const [token, hub] of this.#hubs) {
      if (!fits(token)) continue;
      this.#hubs.delete(token);
      hub.end();
    }
  }

  #issue(code: Code): IssuedToken {
    this.#forgetOld();
    const secret = this.randomness.secret();
    const grant: TokenGrant = {
      id: this.randomness.id(),
      launch: code.context,
      scopes: code.facts.scopes,
      expiresAt: this.clock.now() + this.limits.tokenLife,
      rate: new RateLimit(this.limits.requests, this.clock),
      pages: new Map(),
      revoked: new AbortController(),
    };
    makeRoom(this.#tokens, this.limits.entries);
    this.#tokens.set(secret, grant);
    code.token = grant;
    return {
      secret,
      grant,
      takeBack: () => {
        this.#revoke(grant);
      },
      isLive: () => this.isLive(grant),
    };
  }

  #revoke(token: TokenGrant): void {
    token.revoked.abort();
    this.#tokens.deleteWhere((other) => other === token);
    this.#handles.deleteWhere((handle) => handle.token === token);
    this.#endHubs((other) => other === token);
  }

  #end(fits: (context: LaunchContext) => boolean): void {
    // Nothing is "ended" that was used: a replay is to be told from a launch of another patient.
    for (const one of [...this.#launches.values(), ...this.#codes.values()])
      if (one.state === 'open' && fits(one.context)) one.state = 'ended';
    for (const token of this.#tokens.deleteWhere(({ launch }) => fits(launch))) token.revoked.abort();
    this.#handles.deleteWhere(({ token }) => fits(token.launch));
  }

  #forgetOld(): void {
    const now = this.clock.now();
    for (const token of this.#hubs.keys()) if (token.expiresAt <= now) this.#hubs.delete(token); // the hub knows when
    const isOld = ({ expiresAt }: { expiresAt: number }): boolean => expiresAt + this.limits.remembered <= now;
    this.#launches.deleteWhere(isOld);
    this.#codes.deleteWhere(isOld);
    for (const token of this.#tokens.deleteWhere(({ expiresAt }) => expiresAt <= now)) token.revoked.abort();
  }
}

export interface IssuedToken {
  readonly secret: string;
  readonly grant: TokenGrant;
  takeBack(): void;
  isLive(): boolean;
}

function expired(): SmartRefusal {
  return new SmartRefusal(400, 'invalid_request', 'This launch is not valid any more.', 'launch-expired');
}

/** The oldest go first: they are used up or about to expire. */
function makeRoom<V>(map: SecretMap<V>, most: number): void {
  if (map.size < most) return;
  let surplus = map.size - most + 1;
  map.deleteWhere(() => surplus-- > 0);
}
