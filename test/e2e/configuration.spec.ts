/** Nothing starts on an invalid file: a window that says what to mend, the same words on standard error, exit code 78. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { electronLaunch } from '../../build/electron-runtime.mjs';
import { folderOfOrdinaryUser, giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { configurationFor, expect, labSystem, test } from './lanyard.js';
import { removeFolder } from '../../build/removeFolder.js';

const valid = (surroundings: Parameters<typeof configurationFor>[0]): Record<string, unknown> =>
  configurationFor(surroundings, [labSystem(surroundings.lab, 'honest')]);

test('every mistake stands in the window, with its place and a suggestion, and closing it ends with 78', async ({
  launch,
  surroundings,
}) => {
  const configuration = valid(surroundings);
  const [system] = configuration['systems'] as Record<string, unknown>[];
  const lanyard = await launch({
    ...configuration,
    systems: [{ ...system, origin: ['https://epr.test'], url: 'http://epr.test/', roles: ['clincian'] }],
    sesion: {},
  });
  const { shell, app } = lanyard;
  await expect(shell.getByRole('heading', { level: 1 })).toBeVisible();
  for (const path of ['systems[0].origin', 'systems[0].url', 'systems[0].roles[0]', 'sesion'])
    await expect(shell.getByText(path, { exact: true }).first()).toBeVisible();
  for (const suggestion of [/origins/, /clinician/, /session/])
    await expect(shell.getByText(suggestion).first()).toBeVisible();
  await expect(shell.getByLabel('Password')).toHaveCount(0);
  const exited = once(app.process(), 'exit');
  await lanyard.close();
  expect((await exited)[0]).toBe(78);
});

const broken: readonly [what: string, text: string | null, says: RegExp][] = [
  ['an empty file', '', /lanyard\.json/],
  ['a file that is not there', null, /no such file/i],
  ['half a file', '{ "trust": { "name": "X"', /line \d+/i],
  ['another kind of file', 'MZ\u0000\u0001', /UTF-8|lanyard/i],
  ['a key twice', '{ "trust": { "name": "A" }, "trust": { "name": "B" } }', /trust/],
  ['a list', '[]', /lanyard\.json/],
  ['no systems', '{ "systems": [] }', /systems/],
  ['a comment and an unknown key', '{ // here\n "wards": 7 }', /wards/],
  ['a number for a name', '{ "trust": { "name": 7 } }', /trust\.name/],
  ['a secret where none belongs', '{ "password": "hunter2-canary" }', /password/],
];

for (const [what, text, says] of broken) {
  test(`a script is told what is wrong with ${what}, at once and with 78`, async () => {
    const folder = folderOfOrdinaryUser('lanyard-config-');
    try {
      const file = path.join(folder, 'lanyard.json');
      if (text !== null) writeFileSync(file, text);
      mkdirSync(path.join(folder, 'user-data'));
      giveToOrdinaryUser(folder);
      const { executablePath } = await electronLaunch();
      const child = spawn(
        executablePath,
        ['--check-config', `--config=${file}`, `--user-data-dir=${path.join(folder, 'user-data')}`],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      const { code, said } = await ended(child);
      expect(code).toBe(78);
      expect(said).toMatch(says);
      expect(said).not.toContain('hunter2-canary');
    } finally {
      removeFolder(folder);
    }
  });
}

test('a file without a mistake passes the same check with 0', async ({ surroundings }) => {
  const folder = folderOfOrdinaryUser('lanyard-config-');
  try {
    const { files, ...configuration } = valid(surroundings) as { files: Record<string, string> };
    for (const [name, text] of Object.entries({ ...files, 'lanyard.json': JSON.stringify(configuration) }))
      writeFileSync(path.join(folder, name), text);
    mkdirSync(path.join(folder, 'user-data'));
    giveToOrdinaryUser(folder);
    const { executablePath } = await electronLaunch();
    const child = spawn(
      executablePath,
      [
        '--check-config',
        `--config=${path.join(folder, 'lanyard.json')}`,
        `--user-data-dir=${path.join(folder, 'user-data')}`,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    expect((await ended(child)).code).toBe(0);
  } finally {
    removeFolder(folder);
  }
});

async function ended(child: ChildProcess): Promise<{ code: number | null; said: string }> {
  const said: Buffer[] = [];
  child.stderr?.on('data', (data: Buffer) => said.push(data));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, said: Buffer.concat(said).toString('utf8') };
}
