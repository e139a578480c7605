/** What makes a sign-in page another one, and what does not: a changed page gets no password. */
import { expect, test } from 'vitest';
import type { FieldSeen, Look } from '../../main/signon/form/pageKit.js';
import { changesBetween, fingerprintOf, type Shape, shapeOf } from '../../main/signon/form/shape.js';

const userName: FieldSeen = { type: 'text', name: 'user', id: 'u', autocomplete: 'username', label: 'User name' };
const password: FieldSeen = { type: 'password', name: 'pass', id: 'p', autocomplete: '', label: 'Password' };
const ACTION = 'https://results.test/session';

function look(more: Partial<Look> = {}): Look {
  return {
    address: 'https://results.test/login',
    origin: 'https://results.test',
    isParsed: true,
    found: { '#u': 'ready', '#p': 'ready' },
    places: '10,20 10,60',
    fields: [userName, password],
    actions: [ACTION],
    asksForPassword: true,
    sendsByAddress: false,
    ...more,
  };
}
const known = shapeOf(look(), [], null);
const withPassword = (more: Partial<FieldSeen>): Shape =>
  shapeOf(look({ fields: [userName, { ...password, ...more }] }), [], null);
const code: FieldSeen = { type: 'text', name: 'code', id: '', autocomplete: 'one-time-code', label: 'Code' };

test.each<[what: string, now: Shape, said: RegExp]>([
  ['a label', withPassword({ label: 'Code from the text message' }), /now labelled “Code from the text message”/u],
  ['the type of a field', withPassword({ type: 'text' }), /was of type “password” and is “text”/u],
  ['the name of a field', withPassword({ name: 'secret' }), /had name “pass” and has “secret”/u],
  ['the id of a field', withPassword({ id: 'q' }), /had id “p” and has “q”/u],
  ['what a field is to be filled with', withPassword({ autocomplete: 'new-password' }), /had autocomplete/u],
  ['a field more', shapeOf(look({ fields: [userName, password, code] }), [], null), /a field “Code” was added/u],
  ['a field less', shapeOf(look({ fields: [password] }), [], null), /the field “User name” is gone/u],
  ['the order of the fields', shapeOf(look({ fields: [password, userName] }), [], null), /in another order/u],
  [
    'the origin that the form goes to',
    shapeOf(look({ actions: ['https://results-test.example/session'] }), [], null),
    /now goes to https:\/\/results-test\.example\/session/u,
  ],
  [
    'the path that the form goes to',
    shapeOf(look({ actions: ['https://results.test/collect'] }), [], null),
    /no form goes to https:\/\/results\.test\/session any more/u,
  ],
  [
    'a second form that goes elsewhere',
    shapeOf(look({ actions: [ACTION, 'https://evil.test/x'] }), [], null),
    /evil\.test/u,
  ],
  ['a frame', shapeOf(look(), ['https://ads.test'], null), /a frame from https:\/\/ads\.test was added/u],
])('is another page: %s', (_what, now, said) => {
  expect(fingerprintOf(now)).not.toBe(fingerprintOf(known));
  expect(changesBetween(known, now).join('; ')).toMatch(said);
});

test('a frame that is gone is a change as well', () => {
  const framed = shapeOf(look(), ['https://sso.test'], null);
  expect(changesBetween(framed, known)).toEqual(['the frame from https://sso.test is gone']);
});

test.each<[what: string, now: Shape]>([
  ['where its fields lie', shapeOf(look({ places: '300,20 300,60' }), [], null)],
  ['whether a button is off', shapeOf(look({ found: { '#u': 'ready', '#p': 'disabled' } }), [], null)],
  ['its own address', shapeOf(look({ address: 'https://results.test/login/again' }), [], null)],
])('is the same page: another %s', (_what, now) => {
  expect(fingerprintOf(now)).toBe(fingerprintOf(known));
  expect(changesBetween(known, now)).toEqual([]);
});

test('numbers that a page gives its fields anew each time are no change', () => {
  const numbered = (id: string) => withPassword({ id });
  expect(changesBetween(numbered('field-17'), numbered('field-2041'))).toEqual([]);
  expect(changesBetween(numbered('x1a9f'), numbered('q7b2c'))).toEqual([]);
  expect(changesBetween(numbered('field-17'), numbered('box-17'))).not.toEqual([]);
});

test('the same frames in another order, or twice, are no change', () => {
  const of = (...frames: string[]) => shapeOf(look(), frames, null);
  expect(changesBetween(of('https://a.test', 'https://b.test'), of('https://b.test', 'https://a.test'))).toEqual([]);
  expect(changesBetween(of('https://a.test'), of('https://a.test', 'https://a.test'))).toEqual([]);
});

test('the name that was typed is in no shape, and the page of one clinician is the page of another', () => {
  const greeting = (name: string) =>
    shapeOf(look({ fields: [{ ...password, label: `Password for ${name}` }] }), [], name);
  expect(JSON.stringify(greeting('amara.test'))).not.toContain('amara');
  expect(changesBetween(greeting('amara.test'), greeting('ben.test'))).toEqual([]);
});

test('a page of thousands of fields stays a shape of a size that can be kept', () => {
  const fields = Array.from({ length: 5000 }, (_, index) => ({ ...userName, name: `f${'x'.repeat(index % 70)}` }));
  const shape = shapeOf(look({ fields, actions: fields.map(({ name }) => `${ACTION}/${name}`) }), [], null);
  expect([shape.fields.length, shape.actions.length]).toEqual([100, 50]);
  expect(changesBetween(known, shape).length).toBeLessThanOrEqual(30);
});
