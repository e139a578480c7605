/** S27: a packaged Lanyard has no way to the developer tools. */
import { execFileSync } from 'node:child_process';
import { anyConfiguration, expect, test } from './launch.js';

test.beforeEach(({ machineFile }) => {
  machineFile.install(anyConfiguration('Trust of the Machine'));
});

test('there is no menu that leads to developer tools', async ({ launchVariant }) => {
  const { app } = await launchVariant();
  const menu = await app.evaluate(({ Menu }) => {
    const roles = (items: Electron.MenuItem[]): string[] =>
      items.flatMap((item) => [item.role?.toLowerCase() ?? '', ...(item.submenu ? roles(item.submenu.items) : [])]);
    const applicationMenu = Menu.getApplicationMenu();
    return applicationMenu === null ? [] : roles(applicationMenu.items);
  });
  expect(menu).not.toContain('toggledevtools');
});

for (const keys of ['ctrl+shift+i', 'ctrl+shift+j', 'F12'])
  test(`${keys} opens nothing`, async ({ launchVariant }) => {
    const { app, shell } = await launchVariant();
    const userName = shell.getByRole('textbox', { name: 'User name' });
    await expect(userName).toBeFocused();
    // real key presses of the X server; the letter comes after the keys, so once it is there they were handled
    press('key', keys);
    press('type', 'q');
    await expect(userName).toHaveValue('q');
    const open = await app.evaluate(({ webContents }) =>
      webContents.getAllWebContents().map((contents) => contents.isDevToolsOpened()),
    );
    expect(open.length).toBeGreaterThan(0);
    expect(open).not.toContain(true);
  });

test('the title says that this is the test variant', async ({ launchVariant }) => {
  const { app } = await launchVariant();
  // The window has its title from the moment its page has one.
  await expect
    .poll(() => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.getTitle())))
    .toEqual([expect.stringContaining('TEST VARIANT')]);
});

function press(action: 'key' | 'type', what: string): void {
  execFileSync(
    'xdotool',
    ['search', '--sync', '--onlyvisible', '--name', 'TEST VARIANT', 'windowfocus', '--sync', action, what],
    {
      timeout: 10_000,
    },
  );
}
