import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { configurationFile, machineFile } from '../../main/policy/configurationFile.js';
import { readConfiguration } from '../../main/policy/readConfiguration.js';
import { exampleText, minimal } from './policyExample.js';

describe('which file it is', () => {
  const machine = { programData: undefined, workingFolder: '/home/it', platform: 'linux' as const };
  test.each([
    [
      'unpackaged with --config',
      false,
      'my/lanyard.json',
      { found: true, file: '/home/it/my/lanyard.json', ignoredSwitch: false },
    ],
    [
      'unpackaged with an absolute --config',
      false,
      '/tmp/l.json',
      { found: true, file: '/tmp/l.json', ignoredSwitch: false },
    ],
    ['unpackaged without --config', false, undefined, { found: false }],
    ['unpackaged with an empty --config', false, '', { found: false }],
    ['packaged', true, undefined, { found: true, file: '/etc/lanyard/lanyard.json', ignoredSwitch: false }],
    [
      'packaged: --config is ignored, and that can be said',
      true,
      '/tmp/evil.json',
      { found: true, file: '/etc/lanyard/lanyard.json', ignoredSwitch: true },
    ],
  ])('%s', (_what, packaged, configSwitch, expected) => {
    expect(configurationFile({ ...machine, packaged, configSwitch })).toEqual(expected);
  });

  test('on Windows it lies in ProgramData', () => {
    expect(machineFile({ platform: 'win32', programData: 'D:\\ProgramData' })).toBe(
      'D:\\ProgramData\\Lanyard\\lanyard.json',
    );
    expect(machineFile({ platform: 'win32', programData: undefined })).toBe('C:\\ProgramData\\Lanyard\\lanyard.json');
  });
});

