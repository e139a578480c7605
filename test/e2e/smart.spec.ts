// Proves that a SMART application follows the patient through Lanyard itself, and keeps nothing that could be used again.
import { startSmartApp, SMART_CLIENT_ID, SMART_SCOPES } from '../demo/web/smartApp.js';
import { patientByLocalNumber, type DemoPatient } from '../demo/population.js';
import type { RunningServer } from '../demo/http.js';
import { configurationFor, expect, LAB_IDENTITY, type Running, type Surroundings, test } from './lanyard.js';

let chart: RunningServer;
test.beforeAll(async () => {
  chart = await startSmartApp();
});
test.afterAll(() => chart.close());

function configuration(surroundings: Surroundings): Record<string, unknown> {
  return configurationFor(surroundings, [
    {
      id: 'growth-chart',
      title: 'Growth chart',
      kind: 'web',
      url: `${chart.url}/`,
      roles: ['clinician'],
      signOn: {
        method: 'smart',
        clientId: SMART_CLIENT_ID,
        redirectUris: [`${chart.url}/chart`],
        scopes: [...SMART_SCOPES],
      },
      context: { launch: { kind: 'smart', url: `${chart.url}/launch` } },
      identity: LAB_IDENTITY,
    },
  ]);
}

function person(localNumber: string): DemoPatient {
  const found = patientByLocalNumber(localNumber);
  if (!found) throw new Error('the demo has no such patient');
  return found;
}
const amara = person('RM1000017');
const another = person('RM1000025');

const link = (running: Running) => running.tab('Growth chart');
async function inStep(running: Running): Promise<void> {
  await expect(link(running)).toHaveAccessibleDescription('In step');
}

interface Used {
  /** With its launch. */
  readonly launch: string;
  readonly token: string;
  readonly iss: string;
}

/** Notes the latest launch and token that the application's own page was given, as a program on the machine might. */
async function watch(running: Running): Promise<() => Used> {
  const page = await running.page(chart.url);
  let used: Used = { launch: '', token: '', iss: '' };
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (request.isNavigationRequest() && pathname === '/launch')
      used = { ...used, launch: request.url(), iss: searchParams.get('iss') ?? '' };
    const token = /^Bearer (.+)$/.exec(request.headers()['authorization'] ?? '')?.[1];
    if (token !== undefined) used = { ...used, token };
  });
  return () => used;
}

async function statusOf(path: string, { iss, token }: Used): Promise<number> {
  const response = await fetch(`${iss}/${path}`, { headers: { authorization: `Bearer ${token}` } });
  await response.arrayBuffer();
  return response.status;
}

test('the application is launched with the chosen patient, again with the next, and never twice', async ({
  launch,
  surroundings,
}) => {
  const running = await launch(configuration(surroundings));
  await running.signIn();
  const used = await watch(running);
  await running.choose(amara);
  await inStep(running);
  const page = await running.page(chart.url);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Amara');
  await expect(page.getByText(/^Height \d+ cm$/)).toBeVisible();
  const first = used();
  expect(await statusOf(`Patient/${amara.id}`, first)).toBe(200);
  expect(await statusOf(`Patient/${another.id}`, first)).toBe(403);
  expect(running.audit()).toContainEqual(
    expect.objectContaining({ type: 'signOn.tokenIssued', systemId: 'growth-chart' }),
  );

  await running.choose(another);
  await expect(page.getByRole('heading', { level: 1 })).toContainText(another.given[0] ?? '');
  await inStep(running);
  expect(used().launch).not.toBe(first.launch);
  expect(await statusOf(`Patient/${amara.id}`, first)).toBe(401);
  expect(await statusOf(`Patient/${amara.id}`, used())).toBe(403);

  // What the page was launched with is of no use to anybody a second time.
  const replayed = used();
  await page.goto(replayed.launch);
  await expect(page.getByText(/could not be opened: This launch was used already/)).toBeAttached();
  await expect
    .poll(() => running.audit().filter(({ type }) => type === 'signOn.blocked'))
    .toContainEqual(expect.objectContaining({ systemId: 'growth-chart', reason: 'launch-replayed' }));
  await expect(link(running)).not.toHaveAccessibleDescription('In step');
});

test('after signing out the token is dead, with its launcher', async ({ launch, surroundings }) => {
  const running = await launch(configuration(surroundings));
  await running.signIn();
  const used = await watch(running);
  await running.choose(amara);
  await inStep(running);
  const before = used();
  expect(await statusOf(`Patient/${amara.id}`, before)).toBe(200);
  await running.shell.getByRole('button', { name: 'Sign out' }).click();
  await running.shell.getByLabel('User name').waitFor();
  await expect(statusOf(`Patient/${amara.id}`, before)).rejects.toThrow('fetch failed');
  const written = JSON.stringify(running.audit()) + running.output();
  expect(before.token).not.toBe('');
  expect(written).not.toContain(before.token);
  expect(written).not.toContain(new URL(before.launch).searchParams.get('launch'));
});
