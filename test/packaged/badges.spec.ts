/** The packaged program reads a badge: its own process, with the library that lies beside the archive. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { mergeTests } from '@playwright/test';
import { giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { labSystem, test as surrounded } from '../e2e/lanyard.js';
import { VirtualReader } from '../real/badge/virtualReader.js';
import { expect, test as packaged } from './launch.js';
import { machineConfiguration } from './machineConfiguration.js';

const test = mergeTests(packaged, surrounded);

test('the packaged program reads a badge at a real smart card service', async ({
  launchVariant,
  machineFile,
  userData,
  surroundings,
}) => {
  const [folder, keyFile] = [path.join(userData, 'badges'), path.join(userData, 'badge.key')];
  mkdirSync(folder);
  writeFileSync(keyFile, randomBytes(32));
  machineFile.install(
    machineConfiguration(surroundings, userData, [labSystem(surroundings.lab, 'honest')], {
      badges: { readers: 'smart-card-service', folder, keyFile },
    }),
  );
  giveToOrdinaryUser(userData);
  const reader = new VirtualReader();
  try {
    await reader.startService();
    const { shell } = await launchVariant([], { PCSCLITE_CSOCK_NAME: reader.socket });
    await expect(shell.getByText('A badge fills in your user name: tap it.')).toBeVisible();
    await reader.lay('04a1b2c3d4e5f6');
    await expect(shell.getByText(/Nobody uses this badge yet/)).toBeVisible();
  } finally {
    await reader.close();
  }
});
