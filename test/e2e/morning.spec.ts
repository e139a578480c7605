/** The clinician's morning on real systems, and every refusal of a real Active Directory, through the real window. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { restoreDomainController } from '../real/ad/domainController.js';
import { configurationFor, expect, labSystem } from './lanyard.js';
import { filesBelow, findWords } from './leftovers.js';
import { canaries, clinicianMorning, expectNoSessions, morningPatients, signIn } from './morning.js';
import { test, wardConfiguration, wardDirectory } from './ward.js';

test('a clinician signs in once, sees three patients verified in three real systems, and leaves nothing', async ({
  launch,
  domainController,
  realSystems,
}) => {
  test.setTimeout(300_000);
  const { password } = domainController;
  const lanyard = await launch(wardConfiguration(domainController, realSystems));
  await clinicianMorning(lanyard.shell, 'a.ward', password, () => lanyard.audit());
  await expectNoSessions(lanyard.app);

  const events = lanyard.audit();
  const chosen = events.filter(({ type }) => type === 'patient.chosen');
  expect(chosen.map(({ patient }) => (patient as { nhsNumber: string }).nhsNumber)).toEqual(
    morningPatients.map(({ nhsNumber }) => nhsNumber),
  );
  expect(events.at(-1)?.type).toBe('session.signedOut');

  await lanyard.close();
  const trail = filesBelow(lanyard.userData).filter((file) => file.startsWith('audit'));
  expect(trail.length).toBeGreaterThan(0);
  for (const file of trail) expect(readFileSync(path.join(lanyard.userData, file), 'utf8')).not.toContain(password);
  expect(findWords(lanyard.userData, canaries(password)).filter((found) => !found.startsWith('audit/'))).toEqual([]);
});

test('every refusal of a real Active Directory is said in plain words, and lets nobody in', async ({
  launch,
  surroundings,
  domainController,
}) => {
  test.setTimeout(120_000);
  await restoreDomainController();
  const { password } = domainController;
  const configuration = {
    ...configurationFor(surroundings, [labSystem(surroundings.lab, 'honest')]),
    ...wardDirectory(domainController),
  };
  const lanyard = await launch(configuration);
  const { shell } = lanyard;
  const audit = () => lanyard.audit();
  const refusals: [userName: string, password: string, says: RegExp, reason: string][] = [
    ['a.ward', 'not the password', /wrong/i, 'wrong-credentials'],
    ['nobody.here', password, /wrong/i, 'wrong-credentials'],
    ['disabled', password, /switched off/i, 'account-disabled'],
    ['expired.acct', password, /end date|expired/i, 'account-expired'],
    ['no.hours', password, /time|hour/i, 'outside-hours'],
    ['wks.only', password, /computer|workstation/i, 'wrong-workstation'],
    ['prot.user', password, /restrict|cannot/i, 'account-restriction'],
    ['n.oakes', password, /role|group/i, 'no-role'],
  ];
  for (const [userName, typed, says, reason] of refusals) {
    await signIn(shell, userName, typed);
    await expect(shell.getByRole('alert').filter({ hasText: says }), userName).toBeVisible();
    await expect(shell.getByLabel('Password')).toHaveValue('');
    expect(audit().at(-1)).toMatchObject({ type: 'session.refused', reason });
  }
  for (let wrong = 0; wrong < 3; wrong += 1) {
    await signIn(shell, 'locked.out', 'not the password');
    await expect
      .poll(() => audit().filter(({ type }) => type === 'session.refused').length)
      .toBe(refusals.length + wrong + 1);
  }
  await signIn(shell, 'locked.out', password);
  await expect(shell.getByRole('alert').filter({ hasText: /locked/i })).toBeVisible();
  await expect(shell.getByRole('tablist', { name: 'Systems' })).toHaveCount(0);
  // A typed name that nobody has may be a password: only its keyed hash is kept.
  expect(JSON.stringify(audit())).not.toContain('nobody.here');
  await restoreDomainController();
});
