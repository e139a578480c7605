// Proves what launching may do besides its page: a desktop program only from the list and after the audit line, keys
// from their files, tickets inside the origins, over a real connection.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import { programAddress } from '../../main/domain/navigation.js';
import { createLaunchTools } from '../../main/workspace/launchTools.js';

let server: Server;
let origin = '';
let folder = '';
const asked: { method: string; headers: Record<string, unknown>; body: string }[] = [];
beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-launch-'));
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      asked.push({ method: request.method ?? '', headers: request.headers, body });
      if (request.url === '/moved') response.writeHead(307, { location: '/ticket' }).end();
      else response.end('{"code":"once"}');
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  fs.rmSync(folder, { recursive: true, force: true });
  await new Promise((resolve) => server.close(resolve));
});

function tools(recorded: (RecordableEvent | string)[] = [], isWritable = true, isInstalled = true) {
  return createLaunchTools({
    systemId: 'gp',
    origins: [origin],
    fetch,
    audit: {
      record: (event) => {
        if (!isWritable) throw new LanyardError('audit-unavailable', 'the trail cannot be written');
        recorded.push(event);
      },
    },
    now: () => 0,
    programSchemes: ['systmone'],
    openProgram: (address, schemes) => {
      if (!isInstalled) return Promise.reject(new Error('Failed to open'));
      recorded.push(`opened ${address} of ${schemes.join()}`);
      return Promise.resolve(true);
    },
    userName: 'amina.shah',
    location: undefined,
  });
}

describe('a desktop program', () => {
  test('is opened after the line that says so, which holds nothing of the address', async () => {
    const happened: (RecordableEvent | string)[] = [];
    await tools(happened).openProgram(new URL('systmone://open?nhs=9990000018'));
    expect(happened).toEqual([
      { type: 'outside.opened', systemId: 'gp', host: 'systmone:' },
      'opened systmone://open?nhs=9990000018 of systmone',
    ]);
  });

  test('that is not installed is a plain error', async () => {
    const opening = tools([], true, false).openProgram(new URL('systmone://open'));
    await expect(opening).rejects.toThrow('No program on this computer opens it');
  });

  test('is not opened when the line cannot be written', async () => {
    const happened: (RecordableEvent | string)[] = [];
    await expect(tools(happened, false).openProgram(new URL('systmone://open'))).rejects.toThrow('cannot be written');
    expect(happened).toEqual([]);
  });

  test.each(['file:///etc/passwd', 'javascript:alert(1)', 'https://system.test/', 'ms-settings:x', 'emis://open'])(
    'nothing is opened or recorded for %s',
    async (address) => {
      const happened: (RecordableEvent | string)[] = [];
      await expect(tools(happened).openProgram(new URL(address))).rejects.toThrow('may not be opened');
      expect(happened).toEqual([]);
    },
  );

  test.each<[string, readonly string[], boolean]>([
    ['systmone://open?nhs=9990000018&x=%27', ['systmone'], true],
    ['SYSTMONE://open', ['systmone'], true], // schemes have no capitals: the address is written anew
    ['systmone:open', ['systmone'], false],
    ['systmone://user:secret@open', ['systmone'], false],
    ["systmone://open?x='a'", ['systmone'], false],
    ['systmone://open?x=$(id)', ['systmone'], false],
    ['systmone://open?x=`id`', ['systmone'], false],
    ['systmone://open?x=a;b', ['systmone'], false],
    ['systmone://open?x=a|b', ['systmone'], false],
    ['systmone2://open', ['systmone'], false],
    ['file://server/share', ['file'], false],
    ['ms-excel://open', ['ms-excel'], false],
    ['https://system.test/', ['https'], false],
    [`systmone://${'x'.repeat(3000)}`, ['systmone'], false],
    ['not an address', ['systmone'], false],
  ])('%s with %j listed: %s', (address, schemes, isOpened) => {
    expect(programAddress(address, schemes) !== null).toBe(isOpened);
  });
});

describe('a ticket desk', () => {
  const form = { contentType: 'application/x-www-form-urlencoded', body: 'nhs=9990000018' };
  const never = new AbortController().signal;

  test('is asked by POST, and answers with JSON', async () => {
    asked.length = 0;
    const answer = await tools().postForJson(new URL(`${origin}/ticket`), form, 'Basic eDp5', never);
    expect(answer).toEqual({ code: 'once' });
    expect(asked).toEqual([
      {
        method: 'POST',
        headers: expect.objectContaining({ 'content-type': form.contentType, authorization: 'Basic eDp5' }) as object,
        body: form.body,
      },
    ]);
  });

  test('outside the origins is not asked, and leads nowhere else', async () => {
    asked.length = 0;
    await expect(tools().postForJson(new URL('http://127.0.0.1:1/t'), form, 'x', never)).rejects.toThrow('own list');
    expect(asked).toEqual([]);
    await expect(tools().postForJson(new URL(`${origin}/moved`), form, 'x', never)).rejects.toThrow(LanyardError);
    expect(asked).toHaveLength(1);
  });
});

describe('a key', () => {
  test('is read anew each time', async () => {
    const file = path.join(folder, 'key');
    fs.writeFileSync(file, '0102\n');
    expect([...(await tools().key({ file, encoding: 'hex' }))]).toEqual([1, 2]);
    fs.writeFileSync(file, '0304');
    expect([...(await tools().key({ file, encoding: 'hex' }))]).toEqual([3, 4]);
  });

  test.each([
    ['is gone', 'gone', null],
    ['is no key any more', 'broken', 'canary'],
  ])('that %s is a plain error, without the file and what is in it', async (_what, name, text) => {
    const file = path.join(folder, name);
    if (text !== null) fs.writeFileSync(file, text);
    const error: unknown = await tools()
      .key({ file, encoding: 'hex' })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LanyardError);
    expect(error instanceof Error && error.message).toMatch(/^Its key file/u);
    expect(error instanceof Error && error.message).not.toMatch(/canary|lanyard-launch/u);
  });
});
