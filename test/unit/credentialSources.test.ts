/** What the password of the sign-in to Lanyard costs an account, whatever the systems that share it answer. */
import { expect, test } from 'vitest';
import type { AuditPort } from '../../main/domain/audit.js';
import { Secret } from '../../main/domain/secret.js';
import { DirectoryAccount, type DirectoryAccountParts } from '../../main/signon/credentialSources.js';

function account(isStillRight: DirectoryAccountParts['isStillRight']) {
  const recorded: object[] = [];
  const audit = { record: (event: object) => recorded.push(event) } as unknown as AuditPort;
  const shared = new DirectoryAccount({
    accountName: 'amara.test',
    principalName: 'amara.test@ward.example.nhs',
    netbiosName: undefined,
    password: Secret.of('Directory-1'),
    isStillRight,
  });
  const source = (id: string) => shared.credentialsFor({ id, audit, userName: 'netbios-name' });
  return { shared, source, recorded };
}

test('one system that refuses does not cost the others, while the directory says the password is right', async () => {
  let asked = 0;
  const { source, recorded } = account(async () => {
    asked += 1;
    return Promise.resolve(true);
  });
  await source('pacs').take();
  await source('pacs').refuse();
  expect((await source('letters').take())?.userName).toBe('WARD\\amara.test');
  expect((await source('maternity').take())?.password.use((text) => text)).toBe('Directory-1');
  expect(await source('pacs').take()).toBeNull();
  expect(asked).toBe(1);
  expect(recorded).toEqual([{ type: 'signOn.stored', systemId: 'pacs', change: 'refused' }]);
});

test.each([
  ['the directory says it is wrong', async () => Promise.resolve(false)],
  ['nobody can say', async () => Promise.reject(new Error('no controller'))],
  ['nobody may be asked', null],
])('after one refusal no system gets the password when %s', async (_case, isStillRight) => {
  const { source } = account(isStillRight);
  await source('pacs').take();
  await source('pacs').refuse();
  expect(await source('letters').take()).toBeNull();
  expect(source('maternity').state).toBe('refused');
});

test('what was taken is not taken again before the system answered, and nothing after the end', async () => {
  const { shared, source } = account(null);
  expect(await source('pacs').take()).not.toBeNull();
  expect(await source('pacs').take()).toBeNull();
  await source('pacs').confirm();
  expect(source('pacs').state).toBe('usable');
  shared.dispose();
  expect(await source('pacs').take()).toBeNull();
  expect(source('letters').state).toBe('none');
});
