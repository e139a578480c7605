/** Every character of a password is pressed as a keyboard with the layout it belongs to would press it. */
import { expect, test } from 'vitest';
import { enterStroke, strokeFor } from '../../main/signon/form/keys.js';

test.each([
  ['a', 'KeyA', 65, 0],
  ['A', 'KeyA', 65, 8],
  ['7', 'Digit7', 55, 0],
  ['&', 'Digit7', 55, 8],
  [')', 'Digit0', 48, 8],
  ['!', 'Digit1', 49, 8],
  [' ', 'Space', 32, 0],
  ['-', 'Minus', 189, 0],
  ['_', 'Minus', 189, 8],
  ["'", 'Quote', 222, 0],
  ['"', 'Quote', 222, 8],
  ['\\', 'Backslash', 220, 0],
  ['|', 'Backslash', 220, 8],
  ['?', 'Slash', 191, 8],
  // not on this layout: the character itself counts
  ['é', '', 0, 0],
  ['ß', '', 0, 0],
  ['密', '', 0, 0],
  ['🔑', '', 0, 0],
  // a letter that is written with another one's upper case, and is not that letter
  ['\u017f', '', 0, 0],
  ['\u212a', '', 0, 0],
])('%s', (character, code, keyCode, modifiers) => {
  const { down, up } = strokeFor(character);
  const common = { key: character, code, windowsVirtualKeyCode: keyCode, modifiers };
  expect(down).toEqual({ type: 'keyDown', ...common, text: character, unmodifiedText: character });
  expect(up).toEqual({ type: 'keyUp', ...common });
});

test('every sign that can be printed has its key, and the right one of the two on it', () => {
  const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
  const places = printable.map((character) => {
    const { code, modifiers } = strokeFor(character).down;
    return `${String(code)} ${String(modifiers)}`;
  });
  expect(new Set(places).size).toBe(95);
  expect(places.filter((place) => place.startsWith(' '))).toEqual([]);
});

test('Enter sends a form: it has a text, which a page’s own Enter has as well', () => {
  expect(enterStroke.down).toMatchObject({ key: 'Enter', text: '\r', windowsVirtualKeyCode: 13 });
  expect(enterStroke.up).not.toHaveProperty('text');
});
