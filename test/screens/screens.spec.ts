/** Looks at every screen: a picture for people, axe for machines, and nothing that the content security policy refuses. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { FakeMain } from './fakeMain.js';
import { screens } from './screens.js';
import { expect, test } from './window.js';

const fakeMain = (page: Page): Promise<FakeMain> =>
  page.evaluate(() => (window as unknown as { fakeMain: FakeMain }).fakeMain);

async function findFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

/** Text and controls that lie outside the window or that a box of theirs cuts off sideways. */
function findLost(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, input, h1, h2, p, [role=tab], [role=option]')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }))
      .filter((element) => !element.classList.contains('visually-hidden') && element.offsetWidth > 1)
      .filter((element) => {
        const { left, right } = element.getBoundingClientRect();
        return left < -0.5 || right > window.innerWidth + 0.5;
      })
      .map((element) => element.outerHTML.slice(0, 120)),
  );
}

for (const screen of screens) {
  test(`${screen.name} has nothing to hide from axe`, async ({ shell }) => {
    const { page } = shell;
    await page.emulateMedia({ reducedMotion: 'reduce', forcedColors: 'none' });
    await shell.zoom(1);
    await shell.open(screen.name);
    await screen.act?.(page);
    await expect(page.getByText(screen.shows).filter({ visible: true }).first()).toBeVisible();
    await shell.picture(screen.name);
    expect(await findFaults(page)).toEqual([]);
    expect(await findLost(page)).toEqual([]);
    for (const look of screen.also ?? []) {
      if (look === 'zoomed') await shell.zoom(2);
      else await page.emulateMedia({ forcedColors: 'active' });
      await shell.picture(`${screen.name}-${look}`);
      expect(await findFaults(page), look).toEqual([]);
      expect(await findLost(page), look).toEqual([]);
      await shell.zoom(1);
      await page.emulateMedia({ forcedColors: 'none' });
    }
    expect((await fakeMain(page)).refusals).toEqual([]);
  });
}

test('leaves a page its place at 200 % zoom', async ({ shell }) => {
  const { page } = shell;
  await page.emulateMedia({ reducedMotion: 'reduce', forcedColors: 'none' });
  await shell.zoom(2);
  await shell.open('workspace-patient');
  await page.getByRole('tab').first().waitFor();
  const height = async (): Promise<number> => {
    const place = (await fakeMain(page)).asked.filter(({ name }) => name === 'workspace.place').at(-1)?.input;
    return (place as { height: number } | undefined)?.height ?? 0;
  };
  await expect.poll(height).toBeGreaterThanOrEqual(150);
  await shell.zoom(1);
});

test('a refused password cannot be brought back by undo', async ({ shell }) => {
  const { page } = shell;
  await shell.open('sign-in-refused-password');
  const field = page.getByRole('textbox', { name: 'Password' });
  await page.getByRole('textbox', { name: 'User name' }).pressSequentially('test.clinician');
  await field.pressSequentially('canary-9Q4!');
  await field.press('Enter');
  await page.getByRole('alert').waitFor();
  await expect(field).toBeFocused();
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await expect(field).toHaveValue('');
  expect(await page.content()).not.toContain('canary-9Q4!');
});

test('copies the NHS number as ten digits without asking for a permission', async ({ shell }) => {
  const { page, app } = shell;
  await app.evaluate(({ session }) => {
    session.defaultSession.setPermissionRequestHandler((_contents, _permission, done) => {
      done(false);
    });
    session.defaultSession.setPermissionCheckHandler(() => false);
  });
  await shell.open('workspace-patient');
  await page.getByRole('button', { name: 'Copy NHS number' }).click();
  await expect(page.getByText('Copied', { exact: true })).toBeVisible();
  expect(await app.evaluate(({ clipboard }) => clipboard.readText())).toBe('9990000018');
});

