/**
 * How the demo's systems ask who is there: by a sign-in page with a session, or by HTTP Basic. Both know the people and
 * the password of the demo's directory, and say of every sign-in whether they accepted it.
 */
import { randomUUID } from 'node:crypto';
import { isDemoPassword } from '../directory/accounts.js';
import { type Exchange, type Handler, readBody } from '../http.js';
import { html } from './html.js';
import { type DemoSystem, redirect, sendNotice, sendPage } from './page.js';

export const SIGN_IN_PATH = '/sign-in';

/** Hears of each sign-in that was sent, never of a password. HTTP Basic sends one with each request. */
export type SignInHeard = (userName: string, accepted: boolean) => void;

/** Sends everybody without a session to the sign-in page; what `openTo` lists is for everyone. */
export function behindSignInPage(
  handler: Handler,
  system: DemoSystem,
  openTo: readonly string[],
  heard: SignInHeard,
): Handler {
  const sessions = new Map<string, string>();
  const signIn = async (exchange: Exchange): Promise<void> => {
    const form = new URLSearchParams(await readBody(exchange.request, 10_000));
    const userName = form.get('userName')?.trim() ?? '';
    const accepted = isFromHere(exchange) && isDemoPassword(userName, form.get('password') ?? '');
    heard(userName, accepted);
    if (!accepted) {
      sendSignInPage(exchange, system, true);
      return;
    }
    const key = randomUUID();
    sessions.set(key, userName);
    exchange.response.setHeader('set-cookie', `demo-session=${key}; HttpOnly; SameSite=Lax; Path=/`);
    redirect(exchange, '/', 303);
  };
  return async (exchange) => {
    const { request, url } = exchange;
    const userName = sessions.get(sessionKey(exchange));
    if (url.pathname === SIGN_IN_PATH) {
      if (request.method === 'POST') await signIn(exchange);
      else sendSignInPage(exchange, system, false);
    } else if (userName !== undefined) await handler({ ...exchange, userName });
    else if (openTo.includes(url.pathname)) await handler(exchange);
    else redirect(exchange, SIGN_IN_PATH);
  };
}

/** Asks for HTTP Basic (RFC 7617) with each request; what `openTo` lists is for everyone. */
export function behindBasic(
  handler: Handler,
  system: DemoSystem,
  openTo: readonly string[],
  heard: SignInHeard,
): Handler {
  return async (exchange) => {
    const { request, response, url } = exchange;
    if (openTo.includes(url.pathname)) return handler(exchange);
    const [, given] = /^Basic ([A-Za-z0-9+/=]+)$/.exec(request.headers.authorization ?? '') ?? [];
    const [userName = '', ...rest] = Buffer.from(given ?? '', 'base64')
      .toString('utf8')
      .split(':');
    const accepted = given !== undefined && isDemoPassword(userName, rest.join(':'));
    if (given !== undefined) heard(userName, accepted);
    if (accepted) return handler({ ...exchange, userName });
    response.setHeader('www-authenticate', `Basic realm="${system.name}", charset="UTF-8"`);
    sendNotice(exchange, system, 401, 'Sign in first', html`This system is for people who have signed in.`);
  };
}

function sendSignInPage(exchange: Exchange, system: DemoSystem, refused: boolean): void {
  const body = html`<h2>Sign in</h2>
    ${refused && html`<p role="alert">Wrong user name or password.</p>`}
    <form method="post" action="${SIGN_IN_PATH}" class="sign-in">
      <label>User name <input name="userName" autocomplete="username" required /></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
      <button>Sign in</button>
    </form>`;
  sendPage(exchange, { ...system, navigation: [] }, { title: 'Sign in', body }, refused ? 401 : 200);
}

function isFromHere({ request }: Exchange): boolean {
  const site = request.headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin';
}

function sessionKey({ request }: Exchange): string {
  return /(?:^|;\s*)demo-session=([0-9a-f-]{36})/.exec(request.headers.cookie ?? '')?.[1] ?? '';
}
