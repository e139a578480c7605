// Proves what the bridge says of a study or an encounter: FHIRcast rows 41 to 43, without echo, and never of the patient before.
import { beforeEach, expect, test } from 'vitest';
import type { Subject } from '../../main/context/deeperContext.js';
import { checkContext } from '../../main/context/hub/checkContext.js';
import { parseEventName } from '../../main/context/hub/eventNames.js';
import type { ContextEntry } from '../../main/context/hub/message.js';
import { HubBridge } from '../../main/context/hubHost/hubBridge.js';
import type { Proposed, ToHub } from '../../main/context/hubHost/messages.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { Patient } from '../../preload/contract.js';
import { amara, brian } from './people.js';

const NHS = 'https://fhir.nhs.uk/Id/nhs-number';
const study: Subject = { kind: 'study', study: { studyInstanceUid: '1.2.3', accessionNumber: 'A 7' } };
const visit: Subject = { kind: 'encounter', encounter: { numbers: [{ system: 'urn:visits', value: 'v1' }] } };

let chosen: Patient | null;
let open: Subject[];
let opened: [Subject, string][];
let posted: Extract<ToHub, { type: 'publish' }>[];
let refusals: (string | null)[];
let bridge: HubBridge;
beforeEach(() => {
  chosen = amara;
  [open, opened, posted, refusals] = [[], [], [], []];
  const fail = (): never => {
    throw new LanyardError('internal', 'not in this test');
  };
  bridge = new HubBridge({
    chosen: {
      get current() {
        return { patient: chosen };
      },
      reserve: fail,
    },
    identify: fail,
    audit: { record: () => undefined },
    systems: new Map(),
    beside: {
      current: () => open,
      open: (subject, name) => {
        opened.push([subject, name]);
        open.push(subject);
      },
      close: ({ kind }) => {
        open = open.filter((one) => one.kind !== kind);
      },
    },
    post: (message) => {
      if (message.type === 'publish') posted.push(message);
      if (message.type === 'decide') refusals.push(message.refusal);
    },
    notice: () => undefined,
    report: (error) => {
      throw error;
    },
  });
});

const said = (): string[] => posted.map(({ event }) => event);
/** What the hub itself would object to. */
function check(): void {
  for (const { event, context } of posted) {
    const name = parseEventName(event);
    if (!name) throw new Error(`no event ${event}`);
    checkContext(name, context as ContextEntry[]);
  }
}
function ask(event: string, context: Proposed['context']): Promise<void> {
  const [anchor = '', kind = ''] = event.toLowerCase().split('-');
  bridge.hear({ type: 'proposed', proposal: 1, publisher: 'Reporting', kind: kind as 'open', anchor, event, context });
  return new Promise((resolve) => setImmediate(resolve));
}
const theirs = (of: Patient): Proposed['context'] => [
  {
    key: 'study',
    resource: {
      resourceType: 'ImagingStudy',
      id: 's1',
      identifier: [
        { system: 'urn:dicom:uid', value: 'urn:oid:1.2.3' },
        { type: { coding: [{ code: 'ACSN' }] }, value: 'A 7' },
      ],
    },
  },
  {
    key: 'patient',
    resource: { resourceType: 'Patient', id: 'p1', identifier: [{ system: NHS, value: of.nhsNumber }] },
  },
];

test('what is opened here is published with its patient, and closed by the same ids', () => {
  bridge.started();
  bridge.followBeside('open', study);
  bridge.followBeside('open', visit);
  bridge.followBeside('close', study);
  expect(said()).toEqual(['Patient-open', 'ImagingStudy-open', 'Encounter-open', 'ImagingStudy-close']);
  check();
  const [, openedThere, , closed] = posted;
  expect(openedThere?.context).toEqual(closed?.context);
  expect(JSON.stringify(openedThere?.context)).toContain('"value":"urn:oid:1.2.3"');
  expect(JSON.stringify(openedThere?.context)).toContain('"code":"ACSN"');
});

test('the next patient closes what was opened here for the one before, first', () => {
  bridge.started();
  bridge.followBeside('open', study);
  chosen = brian;
  bridge.follow(brian);
  expect(said()).toEqual(['Patient-open', 'ImagingStudy-open', 'ImagingStudy-close', 'Patient-open']);
  check();
  expect(JSON.stringify(posted[2]?.context)).toContain(amara.nhsNumber);
});

test('a new hub is told what is open', () => {
  open = [study];
  bridge.started();
  expect(said()).toEqual(['Patient-open', 'ImagingStudy-open']);
});

test('what another program opens is taken over and not said again; its close closes it', async () => {
  bridge.started();
  await ask('ImagingStudy-open', theirs(amara));
  expect([refusals, opened]).toEqual([[null], [[study, 'Reporting']]]);
  expect(said()).toEqual(['Patient-open']);
  await ask('ImagingStudy-close', theirs(amara));
  expect([open, said()]).toEqual([[], ['Patient-open']]);
  await ask('DiagnosticReport-open', theirs(amara));
  expect(opened).toHaveLength(2);
  chosen = brian;
  open = [];
  bridge.follow(brian);
  expect(said()).toEqual(['Patient-open', 'Patient-open']); // whoever opened it closes it
});

test('of another patient, or of nobody, nothing is opened', async () => {
  bridge.started();
  await ask('ImagingStudy-open', theirs(brian));
  chosen = null;
  await ask('ImagingStudy-open', theirs(amara));
  expect(refusals).toEqual(['It must open the patient first', 'It must open the patient first']);
  expect(opened).toEqual([]);
});