test('the Tab key goes through the workspace in reading order', async ({ shell }) => {
  const { page } = shell;
  await shell.open('workspace-patient');
  await expect(page.getByRole('searchbox', { name: 'Find a patient' })).toBeFocused();
  for (const next of [
    page.getByRole('button', { name: /Your account/ }),
    page.getByRole('button', { name: 'Lock', exact: true }),
    page.getByRole('button', { name: 'Sign out' }),
    page.getByRole('button', { name: 'Copy NHS number' }),
    page.getByRole('button', { name: 'Close patient' }),
    page.getByRole('button', { name: 'Break link' }),
    page.getByRole('tab', { name: 'Patient record' }),
    page.getByRole('tabpanel', { name: 'Patient record' }),
  ]) {
    await page.keyboard.press('Tab');
    await expect(next).toBeFocused();
  }
});

test('a question keeps the keyboard to itself and gives it back', async ({ shell }) => {
  const { page } = shell;
  await shell.open('outside-link');
  const [stay, go] = [
    page.getByRole('button', { name: 'Stay here' }),
    page.getByRole('button', { name: 'Open in browser' }),
  ];
  await expect(stay).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(go).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(stay).toBeFocused();
  await page.keyboard.press('Escape');
  const answers = (await fakeMain(page)).asked.filter(({ name }) => name === 'workspace.answerOutsideLink');
  expect(answers.map(({ input }) => input)).toEqual([{ id: 'l1', open: false }]);
});

test('a password that is shown goes on where its caret stood', async ({ shell }) => {
  const { page } = shell;
  await shell.open('covered-sign-in-needed');
  const field = page.getByRole('textbox', { name: 'Password' });
  await field.pressSequentially('abde');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('button', { name: 'Show password' }).click();
  await page.keyboard.press('c');
  await expect(field).toHaveValue('abcde');
  await page.getByRole('button', { name: 'Hide password' }).click();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('x');
  await expect(field).toHaveValue('abcdxe');
});

test('a refused system password cannot be brought back by undo', async ({ shell }) => {
  const { page } = shell;
  await shell.open('sign-in-not-kept');
  const field = page.getByRole('textbox', { name: 'Password' });
  await page.getByRole('textbox', { name: 'User name' }).pressSequentially('tclinician');
  await field.pressSequentially('canary-9Q4!');
  await page.getByRole('button', { name: 'Show password' }).click();
  await field.press('Enter');
  await page.getByRole('alert').waitFor();
  await expect(field).toBeFocused();
  await expect(field).toHaveAttribute('type', 'password');
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+z');
  await expect(field).toHaveValue('');
  expect(await page.content()).not.toContain('canary-9Q4!');
});

test('the support view keeps the keyboard to itself and gives it back', async ({ shell }) => {
  const { page } = shell;
  await shell.open('support-view');
  const opener = page.getByRole('button', { name: 'Support view' });
  await opener.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('table', { name: 'Systems' }).waitFor();
  for (const next of ['Close', 'Reason', 'Show who they are', 'Close']) {
    await page.keyboard.press('Tab');
    const focused = page.locator(':focus');
    await expect(focused).toHaveAccessibleName(next);
    expect(await focused.evaluate((element) => element.closest('[role=dialog]') !== null)).toBe(true);
  }
  await page.keyboard.press('Escape');
  await expect(opener).toBeFocused();
});

test('the list of stored sign-ins keeps the keyboard to itself and gives it back', async ({ shell }) => {
  const { page } = shell;
  await shell.open('stored-sign-ins-list');
  const opener = page.getByRole('button', { name: /Your account/ });
  await opener.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Change password' })).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const remove = page.getByRole('button', { name: 'Remove sign-in to Patient record' });
  await remove.press('Enter');
  await expect(page.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(remove).toBeFocused();
  // once round: every press stays inside the dialog
  for (let presses = 0; presses < 5; presses += 1) {
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('[role=dialog]') !== null)).toBe(true);
  }
  await expect(remove).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(opener).toBeFocused();
  expect((await fakeMain(page)).asked.filter(({ name }) => name === 'signOn.remove')).toEqual([]);
});
