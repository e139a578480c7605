/**
 * Programs at the context hub of a running Lanyard: one that wants to be asked before the patient changes, with a token of
 * its own, and a SMART application in a tab that subscribes with the token of its launch. And the trust's table of numbers.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { HandOff } from '../../main/context/hub/handOff.js';
import { startServer } from '../demo/http.js';
import { nhsNumberSystem as NHS } from '../../main/patients/fhirPatient.js';
import { type DemoPatient, patientByLocalNumber } from '../demo/population.js';
import { openedNumbers, publish, subscribe } from '../unit/hubProgram.js';
import { HUB_CLIENT, HUB_SCOPES, startHubApp } from './hubApp.js';
import { configurationFor, expect, LAB_IDENTITY, labSystem, type Running, test } from './lanyard.js';

function person(localNumber: string): DemoPatient {
  const found = patientByLocalNumber(localNumber);
  if (!found) throw new Error('the demo has no such patient');
  return found;
}
const amara = person('RM1000017');
const brian = person('RM1000025');
const FORMER = /shows a number that this patient had before/;

async function handOffOf({ userData }: Running, program: string): Promise<HandOff> {
  const file = path.join(userData, 'session', `context-hub.${program}.json`);
  await expect.poll(() => existsSync(file)).toBe(true);
  return JSON.parse(readFileSync(file, 'utf8')) as HandOff;
}

const programs = [
  { id: 'dictation', name: 'Dictation', scopes: ['fhircast/*.read'] },
  { id: 'reports', name: 'Reports', scopes: ['fhircast/Patient-open.read'] },
];

test('a program that wants to be asked holds the change, and is told as all are when the clinician goes on', async ({
  launch,
  surroundings,
}) => {
  const systems = [labSystem(surroundings.lab, 'honest', { title: 'Results' })];
  const lanyard = await launch(configurationFor(surroundings, systems, { contextHub: { programs } }));
  await lanyard.signIn();
  const [dictation, reports] = [await handOffOf(lanyard, 'dictation'), await handOffOf(lanyard, 'reports')];
  expect(readdirSync(path.join(lanyard.userData, 'session')).sort()).toEqual([
    'context-hub.dictation.json',
    'context-hub.reports.json',
  ]);
  expect(await publish(reports, 'not-allowed', 'Home-open')).toBe(403);

  let answer = { status: 200, reason: 'A letter is open' };
  const { heard } = await subscribe(dictation, 'uk.lanyard.patientchange,Patient-open', () => answer, 'A false name');
  await lanyard.choose(amara);
  await expect.poll(() => openedNumbers(heard)).toEqual([amara.nhsNumber]);
  expect(heard[0]?.event['hub.event']).toBe('uk.lanyard.patientchange');
  await expect(lanyard.tab('Results')).toHaveAccessibleDescription('In step');

  answer = { status: 409, reason: 'A letter is open' };
  await lanyard.choose(brian);
  const question = lanyard.shell.getByRole('alertdialog');
  await expect(question).toContainText('Dictation does not agree: “A letter is open”');
  await expect(question.getByRole('button', { name: 'Break link' })).toHaveCount(0);
  await expect(lanyard.tab('Results')).toHaveAccessibleDescription('In step'); // still the first: nothing has moved
  expect(openedNumbers(heard)).toEqual([amara.nhsNumber]);
  await question.getByRole('button', { name: 'Continue' }).click();
  await expect.poll(() => openedNumbers(heard)).toEqual([amara.nhsNumber, brian.nhsNumber]);
  await expect(lanyard.shell.getByRole('note')).toContainText('Dictation refused to follow (409).');

  await lanyard.choose(amara);
  await expect(question).toBeVisible();
  answer = { status: 200, reason: '' };
  await expect(question).toHaveCount(0); // by itself
  await expect.poll(() => openedNumbers(heard).at(-1)).toBe(amara.nhsNumber);
  await expect(lanyard.tab('Results')).toHaveAccessibleDescription('In step');
  const answered = lanyard.audit().filter(({ type }) => type === 'patient.changeAnswered');
  expect(answered).toMatchObject([{ answer: 'continue', systems: ['program Dictation'] }]);
});

test('a SMART application subscribes at the hub with the token of its launch, for what its scopes say', async ({
  launch,
  surroundings,
}) => {
  const app = await startHubApp();
  try {
    const system = {
      ...{ id: 'doses', title: 'Doses', kind: 'web', url: `${app.url}/`, roles: ['clinician'] },
      signOn: { method: 'smart', clientId: HUB_CLIENT, redirectUris: [`${app.url}/app`], scopes: HUB_SCOPES },
      context: { launch: { kind: 'smart', url: `${app.url}/launch` } },
      identity: LAB_IDENTITY,
    };
    const leading = [{ id: 'epr', name: 'Record', scopes: ['fhircast/*.*'] }];
    const lanyard = await launch(configurationFor(surroundings, [system], { contextHub: { programs: leading } }));
    await lanyard.signIn();
    const record = await handOffOf(lanyard, 'epr'); // the hub is there before the application asks for its token
    await lanyard.choose(amara);
    await expect(lanyard.tab('Doses')).toHaveAccessibleDescription('In step');
    const page = await lanyard.page(app.url);
    // undefined: it is just being launched
    const heard = () => page.evaluate<string[] | undefined>('window.heard').catch(() => undefined);
    await expect.poll(heard).toEqual(['subscribe Patient-open', `Patient-open ${amara.nhsNumber}`]);
    const hub = await page.evaluate<{ url: string; topic: string; token: string }>('window.hub');
    expect([hub.url, hub.topic]).toEqual([record['hub.url'], record['hub.topic']]);
    const own = { ...record, access_token: hub.token };
    expect(await publish(own, 'not-allowed', 'Home-open')).toBe(403);

    const context = { resourceType: 'Patient', id: 'theirs', identifier: [{ system: NHS, value: brian.nhsNumber }] };
    expect(await publish(record, 'theirs', 'Patient-open', [{ key: 'patient', resource: context }])).toBe(202);
    await expect.poll(heard).toEqual(['subscribe Patient-open', `Patient-open ${brian.nhsNumber}`]); // launched again
    await expect(lanyard.tab('Doses')).toHaveAccessibleDescription('In step');
    await expect(lanyard.shell.getByRole('note')).toContainText('Record changed the patient');
    expect(lanyard.output()).not.toContain(hub.token);
  } finally {
    await app.close();
  }
});

test('a number of the trust’s table leads to the patient who has it now, and a page that still shows it is followed', async ({
  launch,
  surroundings,
}) => {
  const old = 'RM9000009';
  const page = await startServer(({ response }) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    response.end(
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>Archive</title><h1>${amara.family}, ${amara.given[0] ?? ''}</h1><p class="dob">12-Apr-1961</p><p class="number">${old}</p></html>`,
    );
  });
  try {
    const system = {
      ...{ id: 'archive', title: 'Archive', kind: 'web', url: `${page.url}/`, roles: ['clinician'] },
      context: { launch: { kind: 'url-template', template: `${page.url}/patient/{nhsNumber}` } },
      identity: {
        localNumber: { authority: 'rm3', selector: '.number' },
        dateOfBirth: LAB_IDENTITY.dateOfBirth,
        name: LAB_IDENTITY.name,
      },
    };
    const leading = [{ id: 'epr', name: 'Record', scopes: ['fhircast/*.*'] }];
    const base = configurationFor(surroundings, [system], { contextHub: { programs: leading } });
    const lanyard = await launch({
      ...base,
      patients: { ...(base['patients'] as object), identifierMap: 'merged.csv' },
      files: {
        ...(base['files'] as object),
        'merged.csv': `authority,number,toAuthority,toNumber\nrm3,${old},rm3,${amara.localNumber}\n`,
      },
    });
    await lanyard.signIn();
    const record = await handOffOf(lanyard, 'epr');
    const system3 = (base['patients'] as { identifiers: { system: string }[] }).identifiers[0]?.system;
    const resource = { resourceType: 'Patient', id: 'theirs', identifier: [{ system: system3, value: old }] };
    expect(await publish(record, 'theirs', 'Patient-open', [{ key: 'patient', resource }])).toBe(202);
    await expect(lanyard.shell.getByText(`Record ${old} was merged into ${amara.localNumber}.`)).toBeVisible();
    await expect(lanyard.tab('Archive')).toHaveAccessibleDescription('In step');
    await expect(lanyard.shell.getByText(FORMER)).toBeVisible();
    const displayed = () => lanyard.audit().findLast(({ type }) => type === 'system.displayed');
    await expect.poll(displayed).toMatchObject({ verified: true });

    await lanyard.choose(brian); // whose number it never was
    await expect(lanyard.tab('Archive')).not.toHaveAccessibleDescription('In step');
    await expect(lanyard.shell.getByText(FORMER)).toHaveCount(0);
  } finally {
    await page.close();
  }
});
