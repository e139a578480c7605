/**
 * A real Electron with one page, as the ordinary user, with the sandbox: what a sign-on method does is asked of the
 * method itself, in the test's process; the network, the tickets and the challenges are Chromium's own.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { giveToOrdinaryUser } from '../../../build/setup/ordinaryUser.mjs';
import type { SignOnMethod, SignOnPage } from '../../../main/signon/signOn.js';
import { type Program, startProgram } from '../../bench/program.js';
import { prepareRuntime, type Runtime } from '../../bench/runtime.js';
import { newFolder } from '../../bench/ward.js';
import { XScreen } from '../../bench/xScreen.js';
import {
  allowTickets,
  answerChallenge,
  forgetSession,
  type Loaded,
  loadPage,
  openPage,
  waitingChallenge,
} from './insideBrowser.electron.js';

const LOOK_EVERY_MS = 5;

export class Browser implements SignOnPage {
  address = 'about:blank';
  status = 0;
  /** What the page says. */
  text = '';
  /** How many times Chromium asked for a password. */
  challenges = 0;
  /** Who answers challenges; null: nobody does. */
  method: SignOnMethod | null = null;

  private constructor(
    private readonly program: Program,
    private readonly end: () => Promise<void>,
  ) {}

  /** @param environment of Electron: HOME, and where Kerberos finds its things */
  static async start(environment: Readonly<Record<string, string>>): Promise<Browser> {
    const ends: (() => unknown)[] = [];
    const end = async (): Promise<void> => {
      for (const one of ends.splice(0).reverse()) await one();
    };
    try {
      const runtime: Runtime = await prepareRuntime();
      ends.push(runtime.remove);
      const screen = await XScreen.open();
      ends.push(() => screen.close());
      const folder = newFolder();
      ends.push(folder.remove);
      const page = path.join(folder.path, 'page.html');
      writeFileSync(page, '<!doctype html><title>Tickets</title><body style="background:#fff">');
      giveToOrdinaryUser(folder.path);
      const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
      const command = ['env', ...variables, ...runtime.command('bare')] as [string, ...string[]];
      const program = await startProgram(command, [...folder.args, `--page=${page}`], screen);
      ends.push(() => program.end());
      await program.main.runInMain(openPage, undefined);
      return new Browser(program, end);
    } catch (error) {
      await end();
      throw error;
    }
  }

  /** Sets whom Chromium may answer with a ticket: signon/ticketHosts.ts makes the list. */
  async allowTickets(hosts: string): Promise<void> {
    await this.program.main.runInMain(allowTickets, hosts);
  }

  async load(address: URL): Promise<{ outcome: 'loaded' | 'failed' }> {
    const state: { loaded: Loaded | null } = { loaded: null };
    const loading = this.program.main.runInMain(loadPage, address.href).then((result) => (state.loaded = result));
    while (!state.loaded) {
      const challenge = await this.program.main.runInMain(waitingChallenge, undefined);
      if (!challenge) {
        await Promise.race([loading, later(LOOK_EVERY_MS)]);
        continue;
      }
      this.challenges += 1;
      const credentials = (await this.method?.answerChallenge?.(challenge)) ?? null;
      const answer = credentials && {
        userName: credentials.userName,
        password: credentials.password.use((text) => text),
      };
      credentials?.password.wipe();
      await this.program.main.runInMain(answerChallenge, answer);
    }
    const { outcome, address: arrived, status, text } = await loading;
    Object.assign(this, { address: arrived, status, text });
    return { outcome };
  }

  async forgetSession(): Promise<void> {
    await this.program.main.runInMain(forgetSession, undefined);
  }

  nextDocument(): Promise<string> {
    return Promise.reject(new Error('nothing here waits for a document'));
  }

  holdDrawing(): () => void {
    return () => undefined;
  }

  attach(): ReturnType<SignOnPage['attach']> {
    return Promise.reject(new Error('nothing here is typed'));
  }

  async close(): Promise<void> {
    await this.end();
  }
}
