// Proves that a page which is told of its patient over a live channel follows without being loaded anew, or is launched.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { type DemoPatient, patientByLocalNumber } from '../demo/population.js';
import { configurationFor, expect, LAB_IDENTITY, type Running, sharedLanyard, test } from './lanyard.js';
import type { RunningServer } from '../demo/http.js';
import { MESSAGING_CLIENT, MESSAGING_SCOPES, startMessagingApp } from './messagingApp.js';
import { contextOf, type Fdc3Behaviour, type LiveDesk, startLiveDesk } from './liveDesk.js';

let desk: LiveDesk;
let advisor: RunningServer;
const titles: readonly Fdc3Behaviour[] = ['follows', 'deaf', 'liar', 'leads'];

function person(localNumber: string): DemoPatient {
  const found = patientByLocalNumber(localNumber);
  if (!found) throw new Error('the demo has no such patient');
  return found;
}
const amara = person('RM1000017');
const brian = person('RM1000025');
const third = person('RM1000033');

const lanyard = sharedLanyard(async (launch, surroundings) => {
  desk = await startLiveDesk();
  advisor = await startMessagingApp();
  const systems = titles.map((title) => ({
    id: title,
    title,
    kind: 'web',
    url: `${desk.url}/${title}/`,
    roles: ['clinician'],
    context: {
      launch: { kind: 'url-template', template: `${desk.url}/${title}/{nhsNumber}` },
      live: 'fdc3',
      mayLead: title === 'leads',
    },
    identity: LAB_IDENTITY,
    verifyTimeoutSeconds: 5,
    ...(title === 'follows' && { intents: [{ intent: 'ViewRecord' }] }),
  }));
  const application = {
    id: 'advisor',
    title: 'Advisor',
    kind: 'web',
    url: `${advisor.url}/`,
    roles: ['clinician'],
    signOn: {
      method: 'smart',
      clientId: MESSAGING_CLIENT,
      redirectUris: [`${advisor.url}/app`],
      scopes: MESSAGING_SCOPES,
    },
    context: { launch: { kind: 'smart', url: `${advisor.url}/launch` }, live: 'smart-web-messaging' },
    identity: LAB_IDENTITY,
  };
  const running = await launch(configurationFor(surroundings, [...systems, application]));
  await running.signIn();
  await chooseInStep(running, amara);
  return running;
});

test.afterAll(() => Promise.all([desk.close(), advisor.close()]));

const pageOf = (title: Fdc3Behaviour): Promise<Page> => lanyard().page(`${desk.url}/${title}/`);
const opened = (title: Fdc3Behaviour): number => desk.opened.filter((path) => path.startsWith(`/${title}/`)).length;
const banner = (running: Running) => running.shell.getByRole('region', { name: 'Patient', exact: true });
const refusals = (title: string): unknown[] =>
  lanyard()
    .audit()
    .filter(({ type, systemId }) => type === 'live.refused' && systemId === title)
    .map(({ reason }) => reason);
const displayed = (title: string): number =>
  lanyard()
    .audit()
    .filter(({ type, systemId, verified }) => type === 'system.displayed' && systemId === title && verified === true)
    .length;

/** Brings everybody there, and each page to where it listens. */
async function chooseInStep(running: Running, patient: DemoPatient): Promise<void> {
  await running.choose(patient);
  await expect(banner(running)).toContainText(patient.given[0] ?? '');
  for (const title of titles) {
    await expect(running.tab(title)).toHaveAccessibleDescription('In step', { timeout: 20_000 });
    const page = await running.page(`${desk.url}/${title}/`);
    await expect.poll(() => page.evaluate('heard.length')).toBeGreaterThan(0);
  }
}

/** Asks as the page itself would; the answer is "done", or the error and why. */
function broadcast(page: Page, context: object): Promise<string> {
  return page.evaluate(async (asked) => {
    const { fdc3 } = window as unknown as { fdc3: { broadcast(context: object): Promise<void> } };
    return fdc3.broadcast(asked).then(
      () => 'done',
      (error: unknown) => `${(error as Error).message}: ${String((error as Error).cause)}`,
    );
  }, context);
}

