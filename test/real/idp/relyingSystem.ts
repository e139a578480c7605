/**
 * A small clinical system that has no sign-in page of its own: it sends everybody to the identity provider, and shows a
 * patient and who is signed in. How it is told who that is, is oidcSystem.ts and samlSystem.ts.
 */
import { randomBytes } from 'node:crypto';
import { population } from '../../demo/population.js';
import { type Exchange, type RunningServer, startServer } from '../../demo/http.js';

export interface SignedInPerson {
  readonly userName: string;
  /** The provider's name for its session with them: front-channel sign-out names it. */
  readonly providerSession: string | null;
}

export interface RelyingSystem extends RunningServer {
  /** Who is signed in now, by user name. */
  signedIn(): readonly string[];
  /** Everybody who ever came in, in order. */
  readonly arrivals: readonly string[];
  /** Milliseconds between the last request to the provider and the session that came of it: everybody's own time. */
  readonly followedIn: readonly number[];
  /** Nobody is sent to the provider until the promise is kept. */
  askAfter(moment: Promise<unknown>): void;
}

export interface Sessions {
  begin(exchange: Exchange, person: SignedInPerson, returnTo: string): void;
  end(matches: (person: SignedInPerson) => boolean): void;
}

export interface RelyingOptions {
  readonly name: string;
  /** Cookies do not know ports: each system on 127.0.0.1 has a name of its own. */
  readonly cookie: string;
  readonly port: number;
  /** Sends a person who is not signed in to the provider; afterwards they come back to `returnTo`, a path of ours. */
  readonly askProvider: (exchange: Exchange, returnTo: string) => Promise<void>;
  /** The system's own protocol addresses. @returns false: not one of them */
  readonly answer: (exchange: Exchange, sessions: Sessions) => Promise<boolean>;
}

export async function startRelyingSystem(options: RelyingOptions): Promise<RelyingSystem> {
  const people = new Map<string, SignedInPerson>();
  const arrivals: string[] = [];
  const followedIn: number[] = [];
  let askedAt = 0;
  let mayAsk: Promise<unknown> = Promise.resolve();
  const sessions: Sessions = {
    begin: ({ response }, person, returnTo) => {
      const id = randomBytes(16).toString('hex');
      people.set(id, person);
      arrivals.push(person.userName);
      followedIn.push(performance.now() - askedAt);
      response.writeHead(302, {
        location: returnTo,
        'set-cookie': `${options.cookie}=${id}; Path=/; HttpOnly; SameSite=Lax`,
      });
      response.end();
    },
    end: (matches) => {
      for (const [id, person] of people) if (matches(person)) people.delete(id);
    },
  };
  const server = await startServer(
    async (exchange) => {
      if (await options.answer(exchange, sessions)) return;
      const person = people.get(cookieOf(exchange, options.cookie) ?? '');
      if (person) show(exchange, options.name, person);
      else {
        await mayAsk;
        askedAt = performance.now();
        await options.askProvider(exchange, exchange.url.pathname);
      }
    },
    { port: options.port },
  );
  return {
    ...server,
    arrivals,
    followedIn,
    signedIn: () => [...people.values()].map(({ userName }) => userName),
    askAfter: (moment) => {
      mayAsk = moment;
    },
  };
}

function cookieOf({ request }: Exchange, name: string): string | undefined {
  const pairs = (request.headers.cookie ?? '').split('; ').map((pair) => pair.split('='));
  return pairs.find(([key]) => key === name)?.[1];
}

/** `/patient/{NHS number}`, as the pages of test/e2e/lab.ts show one; any other path: a worklist. */
function show({ response, url }: Exchange, name: string, { userName }: SignedInPerson): void {
  const [, place, number] = url.pathname.split('/');
  const patient = place === 'patient' ? population.find(({ nhsNumber }) => nhsNumber === number) : undefined;
  const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
  const [year, month, day] = (patient?.birthDate ?? '').split('-');
  const identity = patient
    ? `<h1>${patient.family}, ${patient.given.join(' ')}</h1><p class="dob">${day}-${months[Number(month) - 1] ?? ''}-${year}</p>
       <p data-nhs-number>${patient.nhsNumber ?? ''}</p>`
    : '<h1>Worklist</h1>';
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
  response.end(`<!doctype html><title>${name}</title>${identity}<p id="who">${userName}</p>`);
}

export function refuse({ response }: Exchange, reason: string): void {
  response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(`not signed in: ${reason}`);
}
