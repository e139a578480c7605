/** What Windows' tools write, what a second start hands over, when Lanyard draws for another computer, and what follows. */
import { describe, expect, test } from 'vitest';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { registryText, sessionIdIn, singleSessionClientName } from '../../main/workstation/clientNames.windows.js';
import { outsideEventOf, readEventArgument } from '../../main/workstation/outsideEvent.js';
import { drawsRemotely, withoutFeature } from '../../main/workstation/remoteRendering.js';
import { followSession } from '../../main/workstation/sessionFollower.js';
import { pathOf, runTool, runToolNow } from '../../main/workstation/systemTools.windows.js';
import { HandSessionWatcher } from './handSessionWatcher.js';

const KEY = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Citrix\\Ica\\Session\\3\\Connection';
const latin = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('one text value of what reg.exe writes', () => {
  test.each<[string, string, string | null]>([
    ['as it is', `\r\n${KEY}\r\n    ClientName    REG_SZ    WARD7-TC04\r\n\r\n`, 'WARD7-TC04'],
    ['in other letters', `\r\n${KEY}\r\n    CLIENTNAME    REG_SZ    WARD7-TC04\r\n`, 'WARD7-TC04'],
    ['with tabs, as older ones write', `\r\n${KEY}\r\n\tClientName\tREG_SZ\tWARD7-TC04\r\n`, 'WARD7-TC04'],
    ['with blanks inside', `\r\n${KEY}\r\n    ClientName    REG_SZ    Ward 7    bed 4\r\n`, 'Ward 7    bed 4'],
    ['to be expanded', `\r\n${KEY}\r\n    ClientName    REG_EXPAND_SZ    TC\r\n`, 'TC'],
    ['empty', `\r\n${KEY}\r\n    ClientName    REG_SZ    \r\n`, null],
    ['a number', `\r\n${KEY}\r\n    ClientName    REG_DWORD    0x4\r\n`, null],
    ['not set', `\r\n${KEY}\r\n    (Default)    REG_SZ    (value not set)\r\n`, null],
    ['another value', `\r\n${KEY}\r\n    ClientNameOld    REG_SZ    A\r\n    OldClientName    REG_SZ    B\r\n`, null],
    ['a key of that name', `\r\n${KEY}\\ClientName\r\n`, null],
    ['an error', 'ERROR: The system was unable to find the specified registry key or value.\r\n', null],
    ['nothing', '', null],
    ['in the console’s code page', `\r\n${KEY}\r\n    ClientName    REG_SZ    B\x81RO-1\r\n`, 'B\\x81RO-1'],
    ['much too long', `    ClientName    REG_SZ    ${'x'.repeat(500)}\r\n`, 'x'.repeat(64)],
  ])('%s', (_what, written, expected) => {
    expect(registryText(latin(written), 'ClientName')).toBe(expected);
  });

  test('two names that are not ASCII stay two, and UTF-8 is read', () => {
    const of = (bytes: Buffer) =>
      registryText(Buffer.concat([latin('    ClientName    REG_SZ    '), bytes, latin('\r\n')]), 'ClientName');
    expect(of(latin('\x84'))).not.toBe(of(latin('\x94')));
    expect(of(Buffer.from('BÜRO-1'))).toBe('BÜRO-1');
  });
});

test.each<[string, string, number | null]>([
  ['a session', '"lanyard.exe","4711","ICA-CGP#3","3","164,312 K"\r\n', 3],
  ['the console', '"lanyard.exe","4711","Console","1","164.312 K"\r\n', 1],
  ['a session that is disconnected has no name', '"lanyard.exe","4711","","12","9 K"\r\n', 12],
  ['another process', '"lanyard.exe","47110","Console","1","9 K"\r\n', null],
  ['nothing found', 'INFORMATION: Es werden keine Aufgaben mit den angegebenen Kriterien ausgeführt.\r\n', null],
  ['no number', '"lanyard.exe","4711","Console","one","9 K"\r\n', null],
  ['nothing', '', null],
])('the session of a process: %s', (_what, csv, expected) => {
  expect(sessionIdIn(csv, 4711)).toBe(expected);
});

test('a desktop of one session is known before Electron is ready, or is none', () => {
  const stdout = latin('    ClientName    REG_SZ    HOME-PC\r\n');
  expect(singleSessionClientName(() => ({ code: 0, stdout }))).toBe('HOME-PC');
  expect(singleSessionClientName(() => ({ code: 1, stdout }))).toBeNull();
});

test('the tools are Windows’ own, by their whole path, whatever the environment says', () => {
  expect(pathOf('reg.exe', 'D:\\windows')).toBe('D:\\windows\\System32\\reg.exe');
  for (const root of [
    undefined,
    '',
    'C:\\Users\\amara\\Windows',
    '\\\\server\\share\\Windows',
    'C:\\Windows\\..\\Temp',
    'Windows',
  ])
    expect(pathOf('reg.exe', root)).toBe('C:\\Windows\\System32\\reg.exe');
});

