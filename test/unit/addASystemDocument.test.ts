/** The examples of docs/ADD-A-SYSTEM.md are configurations that Lanyard accepts, as they stand there, one for each kind. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { LaunchSchema } from '../../main/policy/launchSchema.js';
import { parseConfiguration } from '../../main/policy/parseConfiguration.js';
import { minimal, options } from './policyExample.js';

const text = readFileSync(path.resolve(import.meta.dirname, '../../docs/ADD-A-SYSTEM.md'), 'utf8');
const launches = [...text.matchAll(/```json\n([\s\S]*?)```/gu)].map(([, json = '']): [string, { kind: string }] => {
  const launch = JSON.parse(json) as { kind: string };
  return [launch.kind, launch];
});

test('there is one example of every kind of launch', () => {
  const kinds = LaunchSchema.options.flatMap(({ shape }) => [...shape.kind.values]);
  expect(launches.map(([kind]) => kind).sort()).toEqual(kinds.sort());
});

const smartSignOn = {
  method: 'smart',
  clientId: 'chart',
  redirectUris: ['https://epr.ward.example.nhs/callback'],
  scopes: ['launch', 'patient/Observation.rs'],
};

test.each(launches)('the example of "%s" is accepted', (kind, launch) => {
  const configuration = {
    ...minimal(),
    workstation: { mode: 'shared', location: 'Ward 7', programSchemes: ['systmone'] },
    systems: [
      {
        id: 'example',
        title: 'Example',
        kind: kind === 'study-lookup' ? 'pacs' : 'web',
        url: 'https://epr.ward.example.nhs/',
        roles: ['clinician'],
        context: { launch },
        ...(kind === 'smart' && { signOn: smartSignOn }),
      },
    ],
  };
  const reading = parseConfiguration(JSON.stringify(configuration), options);
  expect(reading.ok ? [] : reading.problems).toEqual([]);
});
