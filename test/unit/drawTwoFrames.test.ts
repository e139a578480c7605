import { expect, test } from 'vitest';
import { type Drawing, drawTwoFrames } from '../../main/workspace/drawTwoFrames.js';
import { HandClock } from './handClock.js';

function drawing(answer: () => Promise<unknown>): { drawn: Promise<boolean>; clock: HandClock } {
  const clock = new HandClock();
  const page: Drawing = { executeJavaScriptInIsolatedWorld: answer };
  return { drawn: drawTwoFrames(page, 1, clock, 1_000), clock };
}
const settle = async () => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

test('two frames were drawn when the page says so', async () => {
  expect(await drawing(() => Promise.resolve(true)).drawn).toBe(true);
});

test.each([
  ['goes away and says so', () => Promise.resolve(false)],
  ['goes away without a word', () => Promise.reject(new Error('the frame is gone'))],
  ['draws nothing', () => new Promise(() => undefined)],
])('a page that %s has drawn nothing, which the deadline says', async (_what, answer) => {
  const { drawn, clock } = drawing(answer);
  await settle();
  let said: boolean | null = null;
  void drawn.then((value) => {
    said = value;
  });
  clock.advance(999);
  await settle();
  expect(said).toBeNull();
  clock.advance(1);
  await settle();
  expect(said).toBe(false);
});