describe('reading it', () => {
  let folder = '';
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-policy-'));
  });
  afterEach(() => {
    fs.rmSync(folder, { recursive: true });
  });
  const write = (content: string | Buffer, name = 'lanyard.json'): string => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, content);
    return file;
  };
  const read = (file: string) => readConfiguration(file, { kinds: ['web', 'pacs'], demoAllowed: false });
  const message = (file: string): string => {
    const reading = read(file);
    return reading.ok
      ? 'accepted'
      : reading.problems.map((problem) => `${problem.path}: ${problem.message}`).join('\n');
  };

  test('files it names are looked for beside it', () => {
    const file = write(exampleText);
    expect(message(file)).toBe(
      [
        'directory.caFile: There is no such file.',
        'directory.serviceAccount.passwordFile: There is no such file.',
        'audit.server.clientCertificate: There is no such file.',
      ].join('\n'),
    );
    write('-----', 'workstation.pem');
    write('-----', 'ward-ca.pem');
    fs.mkdirSync(path.join(folder, 'svc.secret'));
    expect(message(file)).toBe('directory.serviceAccount.passwordFile: This is not a file.');
    fs.rmdirSync(path.join(folder, 'svc.secret'));
    write('secret', 'svc.secret');
    const reading = read(file);
    expect(reading.ok && reading.configuration.directory.caFile).toBe(path.join(folder, 'ward-ca.pem'));
  });

  test('a table of numbers is read with it, and one mistake in it refuses all', () => {
    const { patients, ...rest } = minimal();
    const configuration = { ...rest, patients: { ...patients, identifierMap: 'merged.csv' } };
    const file = write(JSON.stringify(configuration));
    expect(message(file)).toBe('patients.identifierMap: There is no such file.');
    const table = 'authority,number,toAuthority,toNumber\nrm3,RM1,rm3,RM3\n';
    write(table, 'merged.csv');
    const reading = read(file);
    expect(reading.ok && reading.configuration.patients.identifierMap).toBe(path.join(folder, 'merged.csv'));
    write(`${table}rm3,RM3,rm3,\n`, 'merged.csv');
    expect(message(file)).toBe('patients.identifierMap: Line 3, column toNumber: This is no number.');
    write(Buffer.from(`${table}rm3,Caf\u00e91,rm3,RM3\n`, 'latin1'), 'merged.csv');
    expect(message(file)).toBe('patients.identifierMap: The table is not in UTF-8.');
    write(Buffer.alloc(21 * 1024 * 1024, 0x20), 'merged.csv');
    expect(message(file)).toBe('patients.identifierMap: The table is far too large.');
  });

  test('the certificates of the way to the syslog receiver are looked for beside it', () => {
    const syslog = { host: 'siem.ward.example.nhs', caFile: 'ca.pem', clientCertificate: 'c.pem', clientKey: 'k.pem' };
    const file = write(JSON.stringify({ ...minimal(), audit: { syslog } }));
    expect(message(file).split('\n')).toHaveLength(3);
    for (const name of ['ca.pem', 'c.pem', 'k.pem']) write('-----', name);
    const reading = read(file);
    expect(reading.ok && reading.configuration.audit.syslog).toEqual({
      host: 'siem.ward.example.nhs',
      port: 6514,
      caFile: path.join(folder, 'ca.pem'),
      clientCertificate: path.join(folder, 'c.pem'),
      clientKey: path.join(folder, 'k.pem'),
    });
  });

  test('the key of badges is long enough, and does not lie beside them', () => {
    const badges = { readers: 'smart-card-service', folder: 'shared', keyFile: 'badge.key' };
    const file = write(JSON.stringify({ ...minimal(), badges }));
    expect(message(file)).toBe('badges.keyFile: There is no such file.');
    write(Buffer.alloc(31, 7), 'badge.key');
    expect(message(file)).toBe('badges.keyFile: The key has fewer than 32 bytes.');
    write(Buffer.alloc(32, 7), 'badge.key');
    const reading = read(file);
    expect(reading.ok && reading.configuration.badges).toMatchObject({
      folder: path.join(folder, 'shared'),
      keyFile: path.join(folder, 'badge.key'),
      proof: 'pin',
      passwordHours: 8,
    });
    write(JSON.stringify({ ...minimal(), badges: { ...badges, folder: '.' } }));
    expect(message(file)).toMatch(/^badges.keyFile: The key lies in the folder of the badges/);
  });

  test.each([
    ['missing', () => path.join(folder, 'nowhere.json'), /no such file/],
    ['below a file', () => path.join(write('{}'), 'lanyard.json'), /no such file/],
    ['a folder', () => folder, /a folder/],
    ['empty', () => write(''), /empty/],
    ['huge', () => write(Buffer.alloc(3 * 1024 * 1024, 0x20)), /3 MB large/],
    ['UTF-16 with a mark', () => write(Buffer.from('\uFEFF{}', 'utf16le')), /UTF-16/],
    ['UTF-16 without a mark', () => write(Buffer.from('{"a": 1}', 'utf16le')), /UTF-16/],
    ['UTF-16, the other way round', () => write(Buffer.from('\uFEFF{}', 'utf16le').swap16()), /UTF-16/],
    ['Latin-1', () => write(Buffer.from('{"title": "Caf\u00e9"}', 'latin1')), /not in UTF-8/],
    [
      'a link to itself',
      () => (fs.symlinkSync('loop.json', path.join(folder, 'loop.json')), path.join(folder, 'loop.json')),
      /ELOOP/,
    ],
    ['not a file name', () => '/tmp/a\0b', /not a file name/],
  ])('a file that is %s is a problem in plain words', (_what, make, expected) => {
    expect(message(make())).toMatch(expected);
  });

  test('a file that may not be read says so', () => {
    const file = write(JSON.stringify(minimal()));
    fs.chmodSync(file, 0o000);
    // root reads everything: be somebody else for these lines.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) {
      fs.chmodSync(folder, 0o755);
      process.seteuid?.(65_534);
    }
    try {
      expect(message(file)).toMatch(/may not read/);
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });

  test('a byte order mark is no mistake', () => {
    expect(message(write(`\uFEFF${JSON.stringify(minimal())}`))).toBe('accepted');
  });
});
