/**
 * Intents across tabs, and what is open beside the patient: a page asks, the system that can opens it, the clinician chooses
 * where several can; a study belongs to its patient, whoever opened it.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { nhsNumberSystem } from '../../main/patients/fhirPatient.js';
import { type DemoPatient, patientByLocalNumber } from '../demo/population.js';
import { type ImagingDesk, startImagingDesk } from './imagingDesk.js';
import { configurationFor, expect, LAB_IDENTITY, type Running, sharedLanyard, test } from './lanyard.js';
import { contextOf } from './liveDesk.js';

function person(localNumber: string): DemoPatient {
  const found = patientByLocalNumber(localNumber);
  if (!found) throw new Error('the demo has no such patient');
  return found;
}
const amara = person('RM1000017');
const brian = person('RM1000025');
const STUDY = '2.25.1234.5';
const OTHER_STUDY = '2.25.1234.6';

let desk: ImagingDesk;
const lanyard = sharedLanyard(async (launch, surroundings) => {
  desk = await startImagingDesk();
  const systemOf = (id: string, title: string, context: object, more: object) => ({
    id,
    title,
    kind: 'web',
    url: `${desk.url}/${id}/`,
    roles: ['clinician'],
    context: { launch: { kind: 'url-template', template: `${desk.url}/${id}/{nhsNumber}` }, ...context },
    identity: LAB_IDENTITY,
    verifyTimeoutSeconds: 5,
    ...more,
  });
  const study = (id: string) => ({
    study: { kind: 'url-template', template: `${desk.url}/${id}/{nhsNumber}?study={studyInstanceUid}` },
  });
  const order = { kind: 'url-template', template: `${desk.url}/record/{nhsNumber}?order=new` };
  const running = await launch(
    configurationFor(
      surroundings,
      [
        systemOf('results', 'Results', { live: 'fdc3' }, {}),
        systemOf('viewer', 'Viewer', study('viewer'), { intents: [{ intent: 'ViewImages' }] }),
        systemOf('reading', 'Reading room', study('reading'), { intents: [{ intent: 'ViewImages' }] }),
        systemOf('record', 'Record', {}, { intents: [{ intent: 'PlaceOrder', launch: order }] }),
      ],
      { contextHub: {} },
    ),
  );
  await running.signIn();
  return running;
});
test.afterAll(() => desk.close());

/** Its page is on the screen: whatever it asks for before that is refused. */
const seen = async (systemId: string): Promise<void> => {
  await expect
    .poll(
      () =>
        lanyard()
          .audit()
          .findLast((event) => event['systemId'] === systemId && event.type.startsWith('system.'))?.type,
    )
    .toBe('system.displayed');
};
const begin = async (running: Running, patient: DemoPatient): Promise<void> => {
  await running.choose(patient);
  await running.tab('Results').click();
  for (const title of ['Results', 'Viewer', 'Reading room', 'Record'])
    await expect(running.tab(title)).toHaveAccessibleDescription('In step');
  await seen('results');
};
const pageOf = (id: string): Promise<Page> => lanyard().page(`${desk.url}/${id}/`);
const wantedIn = async (id: string): Promise<string | null> => (await pageOf(id)).locator('#wanted').textContent();
const recorded = (type: string) =>
  lanyard()
    .audit()
    .filter((event) => event.type === type);
const active = (title: string) => expect(lanyard().tab(title)).toHaveAttribute('aria-selected', 'true');
const banner = () => lanyard().shell.getByRole('region', { name: 'Patient', exact: true });
const picker = () => lanyard().shell.getByRole('dialog', { name: 'View images: in which system?' });
const menu = () => lanyard().shell.getByRole('dialog', { name: /^View or order for/ });

