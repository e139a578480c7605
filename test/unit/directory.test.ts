import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCertificateAuthority } from '../demo/certificates.js';
import { DEMO_PASSWORD, demoAccounts, demoDomain, demoRoles, demoServiceAccount } from '../demo/directory/accounts.js';
import { type DemoDirectory, startDemoDirectory } from '../demo/directory/demoDirectory.js';
import { type ContractDomain, directoryContract, directoryFor, disposeDirectories } from './directoryContract.js';

const extraAccounts = ['lock.once', 'lock.twice', 'paren(user)'].map((userName) => ({
  userName,
  displayName: `Test ${userName}`,
  description: 'only in this test',
  groups: [],
}));

let demo: DemoDirectory;
let contractDomain: ContractDomain;

beforeAll(async () => {
  const authority = await createCertificateAuthority('Test CA', new Date());
  demo = await startDemoDirectory({
    host: '127.0.0.1',
    port: 0,
    users: [...demoAccounts, ...extraAccounts],
    certificate: await authority.issue([demoDomain.controller]),
  });
  contractDomain = {
    settings: {
      domain: demoDomain.domain,
      netbiosName: demoDomain.netbiosName,
      servers: [demo.url],
      addresses: demo.addresses,
      security: 'ldaps',
      caPem: demo.caPem,
      serviceAccount: demoServiceAccount,
      roles: demoRoles,
    },
    password: DEMO_PASSWORD,
    lockoutThreshold: 5,
    groupDn: 'CN=IG-Team,OU=Groups,DC=demo,DC=hospital,DC=example',
    accounts: {
      clinician: { userName: 'amara.test', displayName: 'Dr Amara Testclinician' },
      nested: 'remy.test',
      privacyOfficer: 'priya.test',
      noGroup: 'nora.test',
      mistyped: ['sol.test', 'audrey.test'],
      oddName: 'paren(user)',
      lockable: ['lock.once', 'lock.twice'],
      smartcard: 'smartcard.test',
      neverExpires: 'svc.lanyard',
      refused: {
        'locked.test': 'locked-out',
        'disabled.test': 'account-disabled',
        'account-expired.test': 'account-expired',
        'password-expired.test': 'password-expired',
        'must-change.test': 'must-change-password',
        'outside-hours.test': 'outside-hours',
        'wrong-workstation.test': 'wrong-workstation',
        'restricted.test': 'account-restriction',
      },
    },
  };
});

afterAll(async () => {
  await demo.close();
});

directoryContract('The demo directory', () => contractDomain);

test('refuses an empty password, an empty name and a NUL before any connection is made', async () => {
  const { signIn } = directoryFor(contractDomain.settings);
  const before = demo.connections;
  expect(await signIn('amara.test', '')).toMatchObject({ outcome: 'refused', reason: 'password-missing' });
  expect(await signIn('  ', DEMO_PASSWORD)).toMatchObject({ outcome: 'refused', reason: 'user-name-missing' });
  expect(await signIn('amara.test', '\0')).toMatchObject({ outcome: 'refused', reason: 'wrong-credentials' });
  expect(demo.connections).toBe(before);
  expect(await signIn('amara.test', DEMO_PASSWORD)).toMatchObject({ outcome: 'accepted' });
  expect(demo.connections).toBe(before + 1);
  disposeDirectories();
});

test('uses a new connection for each password, so that no check inherits the one before', async () => {
  const { signIn } = directoryFor(contractDomain.settings);
  const before = demo.connections;
  for (const password of [DEMO_PASSWORD, 'wrong', DEMO_PASSWORD]) await signIn('amara.test', password);
  // The second one is followed by the service account's own connection.
  expect(demo.connections).toBe(before + 4);
  disposeDirectories();
});
