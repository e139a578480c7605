/** Where one system's credentials come from when there are several places. */
import { expect, test } from 'vitest';
import { Secret } from '../../main/domain/secret.js';
import { FirstOfSources } from '../../main/signon/firstOfSources.js';
import type { CredentialSource } from '../../main/signon/signOn.js';

type State = CredentialSource['state'];

function source(name: string, state: State, told: string[]): CredentialSource {
  return {
    id: 'results',
    state,
    take: async () => (state === 'usable' ? { userName: name, password: Secret.of(name) } : null),
    confirm: async () => {
      told.push(`${name} confirmed`);
    },
    untouched: async () => {
      told.push(`${name} untouched`);
    },
    refuse: async () => {
      told.push(`${name} refused`);
    },
  };
}

test.each<[string, State[], State, string | null]>([
  ['the first that is usable', ['usable', 'usable', 'usable'], 'usable', 'a'],
  ['the next where there is none', ['none', 'usable', 'usable'], 'usable', 'b'],
  [
    'nothing after a refused one: no other password is tried by itself',
    ['refused', 'usable', 'usable'],
    'refused',
    null,
  ],
  ['nothing after an unconfirmed one', ['none', 'unconfirmed', 'usable'], 'unconfirmed', null],
  ['what else there is beside a vault that cannot be opened', ['none', 'vault', 'usable'], 'usable', 'c'],
  ['that the vault cannot be opened, where there is nothing else', ['none', 'vault', 'none'], 'vault', null],
  ['nothing where nothing is', ['none', 'none', 'none'], 'none', null],
])('offers %s', async (_what, states, state, taken) => {
  const sources = states.map((one, index) => source('abc'[index] ?? '', one, []));
  const first = new FirstOfSources('results', () => sources);
  expect([first.state, (await first.take())?.userName ?? null]).toEqual([state, taken]);
});

test('gives back to the place it was taken from', async () => {
  const told: string[] = [];
  const first = new FirstOfSources('results', () => [source('stored', 'usable', told)]);
  await first.untouched();
  await first.take();
  await first.untouched();
  expect(told).toEqual(['stored untouched']);
});

test('tells the place it was taken from how it went, though another one has one meanwhile', async () => {
  const told: string[] = [];
  const sources = [source('stored', 'usable', told)];
  const first = new FirstOfSources('results', () => sources);
  await first.take();
  sources.unshift(source('entered', 'usable', told));
  await first.refuse();
  expect(told).toEqual(['stored refused']);
});
