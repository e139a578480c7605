/** A small clinical system that asks for its own sign-in, by a form or by HTTP Basic, and remembers every attempt. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { population } from '../demo/population.js';
import { type RunningServer, startServer } from '../demo/http.js';

export interface SignedSystem extends RunningServer {
  /** User name → password; tests change it. */
  readonly accounts: Map<string, string>;
  /** Every sign-in that was sent, in order. */
  readonly attempts: { readonly userName: string; readonly accepted: boolean }[];
  /** How many sign-in pages were asked for. */
  signInPages: number;
  /** More of its sign-in form: a page that changed. */
  moreFields: string;
  /** Ends every session: the next page is the sign-in page. */
  forgetSessions(): void;
}

export async function startSignedSystem(by: 'form' | 'basic'): Promise<SignedSystem> {
  const accounts = new Map<string, string>();
  const attempts: SignedSystem['attempts'] = [];
  const sessions = new Set<string>();
  const system = {
    accounts,
    attempts,
    signInPages: 0,
    moreFields: '',
    forgetSessions: () => {
      sessions.clear();
    },
  };
  const check = (userName: string, password: string): boolean => {
    const accepted = accounts.get(userName) === password;
    attempts.push({ userName, accepted });
    return accepted;
  };
  const server = await startServer(async ({ request, response, url }) => {
    const html = (body: string, status = 200): void => {
      response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(`<!doctype html>${body}`);
    };
    const isSignedIn = by === 'basic' ? isBasic(request) : sessions.has(cookieOf(request));
    function isBasic({ headers }: IncomingMessage): boolean {
      const [, given = ''] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? [];
      const [userName = '', ...rest] = Buffer.from(given, 'base64').toString('utf8').split(':');
      return given !== '' && check(userName, rest.join(':'));
    }
    if (by === 'form' && url.pathname === '/login' && request.method === 'POST') {
      const form = new URLSearchParams(await bodyOf(request));
      if (!check(form.get('user') ?? '', form.get('secret') ?? '')) {
        html(signInPage('<p class="error" role="alert">Wrong name or password</p>', system.moreFields), 401);
        return;
      }
      const key = randomBytes(16).toString('hex');
      sessions.add(key);
      response.writeHead(302, { 'set-cookie': `sid=${key}; HttpOnly; Path=/`, location: '/home' }).end();
      return;
    }
    if (by === 'form' && url.pathname === '/login') {
      system.signInPages += 1;
      html(signInPage('', system.moreFields));
      return;
    }
    if (!isSignedIn) {
      if (by === 'form') response.writeHead(302, { location: '/login' }).end();
      else {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="Results"', 'content-type': 'text/html' });
        response.end('<!doctype html><h1>Sign in first</h1>');
      }
      return;
    }
    const patient = population.find(({ nhsNumber }) => nhsNumber !== null && url.pathname.endsWith(nhsNumber));
    if (!patient) {
      html('<h1>Worklist</h1>');
      return;
    }
    const { family, given, nhsNumber, birthDate } = patient;
    html(
      `<h1>${family}, ${given.join(' ')}</h1><p data-nhs-number>${nhsNumber ?? ''}</p><p class="dob">${written(birthDate)}</p>`,
    );
  });
  return Object.assign(system, server);
}

function signInPage(error: string, more: string): string {
  return `<title>Sign in</title><h2>Results sign-in</h2>${error}<form method="post" action="/login">
    <label>User name <input name="user"></label><label>Password <input type="password" name="secret"></label>${more}
    <button>Sign in</button></form>`;
}

function cookieOf({ headers }: IncomingMessage): string {
  return /(?:^|;\s*)sid=([0-9a-f]+)/.exec(headers.cookie ?? '')?.[1] ?? '';
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function written(date: string): string {
  const [year = '', month = '', day = ''] = date.split('-');
  return `${day}-${MONTHS[Number(month) - 1] ?? ''}-${year}`;
}
