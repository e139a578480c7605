/**
 * Writes the lanyard.json of the demo hospital: also the example of a configuration for every kind of system
 * that needs nothing but the one sign-in.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DEMO_PASSWORD, demoAccounts, demoDomain, demoRoles, demoServiceAccount } from './directory/accounts.js';
import type { DemoDirectory } from './directory/demoDirectory.js';
import type { DemoHospital } from './hospital.js';
import { LOCAL_NUMBER_ISSUER, LOCAL_NUMBER_SYSTEM, RESTRICTED_LABEL } from './population.js';
import { SIGN_IN_PATH } from './web/door.js';
import { SMART_CLIENT_ID, SMART_SCOPES } from './web/smartApp.js';

/** What of a running directory the configuration names. */
export type DirectoryFacts = Pick<DemoDirectory, 'url' | 'addresses' | 'caPem'>;

/** Where the demo's pages show whose record it is. */
const banner = {
  nhsNumber: { selector: '[data-nhs-number]' },
  localNumber: { selector: '[data-local-number]', authority: 'rm3' },
  dateOfBirth: { selector: '.dob', format: 'DD-MMM-YYYY' },
  name: { selector: 'h1', format: 'FAMILY, Given' },
} as const;

/**
 * Writes lanyard.json with the files it names (the directory's CA, the service account's password) into `folder`.
 * @returns path of lanyard.json
 */
export async function writeDemoConfiguration(
  folder: string,
  hospital: DemoHospital,
  directory: DirectoryFacts,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(demoFiles(directory)))
    await writeFile(path.join(folder, name), text, { mode: 0o600 });
  const file = path.join(folder, 'lanyard.json');
  await writeFile(file, `${JSON.stringify(demoConfiguration(hospital, directory), null, 2)}\n`);
  return file;
}

/** File name → text of what lanyard.json names. */
export function demoFiles({ caPem }: DirectoryFacts): Readonly<Record<string, string>> {
  return { 'demo-ca.pem': caPem, 'svc.secret': demoServiceAccount.password };
}

/** The content of lanyard.json; file names are relative to it. */
export function demoConfiguration(hospital: DemoHospital, directory: DirectoryFacts) {
  const { epr, results, shared, pacs, growth } = hospital.systems;
  return {
    trust: { name: 'Demo Hospital NHS Trust', odsCode: 'RDEMO' },
    workstation: { mode: 'shared', location: 'Demo ward' },
    directory: {
      domain: demoDomain.domain,
      netbiosName: demoDomain.netbiosName,
      servers: [directory.url],
      addresses: directory.addresses,
      caFile: 'demo-ca.pem',
      security: 'ldaps',
      serviceAccount: { principal: demoServiceAccount.principal, passwordFile: 'svc.secret' },
    },
    roles: demoRoles,
    patients: {
      fhirBaseUrl: hospital.fhirBaseUrl,
      identifiers: [
        {
          authority: 'rm3',
          title: 'Hospital number',
          system: LOCAL_NUMBER_SYSTEM,
          dicomIssuer: LOCAL_NUMBER_ISSUER,
          pattern: 'RM\\d{7}',
        },
      ],
      restricted: {
        labels: [{ ...RESTRICTED_LABEL, title: 'Restricted record' }],
        reasons: ['I am treating this patient', 'Emergency', 'I was asked for an opinion'],
      },
    },
    systems: [
      {
        id: 'epr',
        title: 'Patient record',
        kind: 'web',
        url: `${epr}/`,
        roles: ['clinician'],
        signOn: {
          method: 'form',
          account: 'directory',
          recipe: {
            origin: epr,
            path: SIGN_IN_PATH,
            steps: [
              {
                userName: { selector: 'input[name=userName]' },
                password: { selector: 'input[name=password]' },
                submit: { selector: '.sign-in button' },
              },
            ],
            failure: { selector: '[role=alert]' },
          },
        },
        context: { launch: { kind: 'url-template', template: `${epr}/patient/local/{localNumber:rm3}` } },
        intents: [{ intent: 'ViewRecord' }],
        identity: banner,
      },
      {
        id: 'results',
        title: 'Results',
        kind: 'web',
        url: `${results}/`,
        roles: ['clinician'],
        signOn: { method: 'http', account: 'directory', schemes: ['basic'] },
        context: {
          launch: { kind: 'url-template', template: `${results}/results?mrn={localNumber:rm3}` },
          live: 'fdc3',
        },
        intents: [{ intent: 'ViewResults' }],
        identity: banner,
      },
      {
        id: 'pacs',
        title: 'Images',
        kind: 'pacs',
        url: `${pacs}/`,
        roles: ['clinician'],
        permissions: ['fullscreen'],
        context: {
          launch: {
            kind: 'study-lookup',
            dicomWebRoot: hospital.dicomWebRoot,
            viewer: `${pacs}/viewer?StudyInstanceUIDs={studyInstanceUids}`,
            authority: 'rm3',
          },
          study: { kind: 'same-launch' },
        },
        intents: [{ intent: 'ViewImages' }],
        identity: { source: 'dicomweb' },
      },
      {
        id: 'shared-care-record',
        title: 'Shared care record',
        kind: 'web',
        url: `${shared}/`,
        roles: ['clinician'],
        context: {
          launch: {
            kind: 'url-template',
            template: `${shared}/launch?patient=https://fhir.nhs.uk/Id/nhs-number|{nhsNumber}&birthdate={dateOfBirth:YYYY-MM-DD}`,
          },
        },
        intents: [{ intent: 'ViewSharedRecord' }],
        identity: inFrame('#demographics'),
      },
      {
        id: 'growth-chart',
        title: 'Growth chart',
        kind: 'web',
        url: `${growth}/`,
        roles: ['clinician'],
        signOn: {
          method: 'smart',
          clientId: SMART_CLIENT_ID,
          redirectUris: [`${growth}/chart`],
          scopes: [...SMART_SCOPES],
        },
        context: { launch: { kind: 'smart', url: `${growth}/launch` } },
        identity: banner,
      },
    ],
    demo: {
      password: DEMO_PASSWORD,
      accounts: demoAccounts
        .filter(({ userName }) => !demoServiceAccount.principal.startsWith(`${userName}@`))
        .map(({ userName, description }) => ({ userName, description })),
    },
  };
}

/** The same places, but inside an iframe of the page. @param frame CSS selector of the iframe */
function inFrame(frame: string) {
  return Object.fromEntries(Object.entries(banner).map(([field, rule]) => [field, { ...rule, frame }]));
}
