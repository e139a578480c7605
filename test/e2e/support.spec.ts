/**
 * The support view on the running program: hub, systems and changes as they were, nobody named before the reason is on
 * record, nothing for a clinician, and nothing left of one session in the next.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { WebSocket } from 'ws';
import { nhsNumberSystem } from '../../main/patients/fhirPatient.js';
import type { LanyardApi } from '../../preload/contract.js';
import { type DemoPatient, population } from '../demo/population.js';
import { configurationFor, expect, labSystem, type Running, test } from './lanyard.js';

const [first, second] = population.filter(({ nhsNumber, replacedBy }) => nhsNumber !== null && replacedBy === null) as [
  DemoPatient,
  DemoPatient,
];
const REASON = 'Ward 7 says that Results shows another name';

interface HandOff {
  readonly 'hub.url': string;
  readonly 'hub.topic': string;
  readonly access_token: string;
}

async function handOff({ userData }: Running): Promise<HandOff> {
  const file = path.join(userData, 'session', 'context-hub.json');
  await expect.poll(() => existsSync(file)).toBe(true);
  return JSON.parse(readFileSync(file, 'utf8')) as HandOff;
}

/** A program called Dictation, which follows everything. */
async function subscribe(hub: HandOff): Promise<WebSocket> {
  const answer = await fetch(hub['hub.url'], {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.access_token}` },
    body: new URLSearchParams({
      'hub.channel.type': 'websocket',
      'hub.mode': 'subscribe',
      'hub.topic': hub['hub.topic'],
      'hub.events': 'Patient-open,Patient-close',
      'subscriber.name': 'Dictation',
    }),
  });
  const { 'hub.channel.endpoint': endpoint } = (await answer.json()) as { 'hub.channel.endpoint': string };
  const socket = new WebSocket(endpoint);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.on('message', (data: Buffer) => {
      const { id } = JSON.parse(data.toString('utf8')) as { id?: string };
      if (id === undefined)
        resolve(); // the confirmation
      else socket.send(JSON.stringify({ id, status: 200 }));
    });
  });
  return socket;
}

async function lead(hub: HandOff, nhsNumber: string): Promise<void> {
  const resource = { resourceType: 'Patient', id: 'd-1', identifier: [{ system: nhsNumberSystem, value: nhsNumber }] };
  const { status } = await fetch(hub['hub.url'], {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      timestamp: new Date().toISOString(),
      id: 'dictated',
      event: { 'hub.topic': hub['hub.topic'], 'hub.event': 'Patient-open', context: [{ key: 'patient', resource }] },
    }),
  });
  expect(status).toBe(202);
}

async function signOut({ shell }: Running): Promise<void> {
  await shell.getByRole('button', { name: 'Sign out' }).click();
  await expect(shell.getByRole('button', { name: 'Sign in' })).toBeVisible();
}

test('support sees what happened, and who it happened to only for a recorded reason', async ({
  launch,
  surroundings,
}) => {
  const roles = ['clinician', 'support'];
  const lanyard = await launch(
    configurationFor(
      surroundings,
      [
        labSystem(surroundings.lab, 'honest', { title: 'Patient record', roles }),
        labSystem(surroundings.lab, 'other-birth-date', { title: 'Results', roles }),
      ],
      { contextHub: {} },
    ),
  );
  const { shell } = lanyard;

  await lanyard.signIn();
  await expect(shell.getByRole('searchbox', { name: 'Find a patient' })).toBeVisible();
  await expect(shell.getByRole('button', { name: 'Support view' })).toHaveCount(0);
  const answers = await shell.evaluate(async () => {
    const { lanyard: api } = window as unknown as { lanyard: LanyardApi };
    const reason = 'A reason that is long enough';
    return [await api.call('support.view', undefined), await api.call('support.unmask', { reason })];
  });
  expect(answers).toEqual([
    { ok: false, code: 'forbidden', message: 'This is for support staff only' },
    { ok: false, code: 'forbidden', message: 'This is for support staff only' },
  ]);
  await signOut(lanyard);

  await lanyard.signIn('sol.test');
  const hub = await handOff(lanyard);
  const socket = await subscribe(hub);
  await lanyard.choose(first);
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');
  await lead(hub, second.nhsNumber ?? '');
  await expect(shell.getByRole('note')).toContainText('Dictation changed the patient');
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');
  await expect(lanyard.tab('Results')).toHaveAccessibleDescription('Different patient');

  await shell.getByRole('button', { name: 'Support view' }).click();
  const view = shell.getByRole('dialog', { name: 'Support view' });
  const row = (table: string, words: string) =>
    view.getByRole('table', { name: table }).getByRole('row').filter({ hasText: words });
  await expect(row('Subscribers', 'Dictation')).toContainText('Followed (200) to Patient-open');
  await expect(view.getByText(hub['hub.topic'])).toHaveCount(0);
  await expect(row('Systems', 'Patient record')).toContainText('NHS number matched[data-nhs-number]');
  await expect(row('Systems', 'Results')).toContainText('Different patient');
  await expect(row('Systems', 'Results')).toContainText('The birth date on its page is not the chosen patient');
  await expect(row('Changes of patient', 'Patient 2')).toContainText('The program Dictation');
  await expect(row('Changes of patient', 'Patient 2')).toContainText(/Patient record\s+In stepin \d+\.\d\d s/);
  await expect(row('Changes of patient', 'Patient 1')).toContainText('The clinician');
  for (const { family, nhsNumber } of [first, second]) {
    await expect(view).not.toContainText(new RegExp(family, 'i'));
    await expect(view).not.toContainText(String(nhsNumber).replace(/(\d{3})(\d{3})/, '$1 $2 '));
  }

  await view.getByRole('textbox', { name: 'Reason' }).fill('because');
  await view.getByRole('button', { name: 'Show who they are' }).click();
  await expect(view.getByRole('alert')).toContainText('at least 10 characters');
  const unmasked = () => lanyard.audit().filter(({ type }) => type === 'support.unmasked');
  expect(unmasked()).toEqual([]);

  await view.getByRole('textbox', { name: 'Reason' }).fill(REASON);
  await view.getByRole('button', { name: 'Show who they are' }).click();
  await expect(row('Changes of patient', 'Patient 1')).toContainText(first.family.toUpperCase());
  await expect(row('Changes of patient', 'Patient 2')).toContainText(second.family.toUpperCase());
  const numbers = [second, first].map(({ nhsNumber, localNumber }) => ({
    nhsNumber,
    identifiers: [{ authority: 'rm3', value: localNumber }],
  }));
  expect(unmasked()).toEqual([{ type: 'support.unmasked', reason: REASON, patients: numbers }]);

  await view.getByRole('button', { name: 'Close' }).click();
  await shell.getByRole('button', { name: 'Support view' }).click();
  await expect(row('Changes of patient', 'Patient 2')).toBeVisible();
  await expect(view).not.toContainText(second.family.toUpperCase());
  await shell.keyboard.press('Escape');
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');
  socket.terminate();
  await signOut(lanyard);

  await lanyard.signIn('sol.test');
  await shell.getByRole('button', { name: 'Support view' }).click();
  await expect(view.getByText(/No change yet/)).toBeVisible();
  await expect(view.getByText('No program has subscribed.')).toBeVisible();
});
