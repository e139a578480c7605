/** The demo hospital, as somebody meets it first: one sign-in, and no system asks again; the next person begins anew. */
import { demoConfiguration, demoFiles } from '../demo/configuration.js';
import { type DemoHospital, startDemoHospital } from '../demo/hospital.js';
import { type DemoPatient, patientByLocalNumber } from '../demo/population.js';
import { expect, type Running, test } from './lanyard.js';

const titles = ['Patient record', 'Results', 'Images', 'Shared care record', 'Growth chart'] as const;
/** The image viewer is a large page, and the machine may be busy. */
const PAGE_MS = 45_000;

interface SignIn {
  readonly system: string;
  readonly userName: string;
  readonly accepted: boolean;
}

function person(localNumber: string): DemoPatient {
  const found = patientByLocalNumber(localNumber);
  if (!found) throw new Error('the demo has no such patient');
  return found;
}
const amara = person('RM1000017');
const another = person('RM1000025');

let hospital: DemoHospital;
let signIns: SignIn[];
test.beforeEach(async () => {
  signIns = [];
  hospital = await startDemoHospital({
    onSignIn: (system, userName, accepted) => signIns.push({ system, userName, accepted }),
  });
});
test.afterEach(() => hospital.close());

async function allInStep(lanyard: Running): Promise<void> {
  for (const title of titles)
    await expect(lanyard.tab(title), title).toHaveAccessibleDescription('In step', { timeout: PAGE_MS });
}

/** How often each system was signed on to, and with what end. */
function signOns(lanyard: Running): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { type, systemId, outcome } of lanyard.audit())
    if (type === 'signOn.attempted' || type === 'signOn.ended')
      (found[String(systemId)] ??= []).push(typeof outcome === 'string' ? outcome : 'attempted');
  return found;
}

/** What the pages of the systems show: the patient record at least says who is signed in. */
async function shownBy(running: Running): Promise<string> {
  const page = await running.page(hospital.systems.epr);
  return page.locator('body').innerText();
}

test('one sign-in opens every system, each follows the patient, and the next clinician sees nothing of it', async ({
  launch,
  surroundings: { directory },
}) => {
  test.setTimeout(180_000);
  const configuration = { ...demoConfiguration(hospital, directory), files: demoFiles(directory) };
  const lanyard = await launch(configuration);
  await lanyard.signIn('amara.test');
  await lanyard.choose(amara);
  await allInStep(lanyard);
  await lanyard.choose(another);
  await allInStep(lanyard);
  expect(await shownBy(lanyard)).toContain('Signed in: amara.test');
  // The form is sent once; HTTP Basic is asked for once, and then goes with each request by itself.
  expect(signIns.filter(({ system }) => system === 'epr')).toEqual([
    { system: 'epr', userName: 'amara.test', accepted: true },
  ]);
  expect(signIns.filter(({ userName, accepted }) => userName !== 'amara.test' || !accepted)).toEqual([]);
  expect(signIns.map(({ system }) => system)).toContain('results');
  const first = signOns(lanyard);
  expect(first).toMatchObject({ epr: ['attempted', 'signed-on'], results: ['attempted', 'signed-on'] });

  await lanyard.shell.getByRole('button', { name: 'Sign out' }).click();
  await lanyard.shell.getByLabel('User name').waitFor();
  signIns.length = 0;
  await lanyard.signIn('remy.test');
  await expect.poll(() => shownBy(lanyard), { timeout: PAGE_MS }).toContain('Signed in: remy.test');
  for (const page of lanyard.app.windows())
    expect(await page.locator('body').innerText(), page.url()).not.toMatch(/amara\.test|RM1000025|RM1000017/);
  await lanyard.choose(amara);
  await allInStep(lanyard);
  expect(signIns.filter(({ system }) => system === 'epr')).toEqual([
    { system: 'epr', userName: 'remy.test', accepted: true },
  ]);
  expect(signIns.filter(({ userName, accepted }) => userName !== 'remy.test' || !accepted)).toEqual([]);
});
