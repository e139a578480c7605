/**
 * The change of patient as a transaction, walked over every edge: a real PatientContext and ChangeSurvey, one system that
 * objects as it likes. What comes out is docs/CHANGE-OF-PATIENT.md (npx vitest run -u writes it anew).
 */
import { expect, test } from 'vitest';
import { type Following, PatientContext } from '../../main/context/patientContext.js';
import type { SurveyAnswer } from '../../main/context/survey.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { ChangeAnswer, Patient } from '../../preload/contract.js';
import { amara, brian } from './people.js';
import { surveyOfTest, type SurveyOfTest } from './surveyOfTest.js';
import { asTable, walk } from './walk.js';
import { nothingRestricted } from './restrictedRecords.js';

interface Commit {
  readonly patient: Patient | null;
  readonly epoch: number;
  readonly how: Following;
}

class Transaction {
  readonly commits: Commit[] = [];
  auditWorks = true;
  answer: SurveyAnswer | 'late' = 'ready';
  /** The clinician's latest answer, until the next event. */
  answered: ChangeAnswer | null = null;
  /** The latest request, by name: what stands at the end if nothing speaks against it. */
  wanted: Patient | null = null;
  readonly asked: SurveyOfTest;
  readonly context: PatientContext;
  #late: ((answer: SurveyAnswer) => void)[] = [];

  constructor() {
    const audit = {
      record: () => {
        if (!this.auditWorks) throw new LanyardError('audit-unavailable', 'The audit trail cannot be written');
      },
    };
    this.asked = surveyOfTest(audit);
    this.says('ready');
    this.context = new PatientContext(
      { get: async (id) => (id === amara.id ? amara : brian) },
      audit,
      { follow: (patient, epoch, how) => void this.commits.push({ patient, epoch, how }) },
      this.asked.survey,
      nothingRestricted(),
      (error) => {
        if (!(error instanceof LanyardError)) throw error;
      },
    );
  }

