/** What every trail has to answer, whether it is at the audit server or on this computer. */
import { describe, expect, test } from 'vitest';
import type { AuditStore } from '../../main/audit/store/auditStore.js';
import type { AuditAnswer, AuditFilter, AuditRow, QuestionId } from '../../preload/auditContract.js';
import { ALICE, minute, NIGHT, NOAH, WARD_7 } from './auditPopulation.js';

const REASON = 'Complaint 42 of the patient';
const PATIENT = '9990000018';

export interface StoreOfTest {
  readonly store: () => AuditStore;
  /** Of Alice's morning. */
  readonly session: () => string;
  readonly chain: () => string;
}

export function auditStoreContract(name: string, { store, session, chain }: StoreOfTest): void {
  const ask = (question: QuestionId, filter: AuditFilter, reason: string | null = REASON): Promise<AuditAnswer> =>
    store().ask({ question, filter, cursor: null, reason });
  const rows = async (question: QuestionId, filter: AuditFilter, reason?: string | null): Promise<AuditRow[]> => {
    const answer = await ask(question, filter, reason);
    if (answer.kind !== 'records') throw new Error(`${question} answered with ${answer.kind}`);
    return answer.rows.filter((row) => row.chain === chain());
  };
  const told = async (question: QuestionId, filter: AuditFilter): Promise<string[]> =>
    (await rows(question, filter)).map(({ user, type, at }) => `${at} ${user ?? '-'} ${type}`);
  const group = async (question: QuestionId, filter: AuditFilter) => {
    const answer = await ask(question, filter);
    if (answer.kind !== 'groups') throw new Error(`${question} answered with ${answer.kind}`);
    return answer.groups.map(({ key, records, patients }) => [key, records, patients]);
  };

  describe(`${name} answers`, () => {
    test('who looked at a patient, under whichever number a page showed, and also as one of many', async () => {
      const expected = [
        `${minute(NIGHT + 3)} ${NOAH} support.unmasked`,
        `${minute(NIGHT + 2)} ${NOAH} system.displayed`,
        `${minute(NIGHT + 1)} ${NOAH} patient.chosen`,
        `${minute(6)} ${ALICE} beside.opened`,
        `${minute(5)} ${ALICE} system.displayed`,
        `${minute(5)} ${ALICE} system.displayed`,
        `${minute(4)} ${ALICE} patient.chosen`,
      ];
      expect(await told('who-looked', { patient: PATIENT })).toEqual(expected);
      expect(await told('who-looked', { patient: 'rm3|RM1000017' })).toEqual(expected);
      expect(await told('who-looked', { patient: '9990000026' })).toContain(
        `${minute(NIGHT + 3)} ${NOAH} support.unmasked`,
      );
      expect(await told('who-looked', { patient: '9990000034' })).toEqual([]);
    });
    test('who looked between two moments: from the first on, before the second', async () => {
      expect(await told('who-looked', { patient: PATIENT, from: minute(5), to: minute(6) })).toHaveLength(2);
    });
    test('who looked, person by person', async () => {
      expect(await group('who-looked-people', { patient: PATIENT, to: minute(NIGHT + 60) })).toEqual([
        [NOAH, 3, 1],
        [ALICE, 4, expect.any(Number)],
      ]);
    });
    test('what somebody did', async () => {
      const done = await told('what-did-they-do', { user: ALICE });
      expect(done[0]).toBe(`${minute(20)} ${ALICE} session.signedOut`);
      expect(done).toHaveLength(16);
      expect(await told('what-did-they-do', { user: 'nobody@ward.example.nhs' })).toEqual([]);
    });
    test('from where', async () => {
      expect(await group('from-where', { user: ALICE })).toEqual([[WARD_7, 16, expect.any(Number)]]);
    });
    test('which system showed what, from when to when', async () => {
      const answer = await ask('what-was-shown', { user: ALICE });
      if (answer.kind !== 'shown') throw new Error(answer.kind);
      expect(answer.spans.map(({ system, from, to, patient }) => [system, from, to, patient])).toEqual([
        ['epr', minute(8), minute(20), '9990000026'],
        ['pacs', minute(5), minute(7), 'rm3|RM1000017'],
        ['epr', minute(5), minute(7), PATIENT],
      ]);
    });
    test('whether somebody opened their own record', async () => {
      expect(await told('own-record', { user: ALICE, patient: '9990000026' })).toHaveLength(3);
      expect(await told('own-record', { user: NOAH, patient: '9990000034' })).toEqual([]);
    });
    test('whether somebody opened records of their own family name', async () => {
      expect(await told('same-name', { user: ALICE })).toEqual([`${minute(8)} ${ALICE} system.displayed`]);
      expect(await told('same-name', { user: NOAH })).toEqual([]);
      expect(await told('same-name', { user: 'nobody@ward.example.nhs' })).toEqual([]);
    });
    test('who came to restricted records, and why', async () => {
      const [opened, ...others] = await rows('break-glass', {});
      expect(others).toEqual([]);
      expect(opened?.sentence).toBe('Broke the glass (Restricted record): I am treating this patient');
      expect(opened?.details).toContainEqual(['words', 'In bed 4 since last night']);
      expect(await rows('flagged', { patient: '9990000026' })).toHaveLength(1);
    });
    test('which patients were opened without any encounter', async () => {
      expect(await told('no-encounter', {})).toEqual([
        `${minute(NIGHT + 1)} ${NOAH} patient.chosen`,
        `${minute(7)} ${ALICE} patient.chosen`,
      ]);
    });
    test('what was looked at outside working hours', async () => {
      expect(await told('unusual-hours', {})).toEqual([
        `${minute(NIGHT + 2)} ${NOAH} system.displayed`,
        `${minute(NIGHT + 1)} ${NOAH} patient.chosen`,
      ]);
    });
    test('who opened most patients', async () => {
      expect(await group('unusual-volume', {})).toEqual([
        [ALICE, 2, 2],
        [NOAH, 1, 1],
      ]);
    });
    test('who was signed in at a workstation at a moment', async () => {
      const who = async (at: string) => {
        const answer = await ask('signed-in-at', { node: WARD_7, at });
        if (answer.kind !== 'sessions') throw new Error(answer.kind);
        return answer.sessions.map(({ user, from, to, reason }) => [user, from, to, reason]);
      };
      expect(await who(minute(10))).toEqual([[ALICE, minute(2), minute(20), 'user']]);
      expect(await who(minute(60))).toEqual([]);
      expect(await who(minute(NIGHT + 5))).toEqual([[NOAH, minute(NIGHT), minute(NIGHT + 9), 'idle']]);
    });
    test('which sign-ins failed', async () => {
      expect(await told('sign-in-failures', { user: ALICE })).toEqual([`${minute(1)} ${ALICE} session.refused`]);
    });
    test('whether every tab was in step at a moment: all that a session can be played again from', async () => {
      const played = await told('in-step-at', { session: session(), at: minute(6) });
      expect(played).toEqual([
        `${minute(5)} ${ALICE} system.displayed`,
        `${minute(5)} ${ALICE} system.displayed`,
        `${minute(4)} ${ALICE} patient.chosen`,
        `${minute(2)} ${ALICE} session.signedIn`,
      ]);
    });
    test('what was taken away, or tried to be', async () => {
      expect(await told('taken-away', {})).toEqual([`${minute(9)} ${ALICE} download.refused`]);
    });
    test('what happened in a session', async () => {
      expect(await told('session', { session: session() })).toHaveLength(15);
      expect(await told('session', { session: "x'; DROP TABLE audit.event; --" })).toEqual([]);
    });
    test('only what failed', async () => {
      expect(await told('live', { failures: true, to: minute(60) })).toEqual([
        `${minute(9)} ${ALICE} download.refused`,
        `${minute(1)} ${ALICE} session.refused`,
      ]);
    });
  });

  describe(`${name} keeps to itself`, () => {
    test('who a patient is, until somebody says why', async () => {
      const masked = JSON.stringify([
        await rows('live', { user: ALICE }, null),
        await rows('live', { user: NOAH }, null),
      ]);
      for (const secret of [
        PATIENT,
        '9990000026',
        'RM1000017',
        'TESTPATIENT',
        'Grace',
        '1961-04-12',
        'In bed 4',
        'Call 4711',
      ])
        expect(masked).not.toContain(secret);
      expect(masked).toContain('••• 018');
      expect(JSON.stringify(await rows('live', { user: ALICE }))).toContain(PATIENT);
      const [alert] = await store().alerts(null);
      expect([alert?.patient, alert?.words]).toEqual(['••• 026', '']);
    });
  });

  describe(`${name} also`, () => {
    test('says how much happened when', async () => {
      const { stretch, stretches } = await store().activity('live', { from: minute(0), to: minute(60) });
      expect([stretch, stretches.length]).toEqual([60_000, 60]);
      expect(stretches[5]).toEqual({ from: minute(5), records: 2, failures: 0 });
      expect(stretches[9]?.failures).toBe(1);
      expect(stretches[30]?.records).toBe(0);
    });
    test('tells accesses by break-glass', async () => {
      expect(await store().alerts(REASON)).toEqual([
        {
          reference: 'bg-1',
          at: minute(10),
          user: ALICE,
          node: WARD_7,
          patient: '9990000026',
          restrictions: ['Restricted record'],
          reason: 'I am treating this patient',
          words: 'In bed 4 since last night',
          answer: null,
        },
      ]);
    });
    test('gives the records as evidence, oldest first, whole', async () => {
      const { records } = await store().evidence('what-did-they-do', { user: ALICE }, REASON);
      const lines: string[] = [];
      for await (const { line, chain: of } of records) if (of === chain()) lines.push(line);
      expect(lines).toHaveLength(16);
      expect(lines[0]).toContain('session.refused');
    });
    test('proves what is there, and says what is not', async () => {
      const proofs = await store().prove([
        { chain: chain(), sequence: 5 },
        { chain: chain(), sequence: 5000 },
      ]);
      expect(proofs.map(({ verdict }) => verdict)).toEqual([expect.stringMatching(/^(proven|whole)$/), 'missing']);
    });
    test('finds nothing to complain of in a whole trail', async () => {
      const { chains } = await store().health();
      const mine = chains.find((one) => one.chain === chain());
      expect(mine).toMatchObject({ node: WARD_7, isClosed: true, troubles: [] });
    });
  });
}
