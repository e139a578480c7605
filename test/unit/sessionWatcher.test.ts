/**
 * One contract for every watcher of the session: the Windows adapter over what reg.exe and tasklist.exe write (recorded
 * shapes, no Windows here), on hosts of many sessions and on desktops of one, and the fake that other tests use.
 */
import { describe, expect, test } from 'vitest';
import { LanyardError } from '../../main/domain/errors.js';
import { RegistryClientNames } from '../../main/workstation/clientNames.windows.js';
import { type SessionEvent, type SessionWatcher, WatchedSession } from '../../main/workstation/sessionWatcher.js';
import type { RunTool, SystemTool } from '../../main/workstation/systemTools.windows.js';
import { HandClock } from './handClock.js';
import { HandSessionWatcher } from './handSessionWatcher.js';

const PID = 4711;
const FIRST = 'WARD7-TC04';

interface Place {
  readonly watcher: SessionWatcher;
  readonly events: SessionEvent[];
  /** null: the name is gone · undefined: nobody can read it. */
  readonly moveTo: (name: string | null | undefined) => void;
  readonly signal: (what: 'locked' | 'unlocked' | 'displays-changed') => void;
  /** Everything that polls has polled. */
  readonly wait: () => Promise<void>;
}

const settle = async () => {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
};

/** The registry as reg.exe writes it, with the name in one key or in none. */
function windows(key: string, sessionRow: string) {
  let name: string | null | undefined = FIRST;
  const asked: [SystemTool, readonly string[]][] = [];
  const run: RunTool = async (tool, given) => {
    asked.push([tool, given]);
    if (name === undefined) throw new LanyardError('unavailable', `${tool} did not answer`);
    if (tool === 'tasklist.exe') return { code: 0, stdout: Buffer.from(sessionRow, 'latin1') };
    if (given[1] !== `HKLM\\SOFTWARE\\Citrix\\Ica\\Session${key}` || name === null)
      return { code: 1, stdout: Buffer.alloc(0) };
    const stdout = `\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Citrix\\Ica\\Session${key}\r\n    ClientName    REG_SZ    ${name}\r\n\r\n`;
    return { code: 0, stdout: Buffer.from(stdout, 'latin1') };
  };
  return { run, asked, moveTo: (to: typeof name) => (name = to) };
}

function watched(key: string, sessionRow: string) {
  const clock = new HandClock();
  const { run, asked, moveTo } = windows(key, sessionRow);
  const listeners = new Map<string, () => void>();
  const reported: unknown[] = [];
  const watcher = new WatchedSession({
    names: new RegistryClientNames(run, PID),
    signals: { on: (signal, listener) => void listeners.set(signal, listener) },
    clock,
    report: (error) => reported.push(error),
  });
  return { clock, asked, moveTo, listeners, reported, watcher };
}

function windowsPlace(key: string, sessionRow: string): Place {
  const { clock, moveTo, listeners, watcher } = watched(key, sessionRow);
  const events: SessionEvent[] = [];
  watcher.subscribe((event) => events.push(event));
  return {
    watcher,
    events,
    moveTo,
    signal: (what) => listeners.get(what)?.(),
    wait: async () => {
      await settle();
      clock.advance(5_000);
      await settle();
    },
  };
}

function handPlace(): Place {
  const watcher = new HandSessionWatcher(FIRST);
  const events: SessionEvent[] = [];
  watcher.subscribe((event) => events.push(event));
  return {
    watcher,
    events,
    moveTo: (name) => {
      watcher.moveTo(name);
    },
    signal: (what) => {
      if (what !== 'displays-changed') watcher.say({ type: what });
    },
    wait: settle,
  };
}

const MANY = `"lanyard.exe","${PID}","ICA-CGP#3","3","164,312 K"\r\n`;
const ONE = `"lanyard.exe","${PID}","Console","1","164\u{a0}312 Ko"\r\n`;

