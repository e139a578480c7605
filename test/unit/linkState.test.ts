import { describe, expect, test } from 'vitest';
import { judgeTab, type TabFacts } from '../../main/domain/linkState.js';

const matched: TabFacts = {
  title: 'Patient record',
  patientChosen: true,
  phase: 'loaded',
  slow: false,
  canBeReadBack: true,
  verdict: { kind: 'match', items: ['nhsNumber', 'dateOfBirth'] },
  wasRead: true,
  restless: false,
  showsSomebody: true,
  asksToSignIn: false,
  signInPageWanted: false,
  unsavedWork: false,
  unlinked: false,
  overdue: false,
  failure: null,
  asleep: false,
  auditHealthy: true,
  signOn: null,
  mayTeach: false,
  learning: false,
};

describe('a tab', () => {
  test.each<[string, Partial<TabFacts>, string, string | null]>([
    ['shows a page that matches', {}, 'In step', null],
    ['covers a page that matched before the launch was answered', { phase: 'launching' }, 'Changing', 'loading'],
    ['says when a launch is slow', { phase: 'launching', slow: true }, 'Changing', 'slow'],
    ['waits for a page that shows nothing yet', { verdict: { kind: 'none' } }, 'Changing', 'loading'],
    ['waits for a page not read yet', { verdict: null }, 'Changing', 'loading'],
    ['is never green on silence', { verdict: { kind: 'none' }, overdue: true }, 'Not checked', 'silent'],
    [
      'is never green on a number alone',
      { verdict: { kind: 'incomplete', missing: 'corroboration' }, overdue: true },
      'Not checked',
      'silent',
    ],
    [
      'waits while the page still shows the patient before',
      { verdict: { kind: 'different', item: 'nhsNumber' } },
      'Changing',
      'loading',
    ],
    [
      'covers another patient',
      { verdict: { kind: 'different', item: 'nhsNumber' }, overdue: true },
      'Different patient',
      'different-patient',
    ],
    [
      'covers a page kept for unsaved work',
      { verdict: { kind: 'different', item: 'name' }, unsavedWork: true },
      'Different patient',
      'different-patient',
    ],
    [
      'covers a sign-in page',
      { verdict: { kind: 'none' }, asksToSignIn: true, showsSomebody: false },
      'Signed out',
      'signed-out',
    ],
    [
      'shows a sign-in page that was asked for',
      { verdict: { kind: 'none' }, asksToSignIn: true, signInPageWanted: true, showsSomebody: false },
      'Signed out',
      null,
    ],
    ['shows a matching page that asks for a password', { asksToSignIn: true }, 'In step', null],
    [
      'covers another patient although the sign-in page was asked for',
      { verdict: { kind: 'different', item: 'name' }, overdue: true, asksToSignIn: true, signInPageWanted: true },
      'Different patient',
      'different-patient',
    ],
    ['covers a page that crashed after a match', { failure: { kind: 'crashed' } }, 'Not checked', 'crashed'],
    ['covers a page that hangs after a match', { failure: { kind: 'hung' } }, 'Not checked', 'hung'],
    ['covers a page that failed', { failure: { kind: 'failed', explanation: 'x' } }, 'Not checked', 'failed'],
    ['says no access', { failure: { kind: 'no-access' } }, 'No access', 'no-access'],
    [
      'says that the system has nothing of this patient',
      { failure: { kind: 'no-record', explanation: 'x' } },
      'Not checked',
      'no-record',
    ],
    [
      'covers everything of a patient when nothing can be recorded',
      { auditHealthy: false },
      'Not checked',
      'audit-unavailable',
    ],
    ['shows a page that cannot be read back, honestly', { canBeReadBack: false, verdict: null }, 'Not checked', null],
    [
      'shows a start page while no patient is chosen',
      { patientChosen: false, verdict: null, showsSomebody: false },
      'Not checked',
      null,
    ],
    [
      'covers a page that is not read yet while no patient is chosen',
      { patientChosen: false, wasRead: false, showsSomebody: false },
      'Changing',
      'loading',
    ],
    [
      'covers unsaved work while no patient is chosen',
      { patientChosen: false, unsavedWork: true, showsSomebody: false, canBeReadBack: false },
      'Different patient',
      'different-patient',
    ],
    ['waits for a page that turned to others again and again', { restless: true }, 'Changing', 'loading'],
    [
      'covers a page that shows somebody while no patient is chosen',
      { patientChosen: false, showsSomebody: true },
      'Different patient',
      'different-patient',
    ],
  ])('%s', (_what, facts, link, cover) => {
    const judgement = judgeTab({ ...matched, ...facts });
    expect([judgement.link, judgement.cover?.kind ?? null]).toEqual([link, cover]);
  });

  test('says in words why an unreadable page shows although nothing was checked', () => {
    expect(judgeTab({ ...matched, canBeReadBack: false, verdict: null }).notice).toContain('Check the name and number');
  });

  test('is in step only on a match, whatever else is known', () => {
    const booleans = [true, false];
    const verdicts: TabFacts['verdict'][] = [
      null,
      { kind: 'none' },
      { kind: 'incomplete', missing: 'number' },
      { kind: 'different', item: 'name' },
    ];
    for (const verdict of verdicts)
      for (const overdue of booleans)
        for (const canBeReadBack of booleans)
          for (const patientChosen of booleans)
            for (const asksToSignIn of booleans)
              for (const signInPageWanted of booleans) {
                const facts = {
                  ...matched,
                  verdict,
                  overdue,
                  canBeReadBack,
                  patientChosen,
                  asksToSignIn,
                  signInPageWanted,
                };
                expect(judgeTab(facts).link).not.toBe('In step');
              }
  });
});

test('a page that shows a number the patient had before says so', () => {
  const verdict = { kind: 'match', items: ['localNumber', 'dateOfBirth'], showsFormerNumber: true } as const;
  expect(judgeTab({ ...matched, verdict })).toEqual({
    link: 'In step',
    cover: null,
    notice: 'Patient record shows a number that this patient had before.',
  });
});

test('a tab that sleeps claims nothing, whatever its page showed last', () => {
  for (const patientChosen of [true, false])
    expect(judgeTab({ ...matched, patientChosen, asleep: true })).toMatchObject({
      link: 'Not checked',
      cover: { kind: 'loading', title: 'Patient record is asleep' },
    });
  expect(judgeTab({ ...matched, unlinked: true, asleep: true }).link).toBe('Unlinked');
});
