/** A copied number does not outlive its session; what somebody copied elsewhere does. */
import { expect, test } from 'vitest';
import { CopiedNumbers } from '../../main/workspace/copiedNumbers.js';

function clipboardWith(text: string) {
  const state = { text };
  const clipboard = {
    readText: () => Promise.resolve(state.text),
    clear: () => {
      state.text = '';
    },
  };
  return { state, numbers: new CopiedNumbers(clipboard) };
}

test.each([['9990000018'], ['999 000 0018'], [' 999 000 0018\n'], ['RM1000017'], ['rm1000017']])(
  'takes %j off the clipboard',
  async (text) => {
    const { state, numbers } = clipboardWith(text);
    numbers.learn('9990000018', 'RM1000017', null);
    await numbers.forget();
    expect(state.text).toBe('');
  },
);

test.each([['a sentence about something else'], ['9990000026'], ['']])('leaves %j where it is', async (text) => {
  const { state, numbers } = clipboardWith(text);
  numbers.learn('9990000018');
  await numbers.forget();
  expect(state.text).toBe(text);
});

test('knows nobody of a session that is over', async () => {
  const { state, numbers } = clipboardWith('');
  numbers.learn('9990000018');
  await numbers.forget();
  state.text = '9990000018';
  await numbers.forget();
  expect(state.text).toBe('9990000018');
});
