/** The machine's policy: read from what reg.exe writes, laid over the file, never worked around. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LanyardError } from '../../main/domain/errors.js';
import { parseConfiguration } from '../../main/policy/parseConfiguration.js';
import { overlayPolicy, type PolicyValue } from '../../main/policy/policyOverlay.js';
import { readConfiguration } from '../../main/policy/readConfiguration.js';
import { policyValues, readRegistryPolicy } from '../../main/policy/registryPolicy.windows.js';
import { exampleText, options } from './policyExample.js';

const ROOT = 'HKEY_LOCAL_MACHINE\\Software\\Policies\\Lanyard';
const written = Buffer.from(
  [
    '',
    ROOT,
    '    (Default)    REG_SZ    ',
    '    systems    REG_SZ    [{"id": "a"}]',
    '',
    `${ROOT}\\Session`,
    '    lockAfterSeconds    REG_DWORD    0x78',
    '    lockOnRoam    REG_DWORD    0x0',
    '',
    `${ROOT}\\roles`,
    '    clinician    REG_MULTI_SZ    Ward Staff\\0Locums',
    '    support    REG_MULTI_SZ    ',
    '',
    `${ROOT}\\directory\\addresses`,
    '    dc1.ward.example.nhs    REG_SZ    10.1.2.3',
    '',
  ].join('\r\n'),
);
const value = (at: string, type: string, data: string): PolicyValue => {
  const key = at.split('/');
  const name = key.pop() ?? '';
  return { key, name, type, data };
};

describe('what reg.exe writes', () => {
  test('every value with its key', () => {
    expect(policyValues(written)).toEqual([
      value('systems', 'REG_SZ', '[{"id": "a"}]'),
      value('Session/lockAfterSeconds', 'REG_DWORD', '0x78'),
      value('Session/lockOnRoam', 'REG_DWORD', '0x0'),
      value('roles/clinician', 'REG_MULTI_SZ', 'Ward Staff\\0Locums'),
      value('roles/support', 'REG_MULTI_SZ', ''),
      value('directory/addresses/dc1.ward.example.nhs', 'REG_SZ', '10.1.2.3'),
    ]);
  });

  test('another key’s values are nobody’s', () => {
    expect(policyValues(Buffer.from(`\r\n${ROOT}Else\r\n    a    REG_SZ    b\r\n`))).toEqual([]);
  });

  test('letters in a code page that nobody knows are said, not guessed', () => {
    expect(() => policyValues(Buffer.from([...written, 0xfc]))).toThrow(/outside of ASCII/);
  });

  test('no key is no policy; no answer is not', () => {
    const answering = (code: number) => () => ({ code, stdout: written });
    expect(readRegistryPolicy(answering(0))).toHaveLength(6);
    expect(readRegistryPolicy(answering(1))).toEqual([]);
    expect(() => readRegistryPolicy(answering(-1))).toThrow(LanyardError);
  });
});

describe('policy over file over defaults', () => {
  const file = { session: { lockAfterSeconds: 300, warnSeconds: 20 }, roles: { clinician: ['Clinicians'] } };

  test.each<[string, PolicyValue, unknown]>([
    ['a number, in hexadecimal', value('session/lockAfterSeconds', 'REG_DWORD', '0x78'), { lockAfterSeconds: 120 }],
    ['a switch that is off', value('session/lockOnRoam', 'REG_DWORD', '0x0'), { lockOnRoam: false }],
    ['other capitals', value('SESSION/LOCKONROAM', 'REG_DWORD', '0x1'), { lockOnRoam: true }],
  ])('%s', (_what, one, expected) => {
    const { raw, problems } = overlayPolicy(file, [one]);
    expect(problems).toEqual([]);
    expect(raw).toEqual({ ...file, session: { ...file.session, ...(expected as object) } });
  });

  test.each<[string, PolicyValue, unknown]>([
    ['a list of lines', value('roles/support', 'REG_MULTI_SZ', 'IT\\0Helpdesk'), ['IT', 'Helpdesk']],
    ['a list in JSON', value('roles/support', 'REG_SZ', '["IT", "Helpdesk"]'), ['IT', 'Helpdesk']],
    ['an empty list', value('roles/support', 'REG_MULTI_SZ', ''), []],
  ])('%s', (_what, one, expected) => {
    expect(overlayPolicy(file, [one]).raw).toMatchObject({ roles: { clinician: ['Clinicians'], support: expected } });
  });

  test('a list takes the place of the file’s, and names of hosts keep their letters', () => {
    const { raw, problems } = overlayPolicy({ ...file, systems: [{ id: 'old' }] }, policyValues(written));
    expect(problems).toEqual([]);
    expect(raw).toMatchObject({
      systems: [{ id: 'a' }],
      roles: { clinician: ['Ward Staff', 'Locums'] },
      directory: { addresses: { 'dc1.ward.example.nhs': '10.1.2.3' } },
    });
  });

  test('what the policy does not say stays the file’s, and then the default', () => {
    const reading = parseConfiguration(exampleText, {
      ...options,
      policy: [value('session/lockAfterSeconds', 'REG_DWORD', '0x78')],
    });
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
    expect(reading.configuration.session).toMatchObject({
      lockAfterSeconds: 120, // policy
      signOutAfterSeconds: 1800, // file
      offlineUnlockMinutes: 240, // default
    });
  });
});

describe('a wrong policy is refused by name, and the file’s value does not come in its place', () => {
  test.each<[string, PolicyValue, string, RegExp]>([
    ['no such setting', value('session/lockAfter', 'REG_DWORD', '0x1'), 'session.lockAfter', /knows no such setting/],
    ['no such key', value('sesion/lockAfterSeconds', 'REG_DWORD', '0x1'), 'sesion.lockAfterSeconds', /no such/],
    ['text for a number', value('session/lockAfterSeconds', 'REG_SZ', '300'), 'session.lockAfterSeconds', /DWORD/],
    ['a number for a text', value('trust/name', 'REG_DWORD', '0x1'), 'trust.name', /text/],
    ['2 for a switch', value('session/lockOnRoam', 'REG_DWORD', '0x2'), 'session.lockOnRoam', /0 or 1/],
    ['bytes', value('session/lockOnRoam', 'REG_BINARY', '01'), 'session.lockOnRoam', /0 or 1/],
    ['a list that is no JSON', value('systems', 'REG_SZ', '[{'), 'systems', /bracket|column/],
    ['out of its bounds', value('patients/timeoutSeconds', 'REG_DWORD', '0xc8'), 'patients.timeoutSeconds', /120/],
  ])('%s', (_what, one, at, message) => {
    const reading = parseConfiguration(exampleText, { ...options, policy: [one] });
    if (reading.ok) throw new Error('it was accepted');
    expect(reading.problems).toHaveLength(1);
    expect(reading.problems[0]).toMatchObject({ path: at, message: expect.stringMatching(message) as string });
    expect(reading.problems[0]?.suggestion).toContain('HKLM\\Software\\Policies\\Lanyard');
  });

  test('said twice with other capitals', () => {
    const { problems } = overlayPolicy({}, [
      value('session/lockOnRoam', 'REG_DWORD', '0x1'),
      value('Session/LockOnRoam', 'REG_DWORD', '0x0'),
    ]);
    expect(problems).toMatchObject([{ path: 'session.lockOnRoam', message: 'The policy says this twice.' }]);
  });

  test('rules between two keys hold for what policy and file say together', () => {
    const policy = [value('contextHub/join', 'REG_SZ', '{"url": "https://hub.example.nhs", "file": "join.json"}')];
    const reading = parseConfiguration(exampleText, { ...options, policy });
    if (reading.ok) throw new Error('it was accepted');
    expect(reading.problems.map(({ path: at }) => at)).toContain('contextHub.port');
  });

  test('a file of the policy is looked for like one of the file', () => {
    const policy = [value('directory/caFile', 'REG_SZ', 'C:\\gone.pfx')];
    const reading = parseConfiguration(exampleText, { ...options, policy });
    if (reading.ok) throw new Error('it was accepted');
    expect(reading.problems).toMatchObject([{ path: 'directory.caFile' }]);
    expect(reading.problems[0]?.suggestion).toContain('directory, value caFile');
  });
});

describe('on the machine', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-policy-'));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const read = (readPolicy: () => readonly PolicyValue[]) =>
    readConfiguration(path.join(folder, 'lanyard.json'), { kinds: options.kinds, demoAllowed: true, readPolicy });

  test('a machine that is configured by policy alone needs no file', () => {
    const reading = read(() => [value('trust/name', 'REG_SZ', 'Ward')]);
    if (reading.ok) throw new Error('it was accepted');
    expect(reading.problems.map(({ path: at }) => at)).toContain('directory');
    expect(reading.problems.map(({ path: at }) => at)).not.toContain('trust');
  });

  test('without policy and file it is the file that is missed', () => {
    const reading = read(() => []);
    expect(reading).toMatchObject({ ok: false, problems: [{ message: 'There is no such file.' }] });
  });

  test('a policy that cannot be read opens nothing', () => {
    fs.writeFileSync(path.join(folder, 'lanyard.json'), exampleText);
    const reading = read(() => {
      throw new LanyardError('unavailable', 'The policy in the registry could not be read.');
    });
    expect(reading).toMatchObject({
      ok: false,
      problems: [{ message: 'The policy in the registry could not be read.' }],
    });
  });
});
