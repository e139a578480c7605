/** A survey whose participants say what the test wants. */
import { ChangeSurvey, type Participant, type SurveyAnswer, type SurveyParts } from '../../main/context/survey.js';
import type { AuditPort } from '../../main/domain/audit.js';
import { HandClock } from './handClock.js';

export interface SurveyOfTest {
  readonly survey: ChangeSurvey;
  readonly clock: HandClock;
  /** By system id; empty: nobody takes part. */
  readonly answers: Map<string, SurveyAnswer | Promise<SurveyAnswer>>;
  mayBreakLink: boolean;
  /** Who is asked outside of the tabs. */
  programs: NonNullable<SurveyParts['programs']>;
}

export function surveyOfTest(audit: AuditPort, changed: () => void = () => undefined): SurveyOfTest {
  const answers: SurveyOfTest['answers'] = new Map();
  const clock = new HandClock();
  let ids = 0;
  const made: SurveyOfTest = {
    clock,
    answers,
    mayBreakLink: true,
    programs: () => Promise.resolve([]),
    survey: new ChangeSurvey({
      participants: () =>
        [...answers.keys()].map((systemId): Participant => ({
          systemId,
          title: systemId.toUpperCase(),
          survey: async () => answers.get(systemId) ?? 'ready',
        })),
      programs: (patient, proposal) => made.programs(patient, proposal),
      mayBreakLink: () => made.mayBreakLink,
      audit,
      clock,
      newId: () => `question ${++ids}`,
      changed,
      report: (error) => {
        throw error;
      },
    }),
  };
  return made;
}
