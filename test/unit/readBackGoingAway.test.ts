// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createReadBack, type ReadBack } from '../../main/workspace/isolated/readBack.js';

let readBack: ReadBack;

beforeEach(() => {
  vi.useFakeTimers();
  readBack = createReadBack([], null);
});

afterEach(() => {
  vi.useRealTimers();
});

/** As the browser sends it; a script can only send one that is not trusted. */
function trusted(type: string): Event {
  return Object.defineProperty(new Event(type), 'isTrusted', { value: true });
}

test('answers everybody who waits when the page goes away, for else Electron keeps the whole document', async () => {
  const waiting = [readBack.next(1), readBack.next(1)];
  window.dispatchEvent(trusted('pagehide'));
  expect(await Promise.all(waiting)).toEqual([null, null]);
});

test('lets nobody wait in a page that is going away', async () => {
  window.dispatchEvent(trusted('pagehide'));
  expect(await readBack.next(1)).toBeNull();
});

test('reads on in a page that the browser had kept and brings back', async () => {
  window.dispatchEvent(trusted('pagehide'));
  window.dispatchEvent(trusted('pageshow'));
  expect(await readBack.next(0)).toMatchObject({ version: 1 });
});

test('does not believe a page that only says it goes away', async () => {
  window.dispatchEvent(new Event('pagehide'));
  expect(await readBack.next(0)).toMatchObject({ version: 1 });
});
