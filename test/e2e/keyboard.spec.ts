/** Everything with the keyboard alone, and nothing that axe can find, in the running program with real pages. */
import AxeBuilder from '@axe-core/playwright';
import type { ElectronApplication, Page } from '@playwright/test';
import { DEMO_PASSWORD } from '../demo/directory/accounts.js';
import { population } from '../demo/population.js';
import { colourOf } from './lab.js';
import { configurationFor, expect, labSystem, test } from './lanyard.js';
import { coloursOnScreen } from './screen.js';

const [amara] = population;
if (!amara) throw new Error('the population is empty');

async function expectNothingForAxe(shell: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page: shell }).setLegacyMode().analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
}

test('a whole session without a mouse, and axe finds nothing on the way', async ({ launch, surroundings }) => {
  test.setTimeout(90_000);
  const { lab } = surroundings;
  const systems = [labSystem(lab, 'honest'), labSystem(lab, 'stale-panel'), labSystem(lab, 'login')];
  const lanyard = await launch(configurationFor(surroundings, systems));
  const { shell } = lanyard;
  const { keyboard } = shell;
  const search = shell.getByRole('searchbox', { name: 'Find a patient' });

  await expect(shell.getByLabel('User name')).toBeFocused();
  await expectNothingForAxe(shell);
  await keyboard.type('amara.test');
  await keyboard.press('Tab');
  await keyboard.type('not the password');
  await keyboard.press('Enter');
  await expect(shell.getByRole('alert')).toContainText('wrong');
  await expect(shell.getByLabel('Password')).toBeFocused();
  await expectNothingForAxe(shell);
  await keyboard.type(DEMO_PASSWORD);
  await keyboard.press('Enter');
  await shell.getByRole('tablist', { name: 'Systems' }).waitFor();
  await expectNothingForAxe(shell);

  await tabTo(shell, search);
  await keyboard.type('TESTPATIENT 09-Mar-1975');
  await keyboard.press('Enter');
  await expect(shell.getByRole('listbox', { name: 'Patients' }).getByRole('option')).toHaveCount(2);
  await expectNothingForAxe(shell);
  await keyboard.press('Escape');
  await expect(shell.getByRole('listbox', { name: 'Patients' })).toHaveCount(0);
  await expect(search).toBeFocused();

  await search.selectText();
  await keyboard.type(amara.nhsNumber ?? '');
  await keyboard.press('Enter');
  await expect(shell.getByRole('listbox', { name: 'Patients' }).getByRole('option')).toHaveCount(1);
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await expect(shell.getByRole('region', { name: 'Patient' })).toContainText(amara.family);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  await expectNothingForAxe(shell);

  await tabTo(shell, lanyard.tab('honest'));
  await keyboard.press('ArrowRight');
  await expect(lanyard.tab('stale-panel')).toHaveAttribute('aria-selected', 'true');
  await expect(lanyard.tab('stale-panel')).toHaveAccessibleDescription('Different patient');
  await expectNothingForAxe(shell);
  const again = shell.getByRole('region', { name: 'Covered' }).getByRole('button', { name: 'Try again' });
  await tabTo(shell, again);
  await keyboard.press('Enter');
  await expect(lanyard.tab('stale-panel')).toHaveAccessibleDescription('Different patient');
  await tabTo(shell, lanyard.tab('stale-panel'));
  await keyboard.press('ArrowRight');
  await expect(lanyard.tab('login')).toHaveAccessibleDescription('Signed out');
  await expectNothingForAxe(shell);

  // Into a page and back: the page's keys never reach the shell, but F6 does.
  await keyboard.press('ArrowLeft');
  await keyboard.press('ArrowLeft');
  await expect(lanyard.tab('honest')).toHaveAttribute('aria-selected', 'true');
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  await keyboard.press('Enter');
  await expect.poll(() => focusedPage(lanyard.app)).toContain(lab.url);
  await lanyard.app.evaluate(({ webContents }) => {
    const page = webContents.getFocusedWebContents();
    for (const type of ['keyDown', 'keyUp'] as const) page?.sendInputEvent({ type, keyCode: 'F6' });
  });
  await expect.poll(() => focusedPage(lanyard.app)).toContain('lanyard://shell');

  await tabTo(shell, shell.getByRole('button', { name: 'Sign out' }));
  await keyboard.press('Enter');
  await expect(shell.getByLabel('User name')).toBeFocused();
  await expect(shell.getByLabel('User name')).toHaveValue('');
});

/** Presses Tab until the keyboard stands there; a page that cannot be reached fails. */
async function tabTo(shell: Page, target: ReturnType<Page['getByRole']>): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await shell.keyboard.press('Tab');
  }
  await expect(target).toBeFocused();
}

function focusedPage(app: ElectronApplication): Promise<string> {
  return app.evaluate(({ webContents }) => webContents.getFocusedWebContents()?.getURL() ?? '');
}
