/**
 * Lanyard joined to a context hub that another program runs: its tabs follow whom that program opens, that program hears
 * whom the clinician chooses, and a sign-out on either side is a sign-out on both.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../main/context/hub/clock.js';
import type { HubEvent } from '../../main/context/hub/hubContext.js';
import { type Hub, startHub } from '../../main/context/hub/hub.js';
import { nhsNumberSystem } from '../../main/patients/fhirPatient.js';
import { folderOfOrdinaryUser, giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { type DemoPatient, population } from '../demo/population.js';
import { configurationFor, expect, labSystem, test } from './lanyard.js';

const [first, second] = population.filter(({ nhsNumber, replacedBy }) => nhsNumber !== null && replacedBy === null) as [
  DemoPatient,
  DemoPatient,
];

let hub: Hub;
let topic: string;
let heard: HubEvent[];
let file: string;
/** Ids of what the other program opened. */
let theirs: Set<string>;
test.beforeEach(async () => {
  hub = await startHub({
    report: (error) => {
      throw error;
    },
  });
  heard = [];
  theirs = new Set();
  hub.onEvent((event) => heard.push(event));
  topic = hub.tokens.openTopic();
  file = path.join(folderOfOrdinaryUser('lanyard-join-'), 'hub.json');
});
test.afterEach(() => hub.close());

/** As the other program writes it when its session begins. */
function writeJoinFile(): string {
  const expiresAt = systemClock.now() + 3_600_000;
  const token = hub.tokens.grant({ topic, scopes: 'fhircast/*.*', expiresAt, subscriberName: 'Lanyard' });
  writeFileSync(file, JSON.stringify({ 'hub.topic': topic, access_token: token }));
  giveToOrdinaryUser(path.dirname(file));
  return token;
}

const open = ({ id, nhsNumber }: Pick<DemoPatient, 'id' | 'nhsNumber'>): string => {
  const published = hub.publishFromShell({
    topic,
    event: 'Patient-open',
    context: [
      {
        key: 'patient',
        resource: { resourceType: 'Patient', id, identifier: [{ system: nhsNumberSystem, value: nhsNumber }] },
      },
    ],
  });
  theirs.add(published.id);
  return published.id;
};
/** Published by Lanyard: event and number. */
const said = (): string[] =>
  heard.flatMap((event) => {
    if (event.kind !== 'published' || theirs.has(event.notification.id)) return [];
    const { 'hub.event': name, context } = event.notification.event;
    const identifier = context[0]?.resource?.['identifier'] as { system: string; value: string }[] | undefined;
    return [`${name} ${identifier?.find(({ system }) => system === nhsNumberSystem)?.value ?? ''}`.trim()];
  });
const answers = (id: string): number[] =>
  heard.flatMap((event) => (event.kind === 'answered' && event.eventId === id ? [event.status] : []));

test('follows another program’s hub and leads it; its sign-out is theirs', async ({ launch, surroundings }) => {
  const lanyard = await launch(
    configurationFor(surroundings, [labSystem(surroundings.lab, 'honest', { title: 'Patient record' })], {
      contextHub: { join: { url: hub.url, file } },
    }),
  );
  const token = writeJoinFile();
  await lanyard.signIn();
  await expect.poll(() => heard.map(({ kind }) => kind)).toContain('subscribed');

  const opened = open(first);
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');
  await expect(lanyard.shell.getByRole('note')).toHaveText(
    `Another program changed the patient to ${first.family.toUpperCase()}, ${first.given.join(' ')}.`,
  );
  await expect.poll(() => answers(opened)).toEqual([200]);
  const displayed = () => lanyard.audit().findLast(({ type }) => type === 'system.displayed');
  await expect.poll(displayed).toMatchObject({ verified: true, shown: { nhsNumber: first.nhsNumber } });
  expect(said()).toEqual([]); // no echo

  await lanyard.choose(second);
  await expect.poll(said).toEqual([`Patient-open ${second.nhsNumber ?? ''}`]);
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');

  // Nobody has this number.
  const mistaken = open({ id: 'nobody', nhsNumber: '9990009996' });
  await expect.poll(() => answers(mistaken)).toEqual([409]);
  await expect(lanyard.shell.getByRole('note')).toContainText('Lanyard stays with what is chosen here.');
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');

  await lanyard.shell.getByRole('button', { name: 'Sign out' }).click();
  await expect(lanyard.shell.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expect.poll(said).toContain('UserLogout');
  const lines = lanyard.audit().filter(({ type }) => type.startsWith('contextHub.'));
  expect(lines.map(({ type, outcome, reason }) => [type, outcome ?? reason])).toEqual([
    ['contextHub.joined', undefined],
    ['contextHub.asked', 'accepted'],
    ['contextHub.asked', 'refused'],
    ['contextHub.left', 'session-ended'],
  ]);
  expect(lanyard.output() + JSON.stringify(lanyard.audit())).not.toContain(token);
});

test('the other program ends the session: Lanyard signs out', async ({ launch, surroundings }) => {
  const lanyard = await launch(
    configurationFor(surroundings, [labSystem(surroundings.lab, 'honest', { title: 'Patient record' })], {
      contextHub: { join: { url: hub.url, file } },
    }),
  );
  writeJoinFile();
  await lanyard.signIn();
  await expect.poll(() => heard.map(({ kind }) => kind)).toContain('subscribed');
  await lanyard.choose(first);
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');
  hub.publishFromShell({ topic, event: 'UserLogout', context: [] });
  await expect(lanyard.shell.getByRole('button', { name: 'Sign in' })).toBeVisible();
  expect(lanyard.audit().filter(({ type }) => type === 'session.signedOut')).toMatchObject([
    { reason: 'other-program' },
  ]);
});
