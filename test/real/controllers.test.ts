/** Two real domain controllers of one domain, each with a database of its own: who is asked, who is not, and how long it takes. */
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { DirectorySettings } from '../../main/directory/settings.js';
import { accepted, directoryFor, disposeDirectories, patiently } from '../unit/directoryContract.js';
import { blackHole, deadPort, type FaultyServer } from '../unit/directoryServers.js';
import { NEXT_PASSWORD } from '../unit/passwordContract.js';
import { restoreDomainController, type SecondController, startSecondController } from './ad/domainController.js';

const first = inject('domainController');
const { password } = first;
const SPARE_ADDRESS = '127.0.88.11';
/** A hung controller costs 2 s; the rest is for a busy machine. */
const BUSY_MS = 4_000;
let second: SecondController;
const faulty: FaultyServer[] = [];

beforeAll(restoreDomainController);
afterAll(restoreDomainController);
beforeEach(async () => {
  second = await startSecondController();
});
afterEach(async () => {
  disposeDirectories();
  await Promise.all(faulty.splice(0).map((server) => server.close()));
  await second.close();
});

const all: Omit<DirectorySettings, 'servers' | 'addresses'> = {
  domain: first.domain,
  netbiosName: first.netbiosName,
  security: 'ldaps',
  caPem: readFileSync(first.caFile, 'utf8'),
  serviceAccount: first.serviceAccount,
  roles: { clinician: ['Clinicians'] },
};
/** In this order, each at its address. */
const at = (...controllers: readonly (readonly [url: string, address: string])[]): DirectorySettings => ({
  ...all,
  servers: controllers.map(([url]) => url),
  addresses: Object.fromEntries(controllers.map(([url, address]) => [new URL(url).hostname, address])),
});
const one = (): readonly [string, string] => [first.url, first.address];
const other = (): readonly [string, string] => [second.url, second.address];

async function timed<T>(work: Promise<T>): Promise<readonly [T, number]> {
  const start = performance.now();
  const answer = await work;
  return [answer, performance.now() - start];
}

describe('Two controllers', () => {
  test('a wrong password is counted by the first and never seen by the second', async () => {
    const both = directoryFor(at(one(), other()));
    expect(await both.signIn('bulk0001', 'wrong')).toMatchObject({ reason: 'wrong-credentials', triesLeft: 2 });
    expect(await both.signIn('bulk0001', 'wrong')).toMatchObject({ reason: 'wrong-credentials', triesLeft: 1 });
    // Asked for the first time, it has counted none of the two.
    const alone = directoryFor(at(other()));
    expect(await alone.signIn('bulk0001', 'wrong')).toMatchObject({ reason: 'wrong-credentials', triesLeft: 2 });
    accepted(await both.signIn('bulk0001', password));
  });

  test('a lock-out at the first is the answer: the second, which knows of none, is not asked', async () => {
    const both = directoryFor(at(one(), other()));
    for (let wrong = 0; wrong < 3; wrong += 1) await both.signIn('bulk0002', 'wrong');
    expect(await both.signIn('bulk0002', password)).toMatchObject({ reason: 'locked-out' });
    accepted(await directoryFor(at(other())).signIn('bulk0002', password));
  });

  test('the first hangs: the second signs in after two seconds at most, and is asked first for a while', async () => {
    await second.hang();
    const { signIn, problems } = directoryFor(at(other(), one()));
    const [answer, ms] = await timed(signIn('a.ward', password));
    accepted(answer);
    expect(ms).toBeGreaterThan(1900); // it was asked
    expect(ms).toBeLessThan(BUSY_MS);
    const [again, soon] = await timed(signIn('a.ward', password));
    accepted(again);
    expect(soon).toBeLessThan(1900);
    expect(problems).toHaveLength(1);
  });

  test('one dead, one a black hole, then a real one', async () => {
    faulty.push(await blackHole(SPARE_ADDRESS, 636));
    const dead = [`ldaps://dc8.${first.domain}:${await deadPort()}`, '127.0.0.1'] as const;
    const hole = [`ldaps://dc9.${first.domain}`, SPARE_ADDRESS] as const;
    const [answer, ms] = await timed(directoryFor(at(dead, hole, other())).signIn('a.ward', password));
    accepted(answer);
    expect(ms).toBeLessThan(BUSY_MS);
  });

  test('the first ends between two sign-ins: the second goes on at once', async () => {
    const { signIn } = directoryFor(at(other(), one()));
    accepted(await signIn('a.ward', password));
    await second.close();
    const [answer, ms] = await timed(signIn('a.ward', password));
    accepted(answer);
    expect(ms).toBeLessThan(1900);
  });

  test('no controller left: why, and that the password is not the problem; nobody is signed in', async () => {
    await second.hang();
    const [answer, ms] = await timed(directoryFor(at(other())).signIn('a.ward', password));
    expect(answer).toMatchObject({ outcome: 'unavailable', reason: 'no-controller' });
    expect(ms).toBeLessThan(BUSY_MS);
  });

  test('a password is changed at one controller only, also when the one before it hangs', async () => {
    await second.hang();
    const { directory, signIn } = directoryFor(at(other(), one()));
    expect(await directory.changePassword('bulk0003', password, NEXT_PASSWORD, patiently)).toMatchObject({
      outcome: 'changed',
    });
    accepted(await signIn('bulk0003', NEXT_PASSWORD));
  });
});