describe.each<[string, () => Place]>([
  ['Windows, many sessions on one host', () => windowsPlace('\\3\\Connection', MANY)],
  ['Windows, a desktop of one session', () => windowsPlace('', ONE)],
  ['the fake', handPlace],
])('%s', (_name, make) => {
  const begin = async (): Promise<Place> => {
    const place = make();
    await place.wait();
    expect([place.watcher.clientName, place.events]).toEqual([FIRST, []]);
    return place;
  };

  test('says that the session goes on at another computer, once', async () => {
    const { watcher, events, moveTo, wait } = await begin();
    moveTo('ED-TC11');
    await wait();
    await wait();
    expect(events).toEqual([{ type: 'roamed', from: FIRST, clientName: 'ED-TC11' }]);
    expect(watcher.clientName).toBe('ED-TC11');
  });

  test('a name that is gone, or cannot be read, is nobody else; the next other one is', async () => {
    const { watcher, events, moveTo, wait } = await begin();
    for (const name of [null, FIRST, undefined, FIRST]) {
      moveTo(name);
      await wait();
    }
    expect([watcher.clientName, events]).toEqual([FIRST, []]);
    moveTo(null);
    await wait();
    moveTo('ED-TC11');
    await wait();
    expect(events).toEqual([{ type: 'roamed', from: FIRST, clientName: 'ED-TC11' }]);
  });

  test('a script says that it was disconnected, and came back at the same computer', async () => {
    const { watcher, events, wait } = await begin();
    watcher.hear('disconnect');
    watcher.hear('reconnect');
    expect(events).toEqual([
      { type: 'disconnected', clientName: FIRST },
      { type: 'reconnected', clientName: FIRST },
    ]);
    await wait();
    expect(events).toHaveLength(2);
  });

  test.each([null, undefined])('it came back, and nobody can say where (%s): that is elsewhere', async (name) => {
    const { watcher, events, moveTo } = await begin();
    moveTo(name);
    watcher.hear('reconnect');
    await settle();
    expect(events).toEqual([
      { type: 'reconnected', clientName: FIRST },
      { type: 'roamed', from: FIRST, clientName: null },
    ]);
  });

  test('says that the computer was locked and unlocked', async () => {
    const { events, signal } = await begin();
    signal('locked');
    signal('unlocked');
    expect(events).toEqual([{ type: 'locked' }, { type: 'unlocked' }]);
  });

  test('says nothing after it was disposed', async () => {
    const { watcher, events, moveTo, signal, wait } = await begin();
    watcher.dispose();
    moveTo('ED-TC11');
    signal('unlocked');
    watcher.hear('reconnect');
    await wait();
    expect(events).toEqual([]);
  });
});

describe('the Windows adapter', () => {
  test.each(['unlocked', 'displays-changed'] as const)('reads again at once: %s', async (signal) => {
    const { moveTo, listeners, watcher } = watched('\\3\\Connection', MANY);
    await settle();
    moveTo('ED-TC11');
    listeners.get(signal)?.();
    await settle();
    expect(watcher.clientName).toBe('ED-TC11');
  });

  test('a word from a script is worth a reading that began after it', async () => {
    const { moveTo, watcher, listeners } = watched('\\3\\Connection', MANY);
    const events: SessionEvent[] = [];
    watcher.subscribe((event) => events.push(event));
    await settle();
    listeners.get('displays-changed')?.(); // begins to read the name before
    watcher.hear('reconnect');
    moveTo('ED-TC11');
    await settle();
    expect(events.at(-1)).toEqual({ type: 'roamed', from: FIRST, clientName: 'ED-TC11' });
  });

  test('asks for its session once, and afterwards only the key where the name stood', async () => {
    const { clock, asked } = watched('', ONE);
    await settle();
    asked.length = 0;
    clock.advance(5_000);
    await settle();
    expect(asked).toEqual([
      ['reg.exe', ['query', 'HKLM\\SOFTWARE\\Citrix\\Ica\\Session', '/v', 'ClientName', '/reg:64']],
    ]);
  });

  test('does not keep asking where there is no Citrix, and hears of one that comes', async () => {
    const { clock, asked, moveTo, listeners, watcher } = watched('\\3\\Connection', MANY);
    const events: SessionEvent[] = [];
    watcher.subscribe((event) => events.push(event));
    moveTo(null);
    await settle();
    asked.length = 0;
    clock.advance(60_000);
    await settle();
    expect([asked, watcher.clientName]).toEqual([[], null]);
    moveTo('ED-TC11');
    listeners.get('displays-changed')?.();
    await settle();
    expect(events).toEqual([{ type: 'roamed', from: null, clientName: 'ED-TC11' }]);
  });

  test('reports once that the name cannot be read, and goes on reading', async () => {
    const { clock, moveTo, reported, watcher } = watched('\\3\\Connection', MANY);
    await settle();
    moveTo(undefined);
    for (let turn = 0; turn < 3; turn += 1) {
      clock.advance(5_000);
      await settle();
    }
    expect(reported).toHaveLength(1);
    moveTo('ED-TC11');
    clock.advance(5_000);
    await settle();
    expect(watcher.clientName).toBe('ED-TC11');
  });
});

test('where nothing says who sits where, a script still does, and every return is from elsewhere', async () => {
  const events: SessionEvent[] = [];
  const clock = new HandClock();
  const watcher = new WatchedSession({
    names: null,
    signals: { on: () => undefined },
    clock,
    report: (error) => {
      throw error;
    },
  });
  watcher.subscribe((event) => events.push(event));
  watcher.hear('disconnect');
  watcher.hear('reconnect');
  await settle();
  expect(events).toEqual([
    { type: 'disconnected', clientName: null },
    { type: 'reconnected', clientName: null },
    { type: 'roamed', from: null, clientName: null },
  ]);
});
