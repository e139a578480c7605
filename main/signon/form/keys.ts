/** The keys of one character, as Input.dispatchKeyEvent wants them; a page cannot tell them from a keyboard's. */

export interface KeyStroke {
  readonly down: Readonly<Record<string, unknown>>;
  readonly up: Readonly<Record<string, unknown>>;
}

const SHIFT = 8;
/** US layout: what is on the keys, without and with Shift. Source: UI Events KeyboardEvent code Values §3.1. */
const SIGNS: readonly (readonly [string, string, number])[] = [
  [' ', 'Space', 32],
  ['`~', 'Backquote', 192],
  ['-_', 'Minus', 189],
  ['=+', 'Equal', 187],
  ['[{', 'BracketLeft', 219],
  [']}', 'BracketRight', 221],
  ['\\|', 'Backslash', 220],
  [';:', 'Semicolon', 186],
  ['\'"', 'Quote', 222],
  [',<', 'Comma', 188],
  ['.>', 'Period', 190],
  ['/?', 'Slash', 191],
];
const OVER_DIGITS = ')!@#$%^&*(';

/** @param character one code point */
export function strokeFor(character: string): KeyStroke {
  const { code, keyCode, isShifted } = placeOf(character);
  const common = { key: character, code, windowsVirtualKeyCode: keyCode, modifiers: isShifted ? SHIFT : 0 };
  return {
    down: { type: 'keyDown', ...common, text: character, unmodifiedText: character },
    up: { type: 'keyUp', ...common },
  };
}

export const enterStroke: KeyStroke = {
  down: { type: 'keyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r', unmodifiedText: '\r' },
  up: { type: 'keyUp', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 },
};

function placeOf(character: string): { code: string; keyCode: number; isShifted: boolean } {
  if (/^[a-zA-Z]$/u.test(character)) {
    const upper = character.toUpperCase();
    return { code: `Key${upper}`, keyCode: upper.charCodeAt(0), isShifted: character === upper };
  }
  if (/^[0-9]$/u.test(character))
    return { code: `Digit${character}`, keyCode: character.charCodeAt(0), isShifted: false };
  const digit = OVER_DIGITS.indexOf(character);
  if (digit >= 0) return { code: `Digit${digit}`, keyCode: 48 + digit, isShifted: true };
  const sign = SIGNS.find(([signs]) => signs.includes(character));
  if (sign) return { code: sign[1], keyCode: sign[2], isShifted: sign[0].indexOf(character) === 1 };
  return { code: '', keyCode: 0, isShifted: false };
}