test('a page that follows is not loaded anew; one that is deaf or lies is launched, and verified then', async () => {
  const running = lanyard();
  const before = Object.fromEntries(titles.map((title) => [title, opened(title)]));
  await running.choose(brian);
  await expect(banner(running)).toContainText(brian.given[0] ?? '');
  await expect(running.tab('follows')).toHaveAccessibleDescription('In step');
  for (const title of ['deaf', 'liar'] as const)
    await expect(running.tab(title)).toHaveAccessibleDescription('In step', { timeout: 20_000 });
  expect(opened('follows')).toBe(before['follows']);
  expect(opened('deaf')).toBe((before['deaf'] ?? 0) + 1);
  expect(opened('liar')).toBe((before['liar'] ?? 0) + 1);
  const page = await pageOf('follows');
  expect(page.url()).toContain(amara.nhsNumber ?? '');
  await expect(page.getByRole('heading')).toContainText(brian.given[0] ?? '');
  // no name: the numbers are enough to find a record
  expect(await page.evaluate('heard.at(-1)')).toEqual({
    type: 'lanyard.patient',
    id: { ...contextOf(brian).id, 'https://rm3.test/mrn': brian.localNumber },
    birthDate: brian.birthDate,
  });
});

test('a page behind another tab asks for nobody, nor does one that may not lead', async () => {
  const running = lanyard();
  await running.tab('follows').click();
  await chooseInStep(running, amara);
  await running.tab('follows').click();
  await expect.poll(() => displayed('follows')).toBeGreaterThan(1);
  expect(await broadcast(await pageOf('leads'), contextOf(third))).toMatch(/^AccessDenied: Only a page that is seen/u);
  expect(await broadcast(await pageOf('follows'), contextOf(third))).toMatch(/^AccessDenied: /u);
  expect(await broadcast(await pageOf('follows'), { ...contextOf(third), birthDate: 'soon' })).toMatch(
    /^MalformedContext: /u,
  );
  // who is chosen already is nobody new
  expect(await broadcast(await pageOf('follows'), contextOf(amara))).toBe('done');
  await expect(banner(running)).toContainText(amara.given[0] ?? '');
  await expect.poll(() => refusals('leads')).toContain('not-verified');
  await expect.poll(() => refusals('follows')).toEqual(expect.arrayContaining(['may-not-lead', 'malformed']));
});

test('a page that may lead takes everybody along to whom it names, and is not told itself', async () => {
  const running = lanyard();
  const seen = displayed('leads');
  await running.tab('leads').click();
  await expect.poll(() => displayed('leads')).toBeGreaterThan(seen);
  const page = await pageOf('leads');
  const heard = await page.evaluate('heard.length');
  const before = { leads: opened('leads'), follows: opened('follows') };
  await page.evaluate(`show(${JSON.stringify(third.nhsNumber)})`);
  expect(await broadcast(page, contextOf(third))).toBe('done');
  await expect(banner(running)).toContainText(third.given[0] ?? '');
  for (const title of titles)
    await expect(running.tab(title)).toHaveAccessibleDescription('In step', { timeout: 20_000 });
  expect({ leads: opened('leads'), follows: opened('follows') }).toEqual(before);
  expect(await page.evaluate('heard.length')).toBe(heard);
});

test('a page learns nothing of other systems, and too much at once is not heard', async () => {
  const page = await pageOf('leads');
  const asked = await page.evaluate(async () => {
    const { fdc3 } = window as unknown as { fdc3: Record<string, (...given: unknown[]) => Promise<unknown>> };
    const call = async (name: string, ...given: unknown[]): Promise<unknown> =>
      fdc3[name]?.(...given).catch((error: unknown) => (error as Error).message);
    return [
      await call('open', 'epr'),
      await call('findIntent', 'ViewImages'),
      await call('findInstances', { appId: 'epr' }),
      await call('raiseIntent', 'ViewImages', { type: 'fdc3.instrument', id: { ticker: 'X' } }),
      await call('broadcast', { type: 'lanyard.patient', id: { x: 'y'.repeat(70_000) } }),
    ];
  });
  expect(asked).toEqual(['AppNotFound', 'NoAppsFound', [], 'MalformedContext', 'MalformedContext']);
  await expect.poll(() => refusals('leads')).toContain('too-large');
  // a hostile page says it all at once, in words of its own, until it is launched anew
  const hostile = await pageOf('liar');
  await hostile.evaluate(() => {
    const end = (window as unknown as { lanyardPage: { next: () => Promise<string> } }).lanyardPage;
    const { next } = end;
    const texts = Array.from({ length: 200 }, () => '{"op":"nonsense"}');
    Object.assign(end, { next: () => Promise.resolve(texts.shift() ?? '') });
    void next(); // ends the question that waits
  });
  await expect.poll(() => refusals('liar')).toEqual(expect.arrayContaining(['malformed', 'too-often']));
});

