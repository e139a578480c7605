/** Whose record opens at once: the rule as a table. */
import { expect, test } from 'vitest';
import { type RestrictedRecords, restrictionsOf } from '../../main/domain/recordAccess.js';
import { FhirPatient, toPatient } from '../../main/patients/fhirPatient.js';
import type { Role } from '../../preload/contract.js';

const CONFIDENTIALITY = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';
const LOCAL = 'https://ward.example.nhs/labels';
const restricted: RestrictedRecords = {
  labels: [
    { system: CONFIDENTIALITY, code: 'R', title: 'Restricted record', openTo: [] },
    { system: CONFIDENTIALITY, code: 'V', title: 'Restricted record', openTo: [] },
    { system: LOCAL, code: 'staff', title: 'Record of a colleague', openTo: ['privacyOfficer'] },
  ],
  reasons: [],
};
const label = (system: string, code: string) => ({ system, code });

test.each<[string, { system: string; code: string }[] | undefined, readonly Role[], readonly string[]]>([
  ['no labels', undefined, ['clinician'], []],
  ['a label nobody configured', [label(CONFIDENTIALITY, 'N')], ['clinician'], []],
  ['a configured one', [label(CONFIDENTIALITY, 'R')], ['clinician'], ['Restricted record']],
  ['the same code of another system', [label(LOCAL, 'R')], ['clinician'], []],
  ['another case', [label(CONFIDENTIALITY, 'r')], ['clinician'], []],
  ['a role it is open to', [label(LOCAL, 'staff')], ['clinician', 'privacyOfficer'], []],
  ['a role it is not open to', [label(LOCAL, 'staff')], ['support'], ['Record of a colleague']],
  ['nobody’s role', [label(LOCAL, 'staff')], [], ['Record of a colleague']],
  [
    'one open, one not',
    [label(LOCAL, 'staff'), label(CONFIDENTIALITY, 'V')],
    ['privacyOfficer'],
    ['Restricted record'],
  ],
  [
    'two of one title',
    [label(CONFIDENTIALITY, 'V'), label(CONFIDENTIALITY, 'R')],
    ['clinician'],
    ['Restricted record'],
  ],
])('%s', (_what, securityLabels, roles, expected) => {
  expect(restrictionsOf(securityLabels ? { securityLabels } : {}, roles, restricted)).toEqual(expected);
});

test.each([
  [undefined, undefined],
  [[], undefined],
  [[{ display: 'restricted' }], undefined],
  [[{ system: CONFIDENTIALITY, code: 'R', display: 'restricted' }], [label(CONFIDENTIALITY, 'R')]],
  [[{ code: 'R' }], [label('', 'R')]],
])('of a FHIR record: %j', (security, expected) => {
  const resource = FhirPatient.parse({ resourceType: 'Patient', id: 'one', meta: { security } });
  expect(toPatient(resource, []).securityLabels).toEqual(expected);
});
