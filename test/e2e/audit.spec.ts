/** Nothing unrecorded: the line is on the disk before anything shows; when it cannot be written, nothing of a patient shows. */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { population } from '../demo/population.js';
import { colourOf } from './lab.js';
import { configurationFor, expect, labSystem, test } from './lanyard.js';
import { coloursOnScreen } from './screen.js';

const [amara, brian] = population;
if (!amara || !brian) throw new Error('the population is empty');

test('the line that a page is displayed is on the disk before the page is on the screen', async ({
  launch,
  surroundings,
}) => {
  const { lab } = surroundings;
  const lanyard = await launch(configurationFor(surroundings, [labSystem(lab, 'honest')]));
  // At the very moment a view is put on the screen, the program reads what the trail on the disk already says.
  await lanyard.app.evaluate(
    ({ WebContentsView }, folder) => {
      const { readdirSync: list, readFileSync: read } = process.getBuiltinModule('node:fs');
      const seen: { address: string; lastDisplayed: string }[] = [];
      Reflect.set(globalThis, 'seenAtShow', seen);
      const visible = new Set<number>();
      const onScreen = new Map<number, object>();
      // On the screen is a view that is visible and lies in its place; one that only draws lies outside the window.
      const look = (view: Electron.WebContentsView): void => {
        const { id } = view.webContents;
        if (!visible.has(id) || view.getBounds().x > 100) {
          onScreen.delete(id);
          return;
        }
        if (onScreen.has(id)) return;
        const lines = list(folder)
          .sort()
          .flatMap((name) => read(`${folder}/${name}`, 'utf8').split('\n'));
        const displayed = lines.filter((line) => line.includes('"system.displayed"')).at(-1) ?? '';
        const moment = { address: view.webContents.getURL(), lastDisplayed: displayed };
        onScreen.set(id, moment);
        // A hidden view is shown and hidden again within one turn to take its size: nothing of it is drawn.
        setImmediate(() => {
          if (onScreen.get(id) === moment) seen.push(moment);
        });
      };
      // eslint-disable-next-line @typescript-eslint/unbound-method -- called with their own view below
      const { setVisible, setBounds } = WebContentsView.prototype;
      WebContentsView.prototype.setVisible = function (wanted) {
        if (wanted) visible.add(this.webContents.id);
        else visible.delete(this.webContents.id);
        look(this);
        setVisible.call(this, wanted);
      };
      WebContentsView.prototype.setBounds = function (bounds) {
        setBounds.call(this, bounds);
        look(this);
      };
    },
    path.join(lanyard.userData, 'audit'),
  );
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  const seen = await lanyard.app.evaluate(
    () => Reflect.get(globalThis, 'seenAtShow') as { address: string; lastDisplayed: string }[],
  );
  const last = seen.filter(({ address }) => address.endsWith(`/patient/${amara.nhsNumber ?? ''}`)).at(-1);
  expect(last?.lastDisplayed).toContain(`"nhsNumber":"${amara.nhsNumber ?? ''}"`);
  const events = lanyard.audit().map(({ type }) => type);
  expect(events.indexOf('patient.chosen')).toBeGreaterThan(-1);
  expect(events.indexOf('patient.chosen')).toBeLessThan(events.lastIndexOf('system.displayed'));
});

test('when the trail cannot be written everything of a patient is covered, and returns by itself', async ({
  launch,
  surroundings,
}) => {
  const { lab } = surroundings;
  const lanyard = await launch(configurationFor(surroundings, [labSystem(lab, 'honest')]));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));

  // The folder is gone and a file stands in its place: the next line has nowhere to go.
  const folder = path.join(lanyard.userData, 'audit');
  const aside = `${folder}-aside`;
  renameSync(folder, aside);
  writeFileSync(folder, 'in the way');
  const search = lanyard.shell.getByRole('searchbox', { name: 'Find a patient' });
  await search.fill(brian.nhsNumber ?? '');
  await search.press('Enter');
  await expect(
    lanyard.shell
      .getByRole('alert')
      .filter({ hasText: /record|audit/i })
      .first(),
  ).toBeVisible();
  await search.press('Escape');
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('Not checked');
  await expect(lanyard.shell.getByRole('region', { name: 'Covered' })).toContainText('audit trail cannot be written');
  for (const patient of [amara, brian]) await expect.poll(coloursOnScreen).not.toContain(colourOf(patient));

  rmSync(folder);
  renameSync(aside, folder);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  expect(lanyard.audit().some(({ type }) => type === 'chain.resumed')).toBe(true);
});

test('nobody is signed in when that cannot be recorded, and the page says so', async ({ launch, surroundings }) => {
  const { lab } = surroundings;
  const lanyard = await launch(configurationFor(surroundings, [labSystem(lab, 'honest')]));
  const folder = path.join(lanyard.userData, 'audit');
  rmSync(folder, { recursive: true });
  writeFileSync(folder, 'in the way');
  const { shell } = lanyard;
  await shell.getByLabel('User name').fill('amara.test');
  await shell.getByLabel('Password').fill('Demo-Pass-2024!');
  await shell.getByRole('button', { name: 'Sign in' }).click();
  await expect(shell.getByRole('alert')).toContainText(/record/i);
  await expect(shell.getByRole('tablist', { name: 'Systems' })).toHaveCount(0);
  rmSync(folder);
  mkdirSync(folder);
  giveToOrdinaryUser(folder);
  await lanyard.signIn();
  expect(readdirSync(folder).length).toBeGreaterThan(0);
});