/** The application in front, in step, with its handshake answered. */
async function advisorInFront(running: Running, patient: DemoPatient): Promise<Page> {
  await chooseInStep(running, patient);
  const tab = running.tab('Advisor');
  const seen = displayed('advisor');
  await tab.click();
  await expect(tab).toHaveAccessibleDescription('In step', { timeout: 20_000 });
  await expect.poll(() => displayed('advisor')).toBeGreaterThan(seen);
  return running.page(`${advisor.url}/app`);
}

test('an application that SMART launched shakes hands, and goes back to the tab before when it is done', async () => {
  const running = lanyard();
  await running.tab('follows').click();
  const page = await advisorInFront(running, amara);
  expect(await page.evaluate('shaken')).toEqual({
    messageId: expect.any(String),
    responseToMessageId: expect.any(String),
    payload: {},
  });
  expect(await page.evaluate("ask('ui.levitate')")).toMatchObject({
    payload: { status: 'error', statusDetail: { text: 'Lanyard does not know this kind of message.' } },
  });
  expect(await page.evaluate("ask('scratchpad.create', { resource: {} })")).toMatchObject({
    payload: { status: '501 Not Implemented', outcome: { resourceType: 'OperationOutcome' } },
  });
  expect(await page.evaluate("ask('ui.done')")).toMatchObject({ payload: { status: 'success' } });
  await expect(running.tab('follows')).toHaveAttribute('aria-selected', 'true');
  // behind another tab it is not seen, and moves nothing
  expect(await page.evaluate("ask('ui.done')")).toMatchObject({
    payload: {
      status: 'error',
      statusDetail: { text: 'Only an application that is on the screen and in step is followed.' },
    },
  });
});

test('what a page asks for opens in the system that can, for the patient whom people see on it', async () => {
  const running = lanyard();
  const page = await advisorInFront(running, amara);
  expect(
    await page.evaluate("ask('ui.launchActivity', { activityType: 'PlaceOrder', activityParameters: {} })"),
  ).toMatchObject({ payload: { status: 'error' } });
  await expect(running.tab('Advisor')).toHaveAttribute('aria-selected', 'true');
  expect(
    await page.evaluate("ask('ui.launchActivity', { activityType: 'ViewRecord', activityParameters: {} })"),
  ).toMatchObject({ payload: { status: 'success' } });
  await expect(running.tab('follows')).toHaveAttribute('aria-selected', 'true');

  const seen = displayed('leads');
  await running.tab('leads').click();
  await expect.poll(() => displayed('leads')).toBeGreaterThan(seen);
  const raise = async (patient: DemoPatient): Promise<string> =>
    (await pageOf('leads')).evaluate(
      (context) =>
        (window as unknown as { fdc3: { raiseIntent(name: string, of: object): Promise<object> } }).fdc3
          .raiseIntent('ViewRecord', context)
          .then(
            () => 'done',
            (error: unknown) => (error as Error).message,
          ),
      contextOf(patient),
    );
  expect(await raise(brian)).toBe('AccessDenied');
  expect(await raise(amara)).toBe('done');
  await expect(running.tab('follows')).toHaveAttribute('aria-selected', 'true');
});

