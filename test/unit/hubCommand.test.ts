/** `npm run hub` as people and programs meet it, and the file that hands the hub to other programs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isPackagedBuild, runHub } from '../../main/context/hub/cli.js';
import { writeHandOff } from '../../main/context/hub/handOff.js';
import { startHub } from '../../main/context/hub/hub.js';
import { Subscriber, withPatience } from './hubPeers.js';

/** Runs in this process; what it printed, and how to stop it. */
async function run(args: string[], isPackaged = false) {
  let [out, err] = ['', ''];
  const terminal = { out: (text: string) => (out += text), err: (text: string) => (err += text) };
  const result = await runHub(args, terminal, isPackaged);
  return {
    out,
    err,
    code: typeof result === 'number' ? result : null,
    stop: typeof result === 'number' ? null : result,
  };
}

describe('the command', () => {
  test.each([
    [[], '--port is missing'],
    [['--port'], 'port'],
    [['--port', 'eighty'], '--port must be a number'],
    [['--port', '65536'], '--port must be a number'],
    [['--port', '-1'], 'port'],
    [['--port', '0', '--colour', 'teal'], '--colour'],
    [['--port', '0', 'extra'], 'extra'],
    [['--port', '0', '--token', 'two words'], '--token'],
    [['--port', '0', '--token', ''], '--token'],
  ])('refuses %j with a usage text and code 64', async (args, complaint) => {
    const { out, err, code } = await run(args);
    expect(code).toBe(64);
    expect(err).toContain(complaint);
    expect(err).toContain('Usage: npm run hub -- --port N');
    expect(out).toBe('');
  });

  test('says that a port is in use, with code 78', async () => {
    const taken = net.createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as net.AddressInfo;
    const { out, err, code } = await run(['--port', String(port)]);
    taken.close();
    expect([code, out]).toEqual([78, '']);
    expect(err).toContain(`port ${port} of 127.0.0.1 is in use`);
  });

  test('refuses --open-topics in an installed Lanyard, with code 78', async () => {
    const { err, code } = await run(['--port', '0', '--open-topics'], true);
    expect(code).toBe(78);
    expect(err).toContain('--open-topics is refused');
  });

  test.each([
    ['file:///opt/lanyard/resources/app.asar/dist/main/hub.js', { versions: {} }, true],
    ['file:///home/dev/lanyard/main/context/hub/cli.ts', { versions: {} }, false],
    ['file:///opt/lanyard/hub.js', { versions: { electron: '45.0.0' } }, true],
    ['file:///home/dev/lanyard/hub.js', { versions: { electron: '45.0.0' }, defaultApp: true }, false],
  ])('%s under %j is an installed Lanyard: %s', (url, process, installed) => {
    expect(isPackagedBuild(url, process)).toBe(installed);
  });

  test('makes a topic and a token where none are given, and says them in one line', async () => {
    const { out, stop } = await run(['--port', '0']);
    expect(out.trim().split('\n')).toHaveLength(1);
    const made = JSON.parse(out) as Record<string, string>;
    expect(Object.keys(made)).toEqual(['hub.url', 'hub.topic', 'access_token']);
    const ask = (topic: string) =>
      fetch(`${made['hub.url'] ?? ''}/${topic}`, {
        headers: { authorization: `Bearer ${made['access_token'] ?? ''}` },
      });
    expect((await ask(made['hub.topic'] ?? '')).status).toBe(200);
    expect((await ask('another')).status).toBe(403);
    await stop?.();
  });

  test('with --open-topics and a token of one’s own takes any topic, but no other token', async () => {
    const { out, stop } = await run(['--port', '0', '--token', 'conformance', '--open-topics']);
    const made = JSON.parse(out) as Record<string, string>;
    expect(Object.keys(made)).toEqual(['hub.url']);
    const status = async (topic: string, token: string) =>
      (await fetch(`${made['hub.url'] ?? ''}/${topic}`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect([
      await status('one', 'conformance'),
      await status('two', 'conformance'),
      await status('one', 'other'),
    ]).toEqual([200, 200, 401]);
    await stop?.();
  });

  test('as a program: one line on stdout, and a clean end by SIGTERM that denies who is subscribed', async () => {
    const file = new URL('../../main/context/hub/cli.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--import', 'tsx', file, '--port', '0', '--open-topics'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    const exited = once(child, 'exit');
    const line = await withPatience<string>('the hub said nothing', (resolve) => {
      child.stdout.on('data', (data: Buffer) => {
        out += data.toString();
        if (out.includes('\n')) resolve(out);
      });
    });
    const made = JSON.parse(line) as Record<string, string>;
    const body = new URLSearchParams({
      'hub.channel.type': 'websocket',
      'hub.mode': 'subscribe',
      'hub.topic': 'any',
      'hub.events': 'Patient-open',
    });
    const headers = { authorization: `Bearer ${made['access_token'] ?? ''}` };
    const answer = await fetch(made['hub.url'] ?? '', { method: 'POST', body, headers });
    const { 'hub.channel.endpoint': endpoint = '' } = (await answer.json()) as Record<string, string>;
    const subscriber = new Subscriber(endpoint);
    await subscriber.next();
    child.kill('SIGTERM');
    expect(await subscriber.next()).toMatchObject({ 'hub.mode': 'denied' });
    expect(await exited).toEqual([0, null]);
    expect(out).toBe(line);
  }, 20_000);
});

test('started by npm, it ends when npm is ended', async () => {
  const root = new URL('../..', import.meta.url).pathname;
  const npm = spawn('npm', ['run', '--silent', 'hub', '--', '--port', '0'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const line = await withPatience<string>('the hub said nothing', (resolve) => {
    npm.stdout.once('data', (data: Buffer) => {
      resolve(data.toString());
    });
  });
  const { 'hub.url': url = '' } = JSON.parse(line) as Record<string, string>;
  expect((await fetch(`${url}/metadata`)).status).toBe(200);
  npm.kill('SIGTERM');
  await once(npm.stdout, 'close'); // its last holder is the hub
  await expect(fetch(`${url}/metadata`)).rejects.toThrow();
}, 20_000);

test('a key that is no key is said to be so', async () => {
  const report = () => undefined;
  await expect(startHub({ report, tls: { key: 'none', cert: 'none' } })).rejects.toThrow('key and certificate');
});

describe('context-hub.json', () => {
  const handOff = { 'hub.url': 'http://127.0.0.1:4000/hub', 'hub.topic': 'topic', access_token: 'token' };
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(path.join(tmpdir(), 'lanyard-hub-'));
  });
  afterEach(() => rm(parent, { recursive: true }));

  test('is readable by its user only, in a folder of its user only, and leaves nothing else behind', async () => {
    const folder = path.join(parent, 'session');
    await mkdir(folder, { mode: 0o755 });
    await writeHandOff(folder, handOff);
    const file = path.join(folder, 'context-hub.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(handOff);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await readdir(folder)).toEqual(['context-hub.json']);
  });

  test('replaces what a session that crashed has left, whatever its mode', async () => {
    const file = path.join(parent, 'context-hub.json');
    await writeFile(file, '{"hub.url":"stale"}', { mode: 0o644 });
    await writeHandOff(parent, handOff);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(handOff);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('is gone after the session, also when asked twice; the file of the next session is not', async () => {
    const first = await writeHandOff(parent, handOff);
    await first();
    await first();
    expect(await readdir(parent)).toEqual([]);
    const second = await writeHandOff(parent, handOff);
    await writeHandOff(parent, { ...handOff, access_token: 'next' });
    await second();
    expect(await readdir(parent)).toEqual(['context-hub.json']);
  });

  test('says so when it cannot be written, without its content', async () => {
    const blocked = path.join(parent, 'file');
    await writeFile(blocked, '');
    const refusal = await writeHandOff(path.join(blocked, 'session'), handOff).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'unavailable', message: 'context-hub.json cannot be written' });
    expect(JSON.stringify(refusal)).not.toContain('token');
  });
});
