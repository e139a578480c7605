import { expect, test } from 'vitest';
import { LanyardError } from '../../main/domain/errors.js';
import { readJson } from '../../main/workspace/readJson.js';

const address = new URL('https://pacs.test/dicom-web/studies');
const origins = ['https://pacs.test'];
const read = (answer: Response, signal = new AbortController().signal) =>
  readJson(() => Promise.resolve(answer), origins, address, signal);

test('reads JSON, whatever pieces it arrives in', async () => {
  const bytes = new TextEncoder().encode(JSON.stringify({ name: 'Siân' }));
  const pieces = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  expect(await read(new Response(pieces))).toEqual({ name: 'Siân' });
});

test('stops reading an answer without end', async () => {
  let sent = 0;
  let stopped = false;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 1_000_000;
      controller.enqueue(new Uint8Array(1_000_000).fill(32));
    },
    cancel() {
      stopped = true;
    },
  });
  await expect(read(new Response(endless))).rejects.toThrow('more than can be read');
  expect([sent < 40_000_000, stopped]).toEqual([true, true]);
});

test('an answer that breaks off, or whose time is over, is foreseen', async () => {
  const broken = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.error(new TypeError('network'));
    },
  });
  await expect(read(new Response(broken))).rejects.toThrow(LanyardError);
  const time = new AbortController();
  const slow = new ReadableStream<Uint8Array>({
    start(controller) {
      time.signal.addEventListener('abort', () => {
        controller.error(time.signal.reason);
      });
    },
  });
  const reading = read(new Response(slow), time.signal);
  time.abort();
  await expect(reading).rejects.toThrow('did not answer in time');
});

test.each([
  ['HTML', '<html>', 'did not answer with JSON'],
  ['half of it', '{"a":', 'did not answer with JSON'],
])('%s is no answer', async (_what, text, message) => {
  await expect(read(new Response(text))).rejects.toThrow(message);
});

test('no content is no answer either, and no mistake', async () => {
  expect(await read(new Response(null, { status: 204 }))).toBeUndefined();
  expect(await read(new Response(' '))).toBeUndefined();
});

test('asks nobody outside the system’s own addresses, and follows nobody there', async () => {
  let asked: RequestInit | undefined;
  const fetch = (_url: string, init: RequestInit) => {
    asked = init;
    return Promise.resolve(new Response('[]'));
  };
  await expect(readJson(fetch, ['https://other.test'], address, new AbortController().signal)).rejects.toThrow(
    'not on its own list',
  );
  expect(asked).toBeUndefined();
  await readJson(fetch, origins, address, new AbortController().signal);
  expect(asked?.redirect).toBe('error');
});