test('a wrong handle, one of the launch before, and a frame are not answered', async () => {
  const running = lanyard();
  const page = await advisorInFront(running, amara);
  const handle = await page.evaluate<string>('handle');
  await running.tab('follows').click();
  const later = await advisorInFront(running, brian);
  expect(await later.evaluate('handle')).not.toBe(handle);
  await later.evaluate(`void ask('ui.done', {}, ${JSON.stringify(handle)})`);
  await expect.poll(() => refusals('advisor')).toContain('wrong-handle');
  // a frame in the page, with the right handle
  await later.evaluate(
    `frames[0].eval('parent.postMessage({ messagingHandle: ' + JSON.stringify(JSON.stringify(handle)) + ', messageId: "1", messageType: "ui.done", payload: {} }, "*")')`,
  );
  await expect.poll(() => refusals('advisor')).toContain('other-frame');
  await expect(running.tab('Advisor')).toHaveAttribute('aria-selected', 'true');
  expect(JSON.stringify(running.audit()) + running.output()).not.toContain(handle);
  expect(await later.evaluate("ask('ui.done')")).toMatchObject({ payload: { status: 'success' } });
});

test.describe('a page that subscribes to the context hub', () => {
  const subscriber = (mayLead: boolean) => ({
    id: 'subscriber',
    title: 'Subscriber',
    kind: 'web',
    url: `${desk.url}/subscriber/`,
    roles: ['clinician'],
    context: {
      launch: {
        kind: 'form-post',
        url: `${desk.url}/subscriber/launch`,
        fields: { nhs: '{nhsNumber}', hub: '{hubUrl}', topic: '{hubTopic}', token: '{hubToken}' },
      },
      live: 'fhircast',
      mayLead,
    },
    identity: LAB_IDENTITY,
  });
  const opens = (): number => desk.opened.filter((path) => path === '/subscriber/launch').length;

  async function begin(running: Running): Promise<Page> {
    await running.signIn();
    await expect.poll(() => existsSync(path.join(running.userData, 'session', 'context-hub.json'))).toBe(true);
    await running.choose(amara);
    await expect(running.tab('Subscriber')).toHaveAccessibleDescription('In step', { timeout: 20_000 });
    const page = await running.page(`${desk.url}/subscriber/launch`);
    await expect.poll(() => page.evaluate('isSubscribed')).toBe(true);
    return page;
  }
  async function goesTo(running: Running, patient: DemoPatient): Promise<void> {
    await expect(banner(running)).toContainText(patient.given[0] ?? '');
    await expect(running.tab('Subscriber')).toHaveAccessibleDescription('In step', { timeout: 20_000 });
  }

  test('follows without being loaded anew; where it stays, it is launched, and let in again', async ({
    launch,
    surroundings,
  }) => {
    const running = await launch(configurationFor(surroundings, [subscriber(false)], { contextHub: {} }));
    const page = await begin(running);
    const before = opens();
    await running.choose(brian);
    await goesTo(running, brian);
    expect(opens()).toBe(before);
    // it may hear, and not lead
    expect(await page.evaluate(`open(${JSON.stringify(third.nhsNumber)})`)).toBe(403);
    const token = await page.evaluate<string>('hub.token');
    await page.evaluate('void (isDeaf = true)');
    await running.choose(third);
    await goesTo(running, third);
    expect(opens()).toBe(before + 1);
    await expect.poll(() => page.evaluate('isSubscribed')).toBe(true);
    expect(await page.evaluate('hub.token')).not.toBe(token);
    await running.choose(amara);
    await goesTo(running, amara);
    expect(opens()).toBe(before + 1);
    expect(JSON.stringify(running.audit()) + running.output()).not.toContain(token);
  });

  test('leads everybody where it may', async ({ launch, surroundings }) => {
    const running = await launch(configurationFor(surroundings, [subscriber(true)], { contextHub: {} }));
    const page = await begin(running);
    const before = opens();
    expect(await page.evaluate(`open(${JSON.stringify(third.nhsNumber)})`)).toBe(202);
    await goesTo(running, third);
    expect(opens()).toBe(before);
    expect(running.audit()).toContainEqual({
      type: 'contextHub.asked',
      subscriberName: 'Subscriber',
      event: 'Patient-open',
      outcome: 'accepted',
    });
  });
});
