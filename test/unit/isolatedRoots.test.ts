// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRoots, type Roots } from '../../main/workspace/isolated/roots.js';

let roots: Roots;
let changes = 0;

beforeEach(() => {
  changes = 0;
  document.body.innerHTML =
    '<div id="old"></div><x-banner></x-banner><table><tbody><tr><td><span id="deep"></span></td></tr></tbody></table>';
  roots = createRoots(() => {
    changes += 1;
  });
});

afterEach(() => {
  document.body.innerHTML = '';
});

function element(selector: string): Element {
  const found = document.querySelector(selector);
  if (!found) throw new Error(`no ${selector}`);
  return found;
}
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

test('finds the shadow roots that stand in a page', () => {
  const shadow = element('#old').attachShadow({ mode: 'open' });
  expect(roots.of(document)).toEqual([document, shadow]);
});

test.each(['#old', 'x-banner', '#deep'])(
  'finds a shadow root that is attached later without a word: %s',
  (selector) => {
    roots.of(document);
    const shadow = element(selector).attachShadow({ mode: 'open' });
    roots.explore();
    expect(roots.of(document)).toEqual([document, shadow]);
  },
);

test('finds a shadow root inside another one', () => {
  const outer = element('#old').attachShadow({ mode: 'open' });
  outer.innerHTML = '<p></p>';
  roots.of(document);
  const inner = outer.querySelector('p')?.attachShadow({ mode: 'open' });
  roots.explore();
  expect(roots.of(document)).toEqual([document, outer, inner]);
});

test('finds the shadow root of an element that is added', async () => {
  roots.of(document);
  const added = document.createElement('section');
  const shadow = added.attachShadow({ mode: 'open' });
  element('td').append(added);
  await settled();
  expect(roots.of(document)).toEqual([document, shadow]);
});

test('forgets the shadow root of an element that is gone, and finds it again when that comes back', async () => {
  const host = element('#old');
  const shadow = host.attachShadow({ mode: 'open' });
  roots.of(document);
  host.remove();
  roots.explore();
  expect(roots.of(document)).toEqual([document]);
  document.body.append(host);
  await settled();
  expect(roots.of(document)).toEqual([document, shadow]);
});

test('says that something changed inside a shadow root found late', async () => {
  roots.of(document);
  const shadow = element('x-banner').attachShadow({ mode: 'open' });
  roots.explore();
  changes = 0;
  shadow.innerHTML = '<p>999 000 0018</p>';
  await settled();
  expect(changes).toBeGreaterThan(0);
});