  says(answer: SurveyAnswer): void {
    this.answer = answer;
    this.asked.answers.set('epr', answer);
    for (const resolve of this.#late.splice(0)) resolve(answer);
  }
  saysNothingYet(): void {
    this.answer = 'late';
    this.asked.answers.set('epr', new Promise((resolve) => this.#late.push(resolve)));
  }
  propose(patient: Patient | null): void {
    this.wanted = patient;
    const foreseen = (error: unknown): void => {
      if (!(error instanceof LanyardError)) throw error;
    };
    void (patient ? this.context.select(patient.id) : this.context.close()).catch(foreseen);
  }
  decide(answer: ChangeAnswer): void {
    const { question } = this.asked.survey;
    if (!question) return;
    const offered = answer === 'cancel' || (answer === 'continue' ? question.mayContinue : question.mayBreakLink);
    const act = (): void => {
      this.asked.survey.answer(question.id, answer);
    };
    if (!offered || !this.auditWorks) expect(act).toThrow(LanyardError);
    else {
      act();
      this.answered = answer;
    }
  }
}

const happenings: Record<string, (transaction: Transaction) => void> = {
  'A is chosen': (transaction) => {
    transaction.propose(amara);
  },
  'B is chosen': (transaction) => {
    transaction.propose(brian);
  },
  'the patient is closed': (transaction) => {
    transaction.propose(null);
  },
  'the system has unsaved work': (transaction) => {
    transaction.says('unsaved');
  },
  'the system is busy': (transaction) => {
    transaction.says('busy');
  },
  'the system has nothing to say against it': (transaction) => {
    transaction.says('ready');
  },
  'the system takes its time': (transaction) => {
    transaction.saysNothingYet();
  },
  '0.7 s pass': ({ asked }) => {
    asked.clock.advance(700);
  },
  '"Continue"': (transaction) => {
    transaction.decide('continue');
  },
  '"Cancel"': (transaction) => {
    transaction.decide('cancel');
  },
  '"Break link"': (transaction) => {
    transaction.decide('break-link');
  },
  'a second patient is open already': ({ asked }) => {
    asked.mayBreakLink = false;
  },
  'the clinician signs out': ({ context }) => {
    context.end();
  },
  'the audit trail fails': (transaction) => {
    transaction.auditWorks = false;
  },
  'the audit trail is well': (transaction) => {
    transaction.auditWorks = true;
  },
};

const nameOf = (patient: Patient | null): string => (patient === null ? 'nobody' : patient === amara ? 'A' : 'B');

test('every edge of a change of patient is known: it is committed once, with an answer to every objection, or not at all', async () => {
  let commits = 0;
  const settled = (name: string, act: (transaction: Transaction) => void) => async (transaction: Transaction) => {
    const before = transaction.commits.length;
    const { epoch } = transaction.context.current;
    const objected = transaction.asked.survey.question !== null;
    transaction.answered = null;
    const given = (): ChangeAnswer | null => transaction.answered;
    try {
      act(transaction);
    } catch (error) {
      if (!(error instanceof LanyardError)) throw error;
    }
    for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
    const [commit, ...more] = transaction.commits.slice(before);
    expect(more, name).toEqual([]);
    if (given() === 'cancel') {
      expect(commit, name).toBeUndefined();
      expect(transaction.context.current.epoch, name).toBe(epoch);
    }
    if (!commit) return;
    commits += 1;
    expect(commit.epoch, name).toBe(epoch + 1);
    expect(commit.patient, name).toBe(transaction.wanted);
    const { discard, breakLink } = commit.how;
    expect([...discard], name).toEqual(given() === 'continue' ? ['epr'] : []);
    expect([...breakLink], name).toEqual(given() === 'break-link' ? ['epr'] : []);
    // Nobody who objected, or has not answered, is led away without the clinician's word.
    if (given() === null) expect(transaction.answer, name).toBe('ready');
    else expect(objected, name).toBe(true);
  };
  const edges = await walk<Transaction>({
    start: () => new Transaction(),
    events: Object.fromEntries(Object.entries(happenings).map(([name, act]) => [name, settled(name, act)])),
    state: ({ asked, context, auditWorks, answer }) => {
      const { question } = asked.survey;
      const asks = question && `${nameOf(question.patient)} ${question.mayContinue} ${question.mayBreakLink}`;
      return [nameOf(context.current.patient), asks, answer, auditWorks].join();
    },
    named: ({ asked, context }) => {
      const { question } = asked.survey;
      const chosen = context.current.patient === null ? 'Nobody is chosen' : 'Somebody is chosen';
      if (!question) return chosen;
      const offered = [question.mayContinue && 'Continue', question.mayBreakLink && 'Break link', 'Cancel'];
      return `${chosen} · the clinician is asked: ${offered.filter(Boolean).join(', ')}`;
    },
    check: ({ asked }, way) => {
      const { question } = asked.survey;
      const kinds = question?.objections.map(({ kind }) => kind);
      expect(question?.mayContinue ?? false, way.join(' → ')).toBe(kinds?.every((kind) => kind === 'unsaved') ?? false);
    },
  });
  expect(commits).toBeGreaterThan(1_000);
  await expect(`${introduction}\n${asTable(edges)}`).toMatchFileSnapshot('../../docs/CHANGE-OF-PATIENT.md');
}, 60_000);

const introduction = `# The states of a change of patient

Written by test/unit/changeOfPatientWalk.test.ts, which walks the real transaction over every edge: from each state
everything that can happen, and every two such things after each other. A and B are two patients, and one system
objects as it likes. Each state says whether somebody is chosen, and what the clinician is asked. "or" stands
where what happened before decides. On every one of these ways a change was committed at most once, with the next epoch
and for the patient that was asked for last; and only with nobody objecting or by the clinician's own word.
`;
