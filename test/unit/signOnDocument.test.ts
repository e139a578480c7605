/** The examples of docs/SIGN-ON.md are configurations that Lanyard accepts, as they stand there. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parseConfiguration } from '../../main/policy/parseConfiguration.js';
import { minimal, options } from './policyExample.js';

const text = readFileSync(path.resolve(import.meta.dirname, '../../docs/SIGN-ON.md'), 'utf8');
const examples = [...text.matchAll(/```json\n([\s\S]*?)```/gu)].map(([, json = '']) => JSON.parse(json) as object);
const provider = examples.find((example) => 'signedIn' in example);
const methods = examples
  .filter((example): example is { method: string } => 'method' in example)
  .map((example): [string, { method: string }] => [example.method, example]);

test('there is an example of every method that is configured, and of a provider', () => {
  expect(methods.map(([name]) => name).sort()).toEqual(['form', 'http', 'negotiate', 'oidc', 'smart']);
  expect(provider).toBeDefined();
});

/** Where the example's system would be. */
const HOSTS: Readonly<Record<string, string>> = {
  negotiate: 'https://epr.ward.example.nhs',
  form: 'https://results.ward.example.nhs',
  smart: 'https://charts.ward.example.nhs',
};

test.each(methods)('the example of "%s" is accepted', (method, signOn) => {
  const origin = HOSTS[method] ?? 'https://letters.ward.example.nhs';
  const launch =
    method === 'smart'
      ? { kind: 'smart', url: `${origin}/launch` }
      : { kind: 'url-template', template: `${origin}/patient/{nhsNumber}` };
  const system = { id: 'example', title: 'Example', kind: 'web', url: `${origin}/`, roles: ['clinician'] };
  const configuration = {
    ...minimal(),
    systems: [{ ...system, signOn, context: { launch } }],
    ...(method === 'oidc' ? { identityProviders: [provider] } : {}),
  };
  const reading = parseConfiguration(JSON.stringify(configuration), options);
  expect(reading.ok ? [] : reading.problems).toEqual([]);
});
