/** The audit pages in every state worth a look. */
import type { Page } from '@playwright/test';
import { activity, alerts, badProofs, entrance, health, many, nothing, proofs, rows } from './auditPopulation.js';
import { signedIn } from './population.js';
import type { Answers, Screen } from './screen.js';

const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });
const officer: typeof signedIn = {
  ...signedIn,
  clinician: { ...signedIn.clinician, displayName: 'Test OFFICER', roles: ['privacyOfficer'] },
};
const goTo =
  (name: string) =>
  async (page: Page): Promise<void> => {
    await page.getByRole('navigation', { name: 'Audit' }).getByRole('link', { name }).click();
  };

/** @param inside what a signed-in page is answered with */
export function auditScreens(inside: (more: Answers) => Answers): readonly Screen[] {
  const screen = (
    name: string,
    shows: Screen['shows'],
    act?: (page: Page) => Promise<void>,
    answers: Answers = {},
  ): Screen => ({
    name: `audit-${name}`,
    answers: inside({
      'session.get': ok(officer),
      'workspace.get': ok({ patient: null, epoch: 0, tabs: [], outsideLink: null, learntSignIn: null }),
      'audit.open': ok(entrance),
      'audit.ask': ok(rows),
      'audit.activity': ok(activity),
      'audit.prove': ok(proofs),
      'audit.alerts': ok(alerts),
      'audit.health': ok(health),
      ...answers,
    }),
    ...(act && { act }),
    shows,
    also: ['zoomed'],
  });
  const openRow = async (page: Page): Promise<void> => {
    await page.getByRole('row').filter({ hasText: 'showed the patient' }).click();
    await page.getByRole('button', { name: 'Prove this record' }).click();
  };
  return [
    { ...screen('live', 'All 5 records proven'), also: ['zoomed', 'forced-colours'] },
    screen('record', 'Proven: it is in the signed tree', openRow),
    screen('altered', '1 of 5 records altered or missing', undefined, { 'audit.prove': ok(badProofs) }),
    screen('patient', 'Fill in the fields above', goTo('Patient')),
    screen('user', 'User name is needed', async (page) => {
      await goTo('User')(page);
      await page.getByRole('button', { name: 'Ask', exact: true }).click();
    }),
    screen('alerts', 'Only what waits', async (page) => {
      await goTo('Alerts')(page);
      await page.getByRole('checkbox', { name: 'Only what waits' }).click();
    }),
    screen('health', 'Newest checkpoint', goTo('Health')),
    screen('evidence', 'Take away as', async (page) => {
      await goTo('Evidence')(page);
      await page.getByRole('textbox', { name: 'Patient number' }).fill('999 000 0018');
      await page.getByRole('button', { name: 'Ask', exact: true }).click();
    }),
    screen('nothing', 'Nothing is on record.', undefined, { 'audit.ask': ok(nothing) }),
    screen('unreachable', 'cannot be reached', undefined, {
      'audit.ask': { ok: false, code: 'audit-server', message: 'The audit server cannot be reached. Try again.' },
    }),
    screen(
      'support',
      'Your role is not told',
      async (page) => {
        await page.getByRole('button', { name: 'Audit trail' }).click();
      },
      {
        'session.get': ok({ ...officer, clinician: { ...officer.clinician, roles: ['support'] } }),
        'audit.open': ok({ ...entrance, mayUnmask: false, mayJudge: false }),
      },
    ),
    screen('thousand', '1000 records', undefined, { 'audit.ask': ok(many) }),
  ];
}