/** Asks by the page's own window.fdc3. @returns 'opened', or FDC3's name of the error */
async function raise(intent: string, context: object): Promise<string> {
  const page = await pageOf('results');
  return page.evaluate(
    async ([name, about]) => {
      const { fdc3 } = window as unknown as { fdc3: { raiseIntent(name: string, about: object): Promise<unknown> } };
      try {
        await fdc3.raiseIntent(name, about);
        return 'opened';
      } catch (error) {
        return (error as Error).message;
      }
    },
    [intent, context] as const,
  );
}
const studyOf = (patient: DemoPatient, uid = STUDY) => ({
  type: 'lanyard.imagingStudy',
  id: { 'urn:dicom:uid': uid },
  patient: contextOf(patient),
});

/** As another program does. */
async function publish(event: string, patient: DemoPatient, study: string | null): Promise<number> {
  const file = path.join(lanyard().userData, 'session', 'context-hub.json');
  await expect.poll(() => existsSync(file)).toBe(true);
  const hub = JSON.parse(readFileSync(file, 'utf8')) as Record<'hub.url' | 'hub.topic' | 'access_token', string>;
  const subject = {
    resourceType: 'Patient',
    id: patient.id,
    identifier: [{ system: nhsNumberSystem, value: patient.nhsNumber }],
  };
  const imaging = {
    resourceType: 'ImagingStudy',
    id: `study-${study ?? ''}`,
    status: 'available',
    identifier: [
      { system: 'urn:dicom:uid', value: `urn:oid:${study ?? ''}` },
      { type: { coding: [{ code: 'ACSN' }] }, value: 'ACC 77' },
    ],
    subject: { reference: `Patient/${patient.id}` },
  };
  const context = [
    ...(study === null ? [] : [{ key: 'study', resource: imaging }]),
    { key: 'patient', resource: subject },
  ];
  const answer = await fetch(hub['hub.url'], {
    method: 'POST',
    headers: { authorization: `Bearer ${hub.access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      timestamp: new Date().toISOString(),
      id: `${event}-${String(Math.random())}`,
      event: { 'hub.topic': hub['hub.topic'], 'hub.event': event, context },
    }),
  });
  return answer.status;
}

test('the one system that can opens what a page wants', async () => {
  await begin(lanyard(), amara);
  expect(await raise('PlaceOrder', contextOf(amara))).toBe('opened');
  await active('Record');
  await expect(lanyard().tab('Record')).toHaveAccessibleDescription('In step');
  await expect.poll(() => wantedIn('record')).toBe('new');
  expect(recorded('intent.raised').at(-1)).toMatchObject({
    intent: 'PlaceOrder',
    systemId: 'results',
    systems: ['record'],
  });
  expect(recorded('intent.answered').at(-1)).toMatchObject({
    outcome: 'opened',
    systemId: 'record',
    choice: 'only-one',
  });
});

test('where several can the clinician chooses, for always if they like, and takes it back', async () => {
  await begin(lanyard(), amara);
  const asked = raise('ViewImages', studyOf(amara));
  await expect(picker()).toContainText('Results asks for it.');
  await picker()
    .getByRole('checkbox', { name: /^Always use this/ })
    .check();
  await picker().getByRole('button', { name: 'Reading room' }).press('Enter');
  expect(await asked).toBe('opened');
  await active('Reading room');
  await expect(lanyard().tab('Reading room')).toHaveAccessibleDescription('In step');
  await expect.poll(() => wantedIn('reading')).toBe(STUDY);
  await expect(banner()).toContainText('Imaging study');

  // remembered
  await lanyard().tab('Results').click();
  await seen('results');
  expect(await raise('ViewImages', studyOf(amara, OTHER_STUDY))).toBe('opened');
  await active('Reading room');
  await expect.poll(() => wantedIn('reading')).toBe(OTHER_STUDY);
  expect(recorded('intent.answered').at(-1)).toMatchObject({ systemId: 'reading', choice: 'remembered' });

  // taken back, from the shell
  await lanyard().shell.getByRole('button', { name: 'View or order …' }).click();
  await expect(menu()).toContainText('always in Reading room');
  await menu().getByRole('button', { name: 'Ask again before: View images' }).click();
  await expect(menu()).toContainText('in Viewer or Reading room');
  await menu()
    .getByRole('button', { name: /^View images/ })
    .click();
  await picker().getByRole('button', { name: 'Viewer' }).click();
  await active('Viewer');
  await expect.poll(() => wantedIn('viewer')).toBe(OTHER_STUDY);

  // Escape opens nothing
  await lanyard().tab('Results').click();
  await seen('results');
  const cancelled = raise('ViewImages', studyOf(amara));
  await expect(picker()).toBeVisible();
  await lanyard().shell.keyboard.press('Escape');
  expect(await cancelled).toBe('NoAppsFound');
  await active('Results');
  await expect.poll(() => wantedIn('viewer')).toBe(OTHER_STUDY);
});

test('a page is refused that is not seen, or asks for somebody else', async () => {
  await begin(lanyard(), amara);
  expect(await raise('PlaceOrder', contextOf(brian))).toBe('AccessDenied');
  await lanyard().tab('Viewer').click();
  await active('Viewer');
  expect(await raise('PlaceOrder', contextOf(amara))).toBe('AccessDenied');
  await active('Viewer');
});

test('another program opens a study: who declares it goes there, and the next patient clears it', async () => {
  await begin(lanyard(), amara);
  expect(await publish('ImagingStudy-open', amara, STUDY)).toBe(202);
  await expect(banner()).toContainText('Accession No. ACC 77');
  await expect.poll(() => wantedIn('viewer')).toBe(STUDY);
  await expect(lanyard().tab('Viewer')).toHaveAccessibleDescription('In step');
  expect(await wantedIn('results')).toBe('');

  // of somebody else nothing is opened
  await publish('ImagingStudy-open', brian, OTHER_STUDY);
  await expect(lanyard().shell.getByRole('note')).toContainText('It must open the patient first');
  await expect.poll(() => wantedIn('viewer')).toBe(STUDY);

  expect(await publish('ImagingStudy-close', amara, STUDY)).toBe(202);
  await expect(banner()).not.toContainText('Imaging study');
  await expect.poll(() => wantedIn('viewer')).toBe('');

  await publish('ImagingStudy-open', amara, STUDY);
  await expect.poll(() => wantedIn('viewer')).toBe(STUDY);
  expect(await publish('Patient-open', brian, null)).toBe(202);
  await expect(lanyard().tab('Viewer')).toHaveAccessibleDescription('In step');
  await expect(banner()).toContainText(brian.family.toUpperCase());
  await expect(banner()).not.toContainText('Imaging study');
  await expect.poll(() => wantedIn('viewer')).toBe('');
  expect(
    desk.opened.filter((address) => address.includes(brian.nhsNumber ?? '') && address.includes('study=')),
  ).toEqual([]);
  expect(recorded('beside.opened').at(-1)).toMatchObject({
    subject: 'study',
    by: 'program',
    numbers: [STUDY, 'ACC 77'],
  });
  expect(recorded('beside.closed').at(-1)).toMatchObject({ because: 'patient-changed' });
});

test('a page with unsaved work stays where it is, and says so', async () => {
  await begin(lanyard(), amara);
  await (await pageOf('viewer')).getByLabel('Note').fill('half a sentence');
  await publish('ImagingStudy-open', amara, STUDY);
  await expect.poll(() => wantedIn('reading')).toBe(STUDY);
  await lanyard().tab('Viewer').click();
  await expect(
    lanyard().shell.getByText('Viewer stays where it is, because something there is not saved.'),
  ).toBeVisible();
  expect(await wantedIn('viewer')).toBe('');
  await expect((await pageOf('viewer')).getByLabel('Note')).toHaveValue('half a sentence');
  await (await pageOf('viewer')).getByLabel('Note').fill('');
  await lanyard().shell.getByRole('button', { name: 'Close imaging study' }).click();
  await expect(banner()).not.toContainText('Imaging study');
});
