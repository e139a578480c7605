/** The real ward: a Samba domain controller, Orthanc with OHIF, OpenMRS O3 and a FHIR server, with Lanyard's file for it. */
import { readFileSync } from 'node:fs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test as base } from './lanyard.js';
import { type RunningDomainController, startDomainController } from '../real/ad/domainController.js';
import { type RunningRealSystems, startRealSystems } from '../real/systems.js';
import { realSystemsConfiguration } from '../real/systemsConfiguration.js';
import { removeFolder } from '../../build/removeFolder.js';

/** The first start of all fetches and assembles the front ends. */
const FIRST_START_MS = 15 * 60_000;

export const test = base.extend<object, { domainController: RunningDomainController; realSystems: RunningRealSystems }>(
  {
    domainController: [
      async ({}, use) => {
        const controller = await startDomainController();
        await use(controller);
        await controller.close();
      },
      { scope: 'worker', timeout: FIRST_START_MS },
    ],
    realSystems: [
      async ({}, use) => {
        const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-ward-'));
        const systems = await startRealSystems({ folder });
        await use(systems);
        await systems.close();
        removeFolder(folder);
      },
      { scope: 'worker', timeout: FIRST_START_MS },
    ],
  },
);

/** The keys of lanyard.json that name the real directory; `files` go beside it. */
export function wardDirectory(controller: RunningDomainController): Record<string, unknown> {
  return {
    trust: { name: 'Ward Hospital NHS Trust' },
    workstation: { mode: 'shared', location: 'Ward 7' },
    directory: {
      domain: controller.domain,
      netbiosName: controller.netbiosName,
      servers: [controller.url],
      addresses: { [controller.name]: controller.address },
      caFile: 'ward-ca.pem',
      serviceAccount: { principal: controller.serviceAccount.principal, passwordFile: 'svc.secret' },
    },
    roles: {
      clinician: ['Clinicians'],
      auditor: ['Audit-Readers'],
      privacyOfficer: ['IG-Team'],
    },
    files: {
      'ward-ca.pem': readFileSync(controller.caFile, 'utf8'),
      'svc.secret': controller.serviceAccount.password,
    },
  };
}

export function wardConfiguration(
  controller: RunningDomainController,
  systems: RunningRealSystems,
): Record<string, unknown> {
  return { ...wardDirectory(controller), ...realSystemsConfiguration(systems) };
}
