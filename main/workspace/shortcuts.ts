/** Keys that are the shell's wherever the keyboard is: main hears them before the page does, also while a page hangs. */

export interface PressedKey {
  /** keyDown, keyUp … */
  readonly type: string;
  /** As in KeyboardEvent.key. */
  readonly key: string;
  readonly control: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly meta: boolean;
}

export type Shortcut = 'focus-shell' | 'lock';

/** F6: the keyboard goes back to the shell · Control+Shift+L: locks. */
export function shortcutOf({ type, key, control, shift, alt, meta }: PressedKey): Shortcut | null {
  if (type !== 'keyDown' || alt || meta) return null;
  if (key === 'F6') return 'focus-shell';
  return control && shift && key.toLowerCase() === 'l' ? 'lock' : null;
}
