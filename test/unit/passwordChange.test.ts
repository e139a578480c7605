/** Changing passwords in the demo's directory, and in servers that fall silent in the middle. */
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { PasswordRules } from '../../main/identity/passwordDirectory.js';
import { judgedProblem } from '../../main/directory/newPassword.js';
import { createCertificateAuthority } from '../demo/certificates.js';
import { DEMO_PASSWORD, demoAccounts, demoDomain, demoRoles, demoServiceAccount } from '../demo/directory/accounts.js';
import { type DemoDirectory, startDemoDirectory } from '../demo/directory/demoDirectory.js';
import { NEXT_PASSWORD, type PasswordDomain, passwordContract } from './passwordContract.js';

let demo: DemoDirectory;
let domain: PasswordDomain;

beforeAll(async () => {
  const authority = await createCertificateAuthority('Test CA', new Date());
  demo = await startDemoDirectory({
    host: '127.0.0.1',
    port: 0,
    users: demoAccounts,
    certificate: await authority.issue([demoDomain.controller]),
  });
  domain = {
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
    minimumLength: 12,
    unusual: 'Tea "for" \\2,2\\', // ldapjs reads the bytes of an attribute as text: letters beyond these are not for the demo
    accounts: {
      changes: 'amara.test',
      refusedNew: 'remy.test',
      refusedOld: 'audrey.test',
      mustChange: 'must-change.test',
      expired: 'password-expired.test',
      disabled: 'disabled.test',
    },
  };
});
afterAll(() => demo.close());

passwordContract('The demo directory', () => domain);

describe('which rule a domain meant that does not say', () => {
  const now = new Date('2026-11-23T09:00:00Z');
  const rules: PasswordRules = {
    minimumLength: 12,
    complexity: true,
    nameParts: ['amara.test', 'testclinician'],
    history: 24,
    mayChangeFrom: null,
  };

  test.each<[string, Partial<PasswordRules>, string]>([
    ['Short-2026!', {}, 'too-short'],
    ['nothing-but-small-letters', {}, 'too-simple'],
    ['ALL-CAPITALS-1234', {}, 'used-or-forbidden'],
    ['TestClinician-2026!', {}, 'too-simple'],
    [NEXT_PASSWORD, {}, 'used-or-forbidden'],
    ['nothing-but-small-letters', { complexity: false, nameParts: [] }, 'used-or-forbidden'],
    [NEXT_PASSWORD, { mayChangeFrom: new Date('2026-11-23T09:00:01Z') }, 'too-soon'],
    [NEXT_PASSWORD, { mayChangeFrom: new Date('2026-11-23T09:00:00Z') }, 'used-or-forbidden'],
  ])('%s with %o: %s', (password, change, problem) => {
    expect(judgedProblem(password, { ...rules, ...change }, now)).toBe(problem);
  });

  it('is not guessed where the rules cannot be read', () => {
    expect(judgedProblem('x', null, now)).toBe('against-policy');
  });
});
