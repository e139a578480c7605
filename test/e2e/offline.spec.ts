/** No domain controller answers, on a real one that hangs: who is signed in works on, locks and unlocks; nobody new comes in. */
import { configurationFor, expect, labSystem } from './lanyard.js';
import { population, type DemoPatient } from '../demo/population.js';
import { type SecondController, startSecondController } from '../real/ad/domainController.js';
import { findWords } from './leftovers.js';
import { test, wardDirectory } from './ward.js';

const [amara] = population as [DemoPatient];

let controller: SecondController;
test.beforeEach(async ({ domainController }) => {
  expect(domainController.address).not.toBe(''); // it runs: its lock is the second one's, too
  controller = await startSecondController();
});
test.afterEach(async () => {
  await controller.close();
});

test('a clinician at work locks and unlocks by the password they signed in with; others are told why not', async ({
  launch,
  surroundings,
  domainController,
}) => {
  const { password } = domainController;
  const ward = wardDirectory(domainController);
  const lanyard = await launch({
    ...configurationFor(surroundings, [labSystem(surroundings.lab, 'honest', { title: 'Patient record' })]),
    ...ward,
    directory: {
      ...(ward['directory'] as object),
      servers: [controller.url],
      addresses: { [controller.name]: controller.address },
    },
  });
  const { shell } = lanyard;
  const unlock = async (typed: string): Promise<void> => {
    await shell.getByLabel('Password').fill(typed);
    await shell.getByRole('button', { name: 'Unlock' }).click();
  };
  const refusal = shell.getByRole('alert');
  await lanyard.signIn('a.ward', password);
  await lanyard.choose(amara);
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');

  await controller.hang();
  await shell.getByRole('button', { name: 'Lock', exact: true }).click();
  await unlock('not the password');
  await expect(refusal).toContainText(/No sign-in server answers.*4 more tries/);
  await unlock(password);
  await expect(lanyard.tab('Patient record')).toHaveAccessibleDescription('In step');

  await shell.getByRole('button', { name: 'Lock', exact: true }).click();
  for (let tries = 4; tries > 0; tries -= 1) {
    await unlock('not the password');
    await expect(refusal).toContainText(tries === 1 ? /1 more try\b/ : new RegExp(`${tries} more tries`));
  }
  await unlock('not the password');
  await expect(refusal).toContainText('that was the last try');
  await unlock(password);
  await expect(refusal).toContainText(/no sign-in server answers.*Your password is not the problem/);

  const events = lanyard.audit();
  expect(events.filter(({ type }) => type === 'session.unlocked')).toMatchObject([{ by: 'offline' }]);
  expect(events.filter(({ type }) => type === 'session.unlockRefused').map(({ reason }) => reason)).toEqual([
    ...Array<string>(6).fill('wrong-offline'),
    'no-controller',
  ]);
  await lanyard.close();
  expect(findWords(lanyard.userData, [password, 'not the password'])).toEqual([]);
});

test('nobody new signs in, and is told that their password is not the problem', async ({
  launch,
  surroundings,
  domainController,
}) => {
  const ward = wardDirectory(domainController);
  await controller.hang();
  const lanyard = await launch({
    ...configurationFor(surroundings, [labSystem(surroundings.lab, 'honest')]),
    ...ward,
    directory: {
      ...(ward['directory'] as object),
      servers: [controller.url],
      addresses: { [controller.name]: controller.address },
    },
  });
  const { shell } = lanyard;
  await shell.getByLabel('User name').fill('a.ward');
  await shell.getByLabel('Password').fill(domainController.password);
  await shell.getByRole('button', { name: 'Sign in' }).click();
  await expect(shell.getByRole('alert')).toContainText(/no sign-in server answers.*Your password is not the problem/);
  expect(lanyard.audit().at(-1)).toMatchObject({ type: 'session.refused', reason: 'no-controller' });
});
