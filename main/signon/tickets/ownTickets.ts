/**
 * Tickets of the clinician's own on a shared Linux workstation: got with the password that was just accepted, kept in a
 * private file for as long as they are signed in, destroyed at sign-out. Two clinicians on one PC each use their own.
 *
 * Chromium looks where KRB5CCNAME says, each time it answers; so the place is fixed once, before its network process
 * starts (`prepareOwnTickets`), and only what lies there changes.
 */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Secret } from '../../domain/secret.js';
import { kerberosConfiguration, type KerberosRealm } from './kerberosConfiguration.js';
import { explainKerberos } from './kerberosErrors.js';
import { runProgram, type RunProgram } from './runProgram.js';
import { checkServiceTicket } from './serviceTicket.js';
import type { TicketSource, TicketState } from './ticketSource.js';

/** Milliseconds for kinit: signing in waits for it, also where no controller answers. */
const OBTAIN_DEADLINE = 5_000;
const DISCARD_DEADLINE = 2_000;
/** kinit reads one line of at most 1,023 bytes (MIT krb5, get_in_tkt): a longer one would be cut, and cost a try. */
const LONGEST_PASSWORD = 1_000;
const SYSTEM_FILE = '/etc/krb5.conf';

const NOT_SIGNED_IN = 'You have no ticket for single sign-on yet. Sign in to Lanyard again.';
const NOT_INSTALLED = 'This computer cannot get tickets for single sign-on. Sign in to the system itself.';
const STRANGE_PASSWORD = 'Your password cannot be used for single sign-on by ticket. Sign in to the system itself.';
const NO_ANSWER = 'The hospital’s sign-in service does not answer. Sign out and try again in a moment.';

/** Where the tickets lie, and what this process's environment says about it. */
export interface TicketPlace {
  /** The private file. */
  readonly cacheFile: string;
  /** For every Kerberos program, and for Chromium. */
  readonly environment: Readonly<{ KRB5CCNAME: string; KRB5_CONFIG: string }>;
}

export interface PrepareOptions {
  /** Absolute, in the user-data folder; only this user can open it afterwards. */
  readonly folder: string;
  readonly realm: KerberosRealm;
  /** Of this process. A KRB5_CONFIG that IT has set is kept. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * To be called once, before Electron is ready; `environment` of the result then goes into process.env. Removes a ticket
 * that a crash left behind: it is somebody else's.
 * @throws Error where the folder cannot be made private
 */
export function prepareOwnTickets({ folder, realm, environment }: PrepareOptions): TicketPlace {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700); // SECURITY: also where it was there before
  const cacheFile = path.join(folder, 'tickets');
  rmSync(cacheFile, { force: true });
  const KRB5CCNAME = `FILE:${cacheFile}`;
  const configured = environment['KRB5_CONFIG'];
  if (configured !== undefined && configured !== '')
    return { cacheFile, environment: { KRB5CCNAME, KRB5_CONFIG: configured } };
  const { text, isComplete } = kerberosConfiguration(realm);
  const file = path.join(folder, 'krb5.conf');
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  return { cacheFile, environment: { KRB5CCNAME, KRB5_CONFIG: isComplete ? file : `${file}:${SYSTEM_FILE}` } };
}

export interface OwnTicketsOptions {
  readonly place: TicketPlace;
  /** PATH of this process: where kinit, kdestroy and kvno are. */
  readonly searchPath: string;
  readonly run?: RunProgram;
}

export class OwnTickets implements TicketSource {
  #state: TicketState = none(NOT_SIGNED_IN);
  /** Grows with every sign-in and sign-out: a kinit that answers late belongs to nobody any more. */
  #turn = 0;
  #obtaining: { readonly stop: AbortController; readonly ended: Promise<unknown> } | null = null;
  readonly #run: RunProgram;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(private readonly options: OwnTicketsOptions) {
    this.#run = options.run ?? runProgram;
    this.#environment = { ...options.place.environment, PATH: options.searchPath, LC_ALL: 'C' };
  }

  state(): TicketState {
    return this.#state;
  }

  async obtain(principalName: string, password: Secret, signal: AbortSignal): Promise<TicketState> {
    try {
      await this.discard();
      if (!canBeTyped(password) || !isPrincipalName(principalName)) return (this.#state = none(STRANGE_PASSWORD));
      const turn = this.#turn;
      const stop = new AbortController();
      const running = this.#run({
        file: 'kinit',
        // -C -E: the directory's own name for them, whatever suffix they sign in with. Source: kinit(1), RFC 6806
        args: ['-C', '-E', '--', principalName],
        environment: this.#environment,
        line: password,
        signal: AbortSignal.any([signal, stop.signal]),
        timeout: OBTAIN_DEADLINE,
      });
      this.#obtaining = { stop, ended: running };
      const result = await running;
      if (turn !== this.#turn) return this.#state;
      this.#obtaining = null;
      if (result.outcome === 'ended' && result.code === 0) return (this.#state = { status: 'own' });
      this.#removeFile();
      if (result.outcome === 'not-installed') return (this.#state = none(NOT_INSTALLED));
      if (result.outcome === 'failed') return (this.#state = none(NO_ANSWER));
      return (this.#state = none(explainKerberos(result.output).explanation));
    } finally {
      password.wipe();
    }
  }

  async discard(): Promise<void> {
    this.#turn += 1;
    const hadTicket = this.#state.status === 'own';
    this.#state = none(NOT_SIGNED_IN);
    const obtaining = this.#obtaining;
    this.#obtaining = null;
    obtaining?.stop.abort();
    await obtaining?.ended; // else it could write its ticket after the file was removed
    if (hadTicket)
      // overwrites the file before it removes it
      await this.#run({
        file: 'kdestroy',
        args: ['-q'],
        environment: this.#environment,
        signal: new AbortController().signal,
        timeout: DISCARD_DEADLINE,
      });
    this.#removeFile();
  }

  async check(host: string, signal: AbortSignal): ReturnType<TicketSource['check']> {
    if (this.#state.status === 'none')
      return [
        {
          check: 'ticket',
          status: 'bad',
          message: this.#state.explanation,
          remedy: 'Sign in to Lanyard, on a computer with the Kerberos client programs (Debian: krb5-user).',
        },
      ];
    return checkServiceTicket({ host, run: this.#run, platform: 'linux', environment: this.#environment, signal });
  }

  #removeFile(): void {
    rmSync(this.options.place.cacheFile, { force: true });
  }
}

function none(explanation: string): TicketState {
  return { status: 'none', explanation };
}

/** One line, not empty: anything else would be another password than the one that was accepted. */
function canBeTyped(password: Secret): boolean {
  return password.use((text) => text !== '' && !/[\n\r\0]/.test(text) && Buffer.byteLength(text) <= LONGEST_PASSWORD);
}

function isPrincipalName(name: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(name);
}
