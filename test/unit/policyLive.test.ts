// Proves that a live channel is configured only where Lanyard could tell whether its page has followed.
import { expect, test } from 'vitest';
import { parseConfiguration } from '../../main/policy/parseConfiguration.js';
import { minimal, options } from './policyExample.js';

const EPR = 'https://epr.ward.example.nhs';
const byAddress = { kind: 'url-template', template: `${EPR}/patient/{nhsNumber}` };

function problemsOf(context: object, system: object = {}, more: object = {}): string[] {
  const { systems, ...rest } = minimal();
  const [first, ...others] = systems;
  const configuration = { ...rest, ...more, systems: [{ ...first, context, ...system }, ...others] };
  const reading = parseConfiguration(JSON.stringify(configuration), options);
  return reading.ok ? [] : reading.problems.map((one) => `${one.path}: ${one.message} ${one.suggestion ?? ''}`);
}

test('a page that is read back may follow, launched by whatever names the patient, or by nothing', () => {
  expect(problemsOf({ launch: byAddress, live: 'fdc3' })).toEqual([]);
  expect(problemsOf({ launch: { kind: 'none' }, live: 'fdc3' })).toEqual([]);
});

test('a page that cannot be read back would never be known to have followed', () => {
  expect(problemsOf({ launch: byAddress, live: 'fdc3' }, { identity: undefined })).toEqual([
    'systems[0].context.live: Nobody could tell whether this page has followed: it is not said where it shows its patient. Add "identity", or write "live": "none".',
  ]);
});

test('a viewer that is checked by its studies, a SMART application and a desktop program do not follow', () => {
  const archive = { kind: 'study-lookup', dicomWebRoot: `${EPR}/dicom-web`, authority: 'rm3' };
  const lookUp = { ...archive, viewer: `${EPR}/viewer?StudyInstanceUIDs={studyInstanceUids}` };
  expect(
    problemsOf({ launch: lookUp, live: 'fdc3' }, { kind: 'pacs', identity: { source: 'dicomweb' } }),
  ).toContainEqual(expect.stringMatching(/^systems\[0\]\.context\.live: A viewer that is checked by the studies/u));
  const smart = {
    method: 'smart',
    clientId: 'chart',
    redirectUris: [`${EPR}/callback`],
    scopes: ['launch', 'patient/Observation.rs'],
  };
  expect(problemsOf({ launch: { kind: 'smart', url: `${EPR}/launch` }, live: 'fdc3' }, { signOn: smart })).toEqual([
    expect.stringMatching(/^systems\[0\]\.context\.live: A SMART application is launched anew/u),
  ]);
  expect(
    problemsOf(
      { launch: { kind: 'custom-protocol', template: 'systmone://open?nhs={nhsNumber}' }, live: 'fdc3' },
      { identity: undefined },
      { workstation: { mode: 'shared', programSchemes: ['systmone'] } },
    ),
  ).toEqual([expect.stringMatching(/^systems\[0\]\.context\.live: A desktop program has no page/u)]);
});

const advisor = {
  method: 'smart',
  clientId: 'advisor',
  redirectUris: [`${EPR}/callback`],
  scopes: ['launch', 'patient/Observation.rs', 'messaging/ui'],
};
const bySmart = { kind: 'smart', url: `${EPR}/launch` };

test('SMART Web Messaging comes with a SMART launch and its scopes, and the scopes with it', () => {
  expect(problemsOf({ launch: bySmart, live: 'smart-web-messaging' }, { signOn: advisor })).toEqual([]);
  expect(problemsOf({ launch: byAddress, live: 'smart-web-messaging' })).toEqual([
    expect.stringMatching(/^systems\[0\]\.context\.live: The handle that SMART Web Messaging needs/u),
  ]);
  const mute = { ...advisor, scopes: ['launch', 'patient/Observation.rs'] };
  expect(problemsOf({ launch: bySmart, live: 'smart-web-messaging' }, { signOn: mute })).toEqual([
    expect.stringMatching(/^systems\[0\]\.context\.live: .* Add "messaging\/ui" to signOn\.scopes\.$/u),
  ]);
  expect(problemsOf({ launch: bySmart }, { signOn: advisor })).toEqual([
    'systems[0].signOn.scopes[2]: Nobody would hear what this application says by it. Add "live": "smart-web-messaging" to "context".',
  ]);
});

const hubFields = { nhs: '{nhsNumber}', hub: '{hubUrl}', topic: '{hubTopic}', token: '{hubToken}' };
const byForm = { kind: 'form-post', url: `${EPR}/open`, fields: hubFields };

test('a page that subscribes to the context hub is let in by what it is launched with', () => {
  const hub = { contextHub: {} };
  expect(problemsOf({ launch: byForm, live: 'fhircast' }, {}, hub)).toEqual([]);
  expect(problemsOf({ launch: byForm, live: 'fhircast' })).toEqual([
    'systems[0].context.live: No context hub is configured that this page could subscribe to. Add "contextHub": {}.',
  ]);
  const joined = { contextHub: { join: { url: 'https://hub.ward.example.nhs/', file: 'hub.json' } } };
  expect(problemsOf({ launch: byForm, live: 'fhircast' }, {}, joined)).toContainEqual(
    expect.stringMatching(/^systems\[0\]\.context\.live: With contextHub\.join Lanyard runs no hub/u),
  );
  expect(problemsOf({ launch: byAddress, live: 'fhircast' }, {}, hub)).toEqual([
    expect.stringMatching(
      /^systems\[0\]\.context\.live: The page is not told how .*\{hubUrl\}, \{hubTopic\}, \{hubToken\}/u,
    ),
  ]);
  expect(problemsOf({ launch: byForm, live: 'fhircast' }, { identity: undefined }, hub)).toEqual([
    expect.stringMatching(/^systems\[0\]\.context\.live: Nobody could tell/u),
  ]);
});

test('how the hub is reached stands in no address, and is told to no other page', () => {
  const hub = { contextHub: {} };
  const template = `${EPR}/patient/{nhsNumber}?hub={hubUrl}&topic={hubTopic}&token={hubToken}`;
  const problems = problemsOf({ launch: { kind: 'url-template', template }, live: 'fhircast' }, {}, hub);
  expect(problems).toHaveLength(3);
  expect(problems).toContainEqual(
    expect.stringContaining('{hubToken} is as good as a ticket, and would be readable here.'),
  );
  expect(problemsOf({ launch: byForm }, {}, hub)).toContainEqual(
    'systems[0].context.launch.fields.token: Only a subscriber of the context hub knows {hubToken}. Add "live": "fhircast".',
  );
});

test('a channel that there is not is named with the nearest one', () => {
  expect(problemsOf({ launch: byAddress, live: 'fcd3' })).toEqual([expect.stringContaining('"fdc3"')]);
});
