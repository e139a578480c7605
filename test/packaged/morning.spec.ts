/** The packaged program spends the same morning on the same real systems as the one that tests build. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { mergeTests } from '@playwright/test';
import { giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { findWords } from '../e2e/leftovers.js';
import { auditLines } from '../e2e/lanyard.js';
import { canaries, clinicianMorning, expectNoSessions } from '../e2e/morning.js';
import { test as ward, wardConfiguration } from '../e2e/ward.js';
import { expect, test as packaged } from './launch.js';

const test = mergeTests(packaged, ward);

test('the packaged program spends a clinician’s morning and leaves nothing', async ({
  launchVariant,
  machineFile,
  userData,
  domainController,
  realSystems,
}) => {
  test.setTimeout(300_000);
  const { files, ...configuration } = wardConfiguration(domainController, realSystems) as {
    files: Record<string, string>;
    directory: Record<string, unknown>;
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(userData, name), text, { mode: 0o600 });
  giveToOrdinaryUser(userData);
  machineFile.install({
    ...configuration,
    directory: {
      ...configuration.directory,
      caFile: path.join(userData, 'ward-ca.pem'),
      serviceAccount: {
        principal: domainController.serviceAccount.principal,
        passwordFile: path.join(userData, 'svc.secret'),
      },
    },
  });
  const { app, shell } = await launchVariant();
  const trail = path.join(userData, 'audit');
  const events = () => auditLines(trail).map(({ event }) => event);
  await clinicianMorning(shell, 'a.ward', domainController.password, events);
  await expectNoSessions(app);
  await app.close();
  const left = findWords(userData, canaries(domainController.password));
  expect(left.filter((found) => !found.startsWith('audit/') && !found.startsWith('svc.secret'))).toEqual([]);
});
