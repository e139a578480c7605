/**
 * The context hub as another program of the same user meets it: it finds the session by context-hub.json, hears whom the
 * clinician chooses, leads the tabs to another patient, and is left with nothing once they have signed out.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { HandOff } from '../../main/context/hub/handOff.js';
import { nhsNumberSystem } from '../../main/patients/fhirPatient.js';
import { type DemoPatient, population } from '../demo/population.js';
import { configurationFor, expect, labSystem, type Running, type Surroundings, test } from './lanyard.js';
import { killAtOnce } from './leftovers.js';
import { openedNumbers, publish, subscribe } from '../unit/hubProgram.js';

const [first, second, third] = population.filter(
  ({ nhsNumber, replacedBy }) => nhsNumber !== null && replacedBy === null,
) as [DemoPatient, DemoPatient, DemoPatient];

const configuration = (surroundings: Surroundings, more: Record<string, unknown> = { contextHub: {} }) =>
  configurationFor(
    surroundings,
    [
      labSystem(surroundings.lab, 'honest', { title: 'Patient record' }),
      labSystem(surroundings.lab, 'frame', { title: 'Results' }),
    ],
    more,
  );

const fileOf = ({ userData }: Running): string => path.join(userData, 'session', 'context-hub.json');

async function handOff(lanyard: Running): Promise<HandOff> {
  await expect.poll(() => existsSync(fileOf(lanyard))).toBe(true);
  return JSON.parse(readFileSync(fileOf(lanyard), 'utf8')) as HandOff;
}

const EVENTS = 'Patient-open,Patient-close,SyncError,UserLogout';

function open(hub: HandOff, id: string, nhsNumber: string): Promise<number> {
  const resource = { resourceType: 'Patient', id, identifier: [{ system: nhsNumberSystem, value: nhsNumber }] };
  return publish(hub, id, 'Patient-open', [{ key: 'patient', resource }]);
}

async function signOut({ shell }: Running): Promise<void> {
  await shell.getByRole('button', { name: 'Sign out' }).click();
  await expect(shell.getByRole('button', { name: 'Sign in' })).toBeVisible();
}

test('another program hears the clinician, leads every tab, and is left with nothing at sign-out', async ({
  launch,
  surroundings,
}) => {
  const lanyard = await launch(configuration(surroundings));
  expect(existsSync(fileOf(lanyard))).toBe(false);
  await lanyard.signIn();
  const hub = await handOff(lanyard);
  expect(statSync(fileOf(lanyard)).mode & 0o777).toBe(0o600);
  expect(statSync(path.dirname(fileOf(lanyard))).mode & 0o777).toBe(0o700);

  const { heard, socket } = await subscribe(hub, EVENTS);
  await lanyard.choose(first);
  await expect.poll(() => openedNumbers(heard)).toEqual([first.nhsNumber]);
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');

  expect(await open(hub, 'dictated', second.nhsNumber ?? '')).toBe(202);
  await expect(lanyard.shell.getByRole('note')).toHaveText(
    `Dictation changed the patient to ${second.family.toUpperCase()}, ${second.given.join(' ')}.`,
  );
  for (const title of ['Patient record', 'Results']) {
    await lanyard.tab(title).click();
    await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');
  }
  await expect.poll(() => openedNumbers(heard)).toEqual([first.nhsNumber, second.nhsNumber]);
  const displayed = () => lanyard.audit().findLast(({ type }) => type === 'system.displayed');
  await expect.poll(displayed).toMatchObject({ verified: true, shown: { nhsNumber: second.nhsNumber } });

  // Nobody has this number: refused, said to the program and to the clinician, and nothing moves.
  await open(hub, 'mistaken', '9990009996');
  await expect(lanyard.shell.getByRole('note')).toContainText('Dictation asked for another patient.');
  await expect.poll(() => heard.map(({ event }) => event['hub.event'])).toContain('SyncError');
  await expect(lanyard.tab('Results')).toHaveAccessibleDescription('In step');

  await lanyard.choose(third);
  await expect.poll(() => openedNumbers(heard)).toEqual([first, second, third].map(({ nhsNumber }) => nhsNumber));
  await expect(lanyard.shell.getByRole('note')).toHaveCount(0);

  const closed = new Promise((resolve) => socket.once('close', resolve));
  await signOut(lanyard);
  await closed;
  expect(existsSync(fileOf(lanyard))).toBe(false);
  await expect(open(hub, 'after', first.nhsNumber ?? '')).rejects.toThrow(); // nobody listens there any more
  expect(heard.at(-1)?.event['hub.event']).toBe('UserLogout');

  await lanyard.signIn();
  const next = await handOff(lanyard);
  expect(next['hub.topic']).not.toBe(hub['hub.topic']);
  const stranger = await fetch(`${next['hub.url']}/${next['hub.topic']}`, {
    headers: { authorization: `Bearer ${hub.access_token}` },
  });
  expect([401, 403]).toContain(stranger.status); // the token of the session before
  await signOut(lanyard);
  const hubLines = lanyard.audit().filter(({ type }) => type.startsWith('contextHub.'));
  expect(hubLines.map(({ type, outcome, reason }) => [type, outcome ?? reason])).toEqual([
    ['contextHub.started', undefined],
    ['contextHub.asked', 'accepted'],
    ['contextHub.asked', 'refused'],
    ['contextHub.stopped', 'session-ended'],
    ['contextHub.started', undefined],
    ['contextHub.stopped', 'session-ended'],
  ]);
  expect(lanyard.output()).not.toContain(hub.access_token);
});

test('a hub that crashes comes back under another topic; what a crash of Lanyard leaves is removed at its next start', async ({
  launch,
  surroundings,
}) => {
  const lanyard = await launch(configuration(surroundings));
  await lanyard.signIn();
  await lanyard.choose(first);
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');
  const before = await handOff(lanyard);
  const pid = await lanyard.app.evaluate(
    ({ app }) => app.getAppMetrics().find(({ name }) => name === 'Lanyard context hub')?.pid,
  );
  if (pid === undefined) throw new Error('the hub has no process of its own');
  expect(pid).not.toBe(lanyard.pid);
  process.kill(pid, 'SIGKILL');
  const after = (): HandOff | null => {
    const text = existsSync(fileOf(lanyard)) ? readFileSync(fileOf(lanyard), 'utf8') : null;
    return text === null ? null : (JSON.parse(text) as HandOff);
  };
  await expect.poll(() => (after()?.['hub.topic'] ?? before['hub.topic']) !== before['hub.topic']).toBe(true);
  const { heard, socket } = await subscribe(after() ?? before, EVENTS);
  await expect.poll(() => openedNumbers(heard)).toEqual([first.nhsNumber]); // told who is chosen without being asked
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');
  expect(
    lanyard.audit().filter(({ type, reason }) => type === 'contextHub.stopped' && reason === 'crashed'),
  ).toHaveLength(1);

  const ended = new Promise((resolve) => socket.once('close', resolve));
  killAtOnce(lanyard.pid);
  await ended; // the hub goes with Lanyard
  expect(existsSync(fileOf(lanyard))).toBe(true);
  const next = await launch(configuration(surroundings), { userData: lanyard.userData });
  await expect(next.shell.getByRole('button', { name: 'Sign in' })).toBeVisible();
  expect(existsSync(fileOf(next))).toBe(false);
});

test('without contextHub in the configuration nothing starts', async ({ launch, surroundings }) => {
  const lanyard = await launch(configuration(surroundings, {}));
  await lanyard.signIn();
  await lanyard.choose(first);
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');
  expect(existsSync(path.dirname(fileOf(lanyard)))).toBe(false);
  expect(lanyard.audit().filter(({ type }) => type.startsWith('contextHub.'))).toEqual([]);
});
