// Proves that launches for a study, an encounter and an intent are configured with plain errors.
import { describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../main/policy/parseConfiguration.js';
import { minimal, options } from './policyExample.js';

const EPR = 'https://epr.ward.example.nhs';
const launch = { kind: 'url-template', template: `${EPR}/p/{nhsNumber}` };
const lookup = {
  kind: 'study-lookup',
  dicomWebRoot: `${EPR}/dicom-web`,
  viewer: `${EPR}/viewer?StudyInstanceUIDs={studyInstanceUids}`,
  authority: 'rm3',
};

function problemsOf(system: object): string[] {
  const { systems, ...rest } = minimal();
  const [first, ...others] = systems;
  const configuration = { ...rest, systems: [{ ...first, context: { launch }, ...system }, ...others] };
  const reading = parseConfiguration(JSON.stringify(configuration), options);
  return reading.ok ? [] : reading.problems.map((one) => `${one.path}: ${one.message} ${one.suggestion ?? ''}`.trim());
}
const at = (template: string) => ({ kind: 'url-template', template: `${EPR}/${template}` });

describe('accepts', () => {
  test.each<[what: string, system: object]>([
    ['a study by its UID', { context: { launch, study: at('study/{studyInstanceUid}?a={accessionNumber}') } }],
    ['an encounter', { context: { launch, encounter: at('{nhsNumber}/{encounterNumber:https://x.example/visit}') } }],
    [
      'an archive’s own launch',
      { kind: 'pacs', context: { launch: lookup, study: { kind: 'same-launch' } }, identity: { source: 'dicomweb' } },
    ],
    ['an intent without a launch', { intents: [{ intent: 'ViewRecord' }] }],
    ['an order', { intents: [{ intent: 'PlaceOrder', launch: at('order/{nhsNumber}?for={orderNumber}') }] }],
  ])('%s', (_what, system) => {
    expect(problemsOf(system)).toEqual([]);
  });
});

describe('refuses', () => {
  test.each<[what: string, system: object, problem: string]>([
    [
      'a study’s number in the patient’s launch',
      { context: { launch: at('p/{nhsNumber}?s={studyInstanceUid}') } },
      'systems[0].context.launch.template: Here nothing is known of {studyInstanceUid}. It may stand in context.study, and in the launch of an intent.',
    ],
    [
      'an encounter’s number in the study’s launch',
      { context: { launch, study: at('{studyInstanceUid}/{encounterNumber:urn:oid:1.2}') } },
      'systems[0].context.study.template: Here nothing is known of {encounterNumber}. It may stand in context.encounter, and in the launch of an intent.',
    ],
    [
      'an order for nobody',
      { intents: [{ intent: 'PlaceOrder', launch: at('order/{orderNumber}') }] },
      'systems[0].intents[0].launch.template: This is the same for every patient. Write {nhsNumber} where the number belongs.',
    ],
    [
      'one study by a launch that names none',
      { context: { launch, study: { kind: 'same-launch' } } },
      'systems[0].context.study.kind: The launch for the patient names no studies, so it cannot open one of them. Write another launch here, with {studyInstanceUid} or {accessionNumber}.',
    ],
    [
      'an address elsewhere',
      {
        intents: [
          { intent: 'ViewLetters', launch: { kind: 'url-template', template: 'https://x.example/{nhsNumber}' } },
        ],
      },
      'systems[0].intents[0].launch.template: This address is not inside the system’s origins. Add "https://x.example" to "origins".',
    ],
    [
      'an intent twice',
      { intents: [{ intent: 'ViewRecord' }, { intent: 'ViewRecord' }] },
      'systems[0].intents[1].intent: "ViewRecord" is used already by systems[0].intents[0].',
    ],
  ])('%s', (_what, system, problem) => {
    expect(problemsOf(system)).toEqual([problem]);
  });
});
