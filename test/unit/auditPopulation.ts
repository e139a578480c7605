/** Some days of a ward on record: enough that every saved question has an answer, and something that is none. */
import { randomBytes } from 'node:crypto';
import { AuditRecorder } from '../../main/audit/auditRecorder.js';
import { NodeAuditFolder } from '../../main/audit/nodeAuditFolder.js';
import type { AuditedPatient, RecordableEvent } from '../../main/domain/audit.js';

export const ALICE = 'a.ward@ward.example.nhs';
export const NOAH = 'n.oakes@ward.example.nhs';
export const WARD_7 = 'Ward 7, PC 2';
const first: AuditedPatient = {
  nhsNumber: '9990000018',
  identifiers: [{ authority: 'rm3', value: 'RM1000017' }],
};
const second: AuditedPatient = {
  nhsNumber: '9990000026',
  identifiers: [{ authority: 'rm3', value: 'RM1000025' }],
};

/** A Tuesday morning, as the ward's clock has it; moments are said in minutes from here. */
const MORNING = Date.parse('2026-11-17T09:00:00.000Z');
export const minute = (number: number): string => new Date(MORNING + number * 60_000).toISOString();
/** The same day at 23:30. */
export const NIGHT = 14.5 * 60;

/** @param folder of the spool @returns session of Alice's morning */
export function writePopulation(folder: string): { readonly session: string; readonly chain: string } {
  let now = 0;
  const chains: string[] = [];
  const recorder = new AuditRecorder({
    folder: new NodeAuditFolder(folder),
    version: '0.1.0',
    node: WARD_7,
    now: () => new Date(MORNING + now * 60_000),
    monotonic: () => now * 60_000,
    auditor: null,
    randomBytes: (count) => {
      const bytes = randomBytes(count);
      chains.push(bytes.toString('hex'));
      return bytes;
    },
    every: () => () => undefined,
  });
  recorder.start();
  const at = (moment: number, ...events: readonly RecordableEvent[]): void => {
    now = moment;
    for (const event of events) recorder.record(event);
  };
  const displayed = (systemId: string, patient: AuditedPatient, name: string, epoch: number): RecordableEvent => ({
    type: 'system.displayed',
    systemId,
    shown: {
      ...(patient.nhsNumber !== null && systemId !== 'pacs' && { nhsNumber: patient.nhsNumber }),
      ...(systemId === 'pacs' && patient.identifiers[0] && { localNumber: patient.identifiers[0] }),
      dateOfBirth: '1961-04-12',
      name,
    },
    verified: true,
    epoch,
    at: new Date(MORNING + now * 60_000).toISOString(),
  });
  const covered = (systemId: string, displayedMs: number, epoch: number): RecordableEvent => ({
    type: 'system.covered',
    systemId,
    link: 'Changing',
    reason: 'patient-changed',
    epoch,
    displayedMs,
  });
  at(0, { type: 'application.started', version: '0.1.0' });
  at(1, { type: 'session.refused', user: ALICE, typedNameHash: null, reason: 'wrong-credentials' });
  at(2, { type: 'session.signedIn', user: ALICE, roles: ['clinician'], displayName: 'Alice Ward' });
  const { sessionId } = recorder;
  at(3, { type: 'patient.searched', kind: 'nhs-number', found: 1 });
  at(4, { type: 'patient.chosen', patient: first, epoch: 1, previous: null });
  now = 5;
  at(5, displayed('epr', first, 'TESTPATIENT, Ada', 1), displayed('pacs', first, 'TESTPATIENT^ADA', 1));
  at(6, {
    type: 'beside.opened',
    subject: 'encounter',
    numbers: ['E1'],
    by: 'page',
    systemId: 'epr',
    subscriberName: null,
    patient: first,
    epoch: 1,
  });
  at(7, covered('epr', 120_000, 1), covered('pacs', 120_000, 1));
  at(7, { type: 'patient.chosen', patient: second, epoch: 2, previous: first });
  now = 8;
  at(8, displayed('epr', second, 'Ms Grace WARD', 2));
  at(9, { type: 'download.refused', systemId: 'epr', origin: 'https://epr.ward.example.nhs' });
  at(
    10,
    {
      type: 'breakGlass.opened',
      reference: 'bg-1',
      patient: second,
      restrictions: ['Restricted record'],
      reason: 'I am treating this patient',
      words: 'In bed 4 since last night',
    },
    { type: 'privacy.alerted', reference: 'bg-1' },
  );
  at(20, covered('epr', 720_000, 2), { type: 'session.signedOut', user: ALICE, reason: 'user' });
  at(NIGHT, { type: 'session.signedIn', user: NOAH, roles: ['clinician'], displayName: 'OAKES, Noah (Ward 7)' });
  at(NIGHT + 1, { type: 'patient.chosen', patient: first, epoch: 3, previous: null });
  now = NIGHT + 2;
  at(NIGHT + 2, displayed('epr', first, 'TESTPATIENT, Ada', 3));
  at(NIGHT + 3, { type: 'support.unmasked', reason: 'Call 4711 of the help desk', patients: [first, second] });
  at(NIGHT + 9, { type: 'session.signedOut', user: NOAH, reason: 'idle' });
  now = NIGHT + 10;
  recorder.record({ type: 'application.stopped' });
  recorder.close();
  return { session: sessionId ?? '', chain: chains[0] ?? '' };
}