test('a tool that is not there, as on this computer, is an answer that is not known', async () => {
  await expect(runTool('C:\\Windows')('reg.exe', ['query'])).rejects.toMatchObject({ code: 'unavailable' });
  expect(runToolNow('C:\\Windows')('reg.exe', ['query'])).toEqual({ code: -1, stdout: Buffer.alloc(0) });
});

describe('lanyard --event', () => {
  test.each<[readonly string[], ReturnType<typeof readEventArgument>['kind'], string?]>([
    [[], 'none'],
    [['--config=x', 'event', 'reconnect'], 'none'],
    [['--event', 'reconnect'], 'event', 'reconnect'],
    [['--config=x', '--event=disconnect'], 'event', 'disconnect'],
    [['--event'], 'unknown'],
    [['--event='], 'unknown'],
    [['--event', 'Reconnect'], 'unknown'],
    [['--event', 'reconnect; calc'], 'unknown'],
    [['--event', 'toString'], 'unknown'],
  ])('%j', (given, kind, event) => {
    const read = readEventArgument(given);
    expect([read.kind, read.kind === 'event' ? read.event : undefined]).toEqual([kind, event]);
    if (read.kind === 'unknown') expect(read.message).toBe('There is no such event. There are: reconnect, disconnect.');
  });

  test('what another start handed over is looked at', () => {
    expect(outsideEventOf({ event: 'reconnect' })).toBe('reconnect');
    for (const handed of [null, undefined, 'reconnect', [], {}, { event: 'lock' }, { event: 'reconnect', more: 1 }])
      expect(outsideEventOf(handed)).toBeNull();
  });
});

describe('drawing for another computer', () => {
  test.each<['auto' | 'on' | 'off', NodeJS.Platform, string | undefined, string | null, boolean]>([
    ['auto', 'win32', 'ICA-CGP#3', null, true],
    ['auto', 'win32', 'ica-tcp#12', null, true],
    ['auto', 'win32', 'RDP-Tcp#5', null, true],
    ['auto', 'win32', 'Console', null, false],
    ['auto', 'win32', 'Console', 'HOME-PC', true],
    ['auto', 'win32', undefined, null, false],
    ['auto', 'win32', 'MY-RDP-1', null, false],
    ['auto', 'linux', 'RDP-Tcp#5', null, false],
    ['auto', 'darwin', undefined, null, false],
    ['on', 'linux', undefined, null, true],
    ['on', 'win32', 'Console', null, true],
    ['off', 'win32', 'ICA-CGP#3', 'HOME-PC', false],
  ])('%s, %s, %s, %s: %s', (setting, platform, sessionName, clientName, expected) => {
    expect(drawsRemotely(setting, () => ({ platform, sessionName, clientName }))).toBe(expected);
  });

  test('what is decided already asks nobody', () => {
    const never = () => {
      throw new Error('asked');
    };
    expect([drawsRemotely('on', never), drawsRemotely('off', never)]).toEqual([true, false]);
  });

  test('features that are switched off already stay so', () => {
    expect(withoutFeature('', 'B')).toBe('B');
    expect(withoutFeature('A,C', 'B')).toBe('A,C,B');
    expect(withoutFeature('A,B', 'B')).toBe('A,B');
  });
});

describe('what follows', () => {
  function begin(lockOnRoam: boolean) {
    const watcher = new HandSessionWatcher('WARD7-TC04');
    const done: string[] = [];
    const noted: RecordableEvent[] = [];
    followSession(watcher, {
      note: (event) => void noted.push(event),
      verifyAnew: () => void done.push('verify'),
      lock: (reason) => void done.push(`lock ${reason}`),
      lockOnRoam,
    });
    return { watcher, done, noted };
  }

  test.each([
    [true, ['lock roaming', 'verify']],
    [false, ['verify']],
  ])(
    'another computer: locked by policy (%s) before anything else, verified anew always, recorded',
    (policy, expected) => {
      const { watcher, done, noted } = begin(policy);
      watcher.moveTo('ED-TC11');
      expect(done).toEqual(expected);
      expect(noted).toEqual([{ type: 'workstation.roamed', from: 'WARD7-TC04', to: 'ED-TC11' }]);
    },
  );

  test('back at the same computer: verified anew, recorded, not locked', () => {
    const { watcher, done, noted } = begin(true);
    watcher.hear('disconnect');
    expect(done).toEqual([]);
    watcher.hear('reconnect');
    expect(done).toEqual(['verify']);
    expect(noted.map(({ type }) => type)).toEqual(['workstation.disconnected', 'workstation.reconnected']);
  });

  test('the computer is locked: so is Lanyard; unlocked: verified anew', () => {
    const { watcher, done } = begin(false);
    watcher.say({ type: 'locked' });
    watcher.say({ type: 'unlocked' });
    expect(done).toEqual(['lock computer', 'verify']);
  });
});
