/**
 * An identity provider that takes no time of its own, and systems that follow it as OpenID Connect does it in the
 * browser: what a system takes to follow is then the programs' own. The real one is test/real/idp.
 */
import { randomBytes } from 'node:crypto';
import { type Exchange, readBody, type RunningServer, startServer } from '../demo/http.js';
import { population } from '../demo/population.js';

export interface Follower extends RunningServer {
  /** How often somebody came back from the provider. */
  readonly arrivals: () => number;
  /** Ends every session: the next page is the provider's again. */
  readonly forget: () => void;
}

/** Signs everybody in who gives a password: the sign-in page at `/`, then a page with `#menu`. */
export async function startProvider(): Promise<RunningServer> {
  const sessions = new Set<string>();
  return startServer(async ({ request, response, url }) => {
    if (request.method === 'POST') {
      const form = new URLSearchParams(await readBody(request));
      if ((form.get('password') ?? '') === '') throw new Error('a sign-in came without a password');
      response.writeHead(302, { 'set-cookie': begin(sessions, 'sso'), location: form.get('next') ?? '/' }).end();
      return;
    }
    const isKnown = sessions.has(cookie(request.headers.cookie, 'sso'));
    const returnTo = url.searchParams.get('redirect_uri');
    if (isKnown && url.pathname === '/authorize' && returnTo !== null) {
      const back = new URL(returnTo);
      back.searchParams.set('code', randomBytes(8).toString('hex'));
      back.searchParams.set('state', url.searchParams.get('state') ?? '');
      response.writeHead(302, { location: back.href }).end();
      return;
    }
    html(
      { response },
      isKnown
        ? '<title>Signed in</title><p id="menu">Signed in</p>'
        : `<title>Hospital sign-on</title><form method="post" action="/"><label>User name <input name="user"></label>
           <label>Password <input type="password" name="password"></label>
           <input type="hidden" name="next" value="${(url.pathname + url.search).replaceAll('&', '&amp;')}"><button>Sign in</button></form>`,
    );
  });
}

/** @param name of its cookie: cookies do not know ports */
export async function startFollower(name: string, provider: string): Promise<Follower> {
  const sessions = new Set<string>();
  const asked = new Map<string, string>();
  let arrivals = 0;
  const server = await startServer(({ request, response, url }) => {
    const returnTo = asked.get(url.searchParams.get('state') ?? '');
    if (url.pathname === '/callback' && returnTo !== undefined) {
      arrivals += 1;
      response.writeHead(302, { 'set-cookie': begin(sessions, name), location: returnTo }).end();
      return;
    }
    if (!sessions.has(cookie(request.headers.cookie, name))) {
      const state = randomBytes(16).toString('hex');
      asked.set(state, url.pathname);
      const query = new URLSearchParams({ response_type: 'code', scope: 'openid', client_id: name, state });
      query.set('redirect_uri', `${url.origin}/callback`);
      response.writeHead(302, { location: `${provider}/authorize?${query.toString()}` }).end();
      return;
    }
    const number = url.pathname.split('/').at(-1);
    const patient = population.find(({ nhsNumber }) => nhsNumber !== null && nhsNumber === number);
    html(
      { response },
      patient
        ? `<h1>${patient.family}, ${patient.given.join(' ')}</h1><p data-nhs-number>${patient.nhsNumber ?? ''}</p><p class="dob">${patient.birthDate}</p>`
        : '<h1>Worklist</h1>',
    );
  });
  return {
    ...server,
    arrivals: () => arrivals,
    forget: () => {
      sessions.clear();
    },
  };
}

function begin(sessions: Set<string>, name: string): string {
  const id = randomBytes(16).toString('hex');
  sessions.add(id);
  return `${name}=${id}; Path=/; HttpOnly; SameSite=Lax`;
}

function cookie(header: string | undefined, name: string): string {
  const pairs = (header ?? '').split('; ').map((pair) => pair.split('='));
  return pairs.find(([key]) => key === name)?.[1] ?? '';
}

function html({ response }: Pick<Exchange, 'response'>, body: string): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,">${body}</html>`);
}
