/**
 * Typing into one field, key by key. Before every key it is looked whether the field still has the keyboard and its
 * document is still at the expected address: a page, or a frame in it, may take the keyboard at any moment.
 */
import type { FormPage, Handle } from './formPage.js';
import { strokeFor } from './keys.js';

export type Typed =
  /** `isKept` false: the page throws the keys away or keeps them elsewhere, as some do on purpose. */
  | { readonly outcome: 'typed'; readonly isKept: boolean }
  /** The field lost what it held: a script took the form over. It may be typed again. */
  | { readonly outcome: 'discarded' }
  /** The field, its document or the keyboard went away: the rest was not typed. `typed`: keys before that. */
  | { readonly outcome: 'lost'; readonly typed: number };

/**
 * @param characters code points of the text, one key each
 * @param address origin and path where the field must be
 * @param before called before each key; throws when it must not be pressed
 */
export async function typeInto(
  page: FormPage,
  field: Handle,
  { characters, address, before }: { characters: readonly string[]; address: string; before: () => void },
): Promise<Typed> {
  if (!(await page.focus(field)) && !((await page.click(field)) && (await page.focus(field))))
    return { outcome: 'lost', typed: 0 };
  let longest = 0;
  for (const [index, character] of characters.entries()) {
    before();
    // SECURITY(form): the look at the field and the key go out together; what it finds decides about the next key.
    const [state] = await Promise.all([page.state(field), page.press(strokeFor(character))]);
    if (!state?.hasFocus || state.address !== address) return { outcome: 'lost', typed: index + 1 };
    longest = Math.max(longest, index > 0 ? state.length : 0);
  }
  const wanted = characters.join('').length;
  const after = await page.state(field);
  longest = Math.max(longest, after?.length ?? 0);
  await page.drawn(field.frame, 1);
  const left = await page.state(field);
  if (left?.address !== address) return { outcome: 'lost', typed: characters.length };
  if (left.length === wanted) return { outcome: 'typed', isKept: true };
  if (longest > left.length) return { outcome: 'discarded' };
  return { outcome: 'typed', isKept: false };
}
