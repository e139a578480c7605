/** A clinician's morning: sign in, three patients, every tab verified, sign out, nothing left. The package runs it too. */
import { type ElectronApplication, expect, type Page } from '@playwright/test';
import { type DemoPatient, patientByLocalNumber } from '../demo/population.js';
import type { RecordedEvent } from './lanyard.js';

/** Three people whom the record, the archive and the FHIR server all know. */
export const morningPatients: readonly DemoPatient[] = ['RM1000017', 'RM1000025', 'RM1000033'].map((number) => {
  const patient = patientByLocalNumber(number);
  if (!patient) throw new Error(`nobody has the number ${number}`);
  return patient;
});

const morningTabs = [
  { systemId: 'epr', title: 'Patient record' },
  { systemId: 'pacs', title: 'Images' },
  { systemId: 'results', title: 'Results' },
];
/** O3 and OHIF are large pages, and the machine may be busy. */
const PAGE_MS = 45_000;

export async function signIn(shell: Page, userName: string, password: string): Promise<void> {
  await shell.getByLabel('User name').fill(userName);
  await shell.getByLabel('Password').fill(password);
  await shell.getByRole('button', { name: 'Sign in' }).click();
}

/**
 * Everything but the search for leftovers, which needs to know where files lie.
 * @param events the audit trail so far: a tab has been seen when its line is there
 */
export async function clinicianMorning(
  shell: Page,
  userName: string,
  password: string,
  events: () => readonly RecordedEvent[],
): Promise<void> {
  await signIn(shell, userName, password);
  const tabs = shell.getByRole('tablist', { name: 'Systems' });
  await expect(tabs.getByRole('tab')).toHaveCount(morningTabs.length);
  for (const patient of morningPatients) {
    await choose(shell, patient);
    await expect(shell.getByRole('region', { name: 'Patient' })).toContainText(patient.localNumber);
    for (const { title } of morningTabs)
      await expect(
        tabs.getByRole('tab', { name: title }),
        `${title} for ${patient.localNumber}`,
      ).toHaveAccessibleDescription('In step', { timeout: PAGE_MS });
    for (const { title, systemId } of morningTabs) {
      await tabs.getByRole('tab', { name: title }).click();
      await expect(shell.getByRole('region', { name: 'Covered' })).toHaveCount(0);
      await expect
        .poll(() => events().some((event) => isDisplayOf(event, systemId, patient)), {
          message: `${title} displayed ${patient.localNumber}, verified`,
        })
        .toBe(true);
    }
  }
  await shell.getByRole('button', { name: 'Sign out' }).click();
  await expect(shell.getByLabel('User name')).toHaveValue('');
  await expect(shell.getByLabel('Password')).toHaveValue('');
}

/** The line of the audit trail that says which patient a system put on the screen, verified. */
function isDisplayOf(event: RecordedEvent, systemId: string, { nhsNumber, localNumber }: DemoPatient): boolean {
  const shown = JSON.stringify(event['shown'] ?? {});
  return (
    event.type === 'system.displayed' &&
    event['systemId'] === systemId &&
    event['verified'] === true &&
    [nhsNumber, localNumber].some((number) => number !== null && shown.includes(`"${number}"`))
  );
}

async function choose(shell: Page, { nhsNumber, localNumber }: DemoPatient): Promise<void> {
  const search = shell.getByRole('searchbox', { name: 'Find a patient' });
  await search.fill(nhsNumber ?? localNumber);
  await search.press('Enter');
  await shell.getByRole('listbox', { name: 'Patients' }).getByRole('option').first().click();
}

/** Only the shell's own page is left, and no session holds a cookie. */
export async function expectNoSessions(app: ElectronApplication): Promise<void> {
  await expect
    .poll(() =>
      app.evaluate(({ webContents }) =>
        webContents.getAllWebContents().map((contents) => new URL(contents.getURL()).protocol),
      ),
    )
    .toEqual(['lanyard:']);
}

/** Words that may be nowhere on the disk once everybody has signed out. */
export function canaries(password: string): string[] {
  return [
    password,
    ...morningPatients.flatMap(({ family, given }) => [`${given[0] ?? ''} ${family}`, `${family}, ${given[0] ?? ''}`]),
  ];
}
