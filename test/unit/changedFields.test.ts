// @vitest-environment happy-dom
/** Which pages Lanyard does not close by itself: those with a field that holds anything else than it came with. */
import { runInThisContext } from 'node:vm';
import { expect, test } from 'vitest';
import { CHANGED_FIELDS_PROBE } from '../../main/workspace/unsavedWork.js';

const isChanged = (): unknown => runInThisContext(CHANGED_FIELDS_PROBE);

function page(html: string): void {
  document.body.innerHTML = html;
}
/** The one field of the page. */
function field(): HTMLInputElement & HTMLSelectElement & HTMLTextAreaElement {
  return document.body.firstElementChild as HTMLInputElement & HTMLSelectElement & HTMLTextAreaElement;
}

test.each([
  '<p>No field at all</p>',
  '<input value="found">',
  '<textarea>as it was</textarea>',
  '<input type="checkbox" checked>',
  '<select><option selected>A</option><option>B</option></select>',
  '<select><option>A</option><option>B</option></select>',
  '<div contenteditable="true"> </div>',
])('%s as it came has nothing to lose', (html) => {
  page(html);
  expect(isChanged()).toBe(false);
});

test('what nobody can type into does not count', () => {
  page('<input type="hidden" value="x">');
  field().value = 'y';
  expect(isChanged()).toBe(false);
});

test.each<[string, string, () => unknown]>([
  ['a text', '<input>', () => (field().value = 'x')],
  ['a text that was there', '<input value="a">', () => (field().value = '')],
  ['a note', '<textarea></textarea>', () => (field().value = 'half a sentence')],
  ['a box', '<input type="checkbox">', () => (field().checked = true)],
  ['a radio button', '<input type="radio" name="a">', () => (field().checked = true)],
  ['a choice', '<select><option selected>A</option><option>B</option></select>', () => (field().value = 'B')],
  ['a first choice', '<select><option>A</option><option>B</option></select>', () => (field().value = 'B')],
  ['rich text', '<div contenteditable="true"></div>', () => (field().textContent = 'x')],
])('%s that was changed keeps its page open', (_what, html, change) => {
  page(html);
  expect(isChanged()).toBe(false);
  change();
  expect(isChanged()).toBe(true);
});
