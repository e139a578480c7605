/** What Lanyard needs around it to be measured: a directory, a patient index, and systems whose pages we serve. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { folderOfOrdinaryUser, giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { createCertificateAuthority } from '../demo/certificates.js';
import { demoAccounts, demoDomain, demoRoles, demoServiceAccount } from '../demo/directory/accounts.js';
import { type DemoDirectory, startDemoDirectory } from '../demo/directory/demoDirectory.js';
import { type FhirServer, startFhirServer } from '../demo/fhir/server.js';
import { LOCAL_NUMBER_SYSTEM } from '../demo/population.js';
import { type PageServer, startPages, type Weight } from './pages.js';

/** As many systems as anything here measures. */
const MOST_SYSTEMS = 6;

export interface Ward {
  readonly pages: Readonly<Record<Weight, readonly PageServer[]>>;
  /** A new folder with lanyard.json for the first so many systems. */
  readonly configure: (systems: number, weight: Weight) => Folder;
  /** A new folder with lanyard.json for other systems, and whatever else stands beside them. */
  readonly configureFor: (systems: readonly object[], more: object) => Folder;
  close(): Promise<void>;
}

/** Of one run of a program. */
export interface Folder {
  readonly args: readonly string[];
  readonly remove: () => void;
}

export async function openWard(): Promise<Ward> {
  const authority = await createCertificateAuthority('Bench CA', new Date());
  const certificate = await authority.issue([demoDomain.controller]);
  const started: { close(): Promise<void> }[] = [];
  const kept = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
    const server = await starting;
    started.push(server);
    return server;
  };
  const close = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.close()));
  };
  try {
    const directory = await kept(startDemoDirectory({ host: '127.0.0.1', port: 0, users: demoAccounts, certificate }));
    const fhir = await kept(startFhirServer());
    const serve = (weight: Weight) =>
      Promise.all(Array.from({ length: MOST_SYSTEMS }, (_, index) => kept(startPages(index, weight))));
    const pages = { small: await serve('small'), heavy: await serve('heavy') };
    const configureFor = (systems: readonly object[], more: object): Folder => {
      const folder = newFolder();
      writeConfiguration(folder.path, directory, fhir, systems, more);
      giveToOrdinaryUser(folder.path);
      return { ...folder, args: [...folder.args, `--config=${path.join(folder.path, 'lanyard.json')}`] };
    };
    return {
      pages,
      configure: (systems, weight) => configureFor(pages[weight].slice(0, systems).map(systemOf), {}),
      configureFor,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A folder of the ordinary user with a profile in it, for the program's own files. */
export function newFolder(): Folder & { readonly path: string } {
  const folder = folderOfOrdinaryUser('lanyard-bench-');
  const profile = path.join(folder, 'user-data');
  mkdirSync(profile);
  giveToOrdinaryUser(folder);
  return {
    path: folder,
    args: [`--user-data-dir=${profile}`],
    remove: () => {
      // helpers of a program that has ended may still be writing their last lines
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

function writeConfiguration(
  folder: string,
  directory: DemoDirectory,
  fhir: FhirServer,
  systems: readonly object[],
  more: object,
): void {
  writeFileSync(path.join(folder, 'ca.pem'), directory.caPem);
  writeFileSync(path.join(folder, 'svc.secret'), demoServiceAccount.password);
  const configuration = {
    trust: { name: 'Bench Hospital NHS Trust' },
    workstation: { mode: 'shared', location: 'Ward 7' },
    directory: {
      domain: demoDomain.domain,
      netbiosName: demoDomain.netbiosName,
      servers: [directory.url],
      addresses: directory.addresses,
      caFile: 'ca.pem',
      serviceAccount: { principal: demoServiceAccount.principal, passwordFile: 'svc.secret' },
    },
    roles: demoRoles,
    patients: {
      fhirBaseUrl: fhir.fhirBaseUrl,
      identifiers: [{ authority: 'rm3', title: 'Hospital number', system: LOCAL_NUMBER_SYSTEM, pattern: 'RM\\d{7}' }],
    },
    systems,
    ...more,
  };
  writeFileSync(path.join(folder, 'lanyard.json'), JSON.stringify(configuration, null, 2));
}

/** Where our pages show whose they are. */
export const SHOWN_IDENTITY = {
  nhsNumber: { selector: '[data-nhs-number]' },
  dateOfBirth: { selector: '.dob', format: 'YYYY-MM-DD' },
  name: { selector: 'h1' },
};

function systemOf({ url, startAddress, index }: PageServer): object {
  return {
    id: `system-${index}`,
    title: `System ${index}`,
    kind: 'web',
    url: startAddress,
    roles: ['clinician'],
    context: { launch: { kind: 'url-template', template: `${url}/patient/{nhsNumber}` } },
    identity: SHOWN_IDENTITY,
  };
}
