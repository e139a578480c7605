import { describe, expect, test } from 'vitest';
import { completeBindName } from '../../main/directory/bindName.js';
import { refusalReason } from '../../main/directory/diagnostics.js';
import { Entry } from '../../main/directory/entry.js';
import { dateFileTime, fileTimeDate, intervalMs } from '../../main/directory/fileTime.js';
import { domainDn } from '../../main/directory/groups.js';
import { isDomainSid, sidText } from '../../main/directory/sid.js';
import { trustedCertificates } from '../../main/directory/trustedCertificates.js';
import { UnknownNames } from '../../main/directory/unknownNames.js';
import { createCertificateAuthority } from '../demo/certificates.js';
import { sidBytes } from '../demo/directory/entries.js';

const ward = { domain: 'ward.example.nhs', netbiosName: 'WARD' };

describe('A typed user name', () => {
  test.each([
    ['a.ward', 'a.ward@ward.example.nhs', 'a.ward@ward.example.nhs', 'a.ward'],
    [' a.ward ', 'a.ward@ward.example.nhs', 'a.ward@ward.example.nhs', 'a.ward'],
    ['WARD\\a.ward', 'WARD\\a.ward', 'a.ward@ward.example.nhs', 'a.ward'],
    ['ward\\a.ward', 'WARD\\a.ward', 'a.ward@ward.example.nhs', 'a.ward'],
    ['Ward.Example.NHS\\a.ward', 'a.ward@ward.example.nhs', 'a.ward@ward.example.nhs', 'a.ward'],
    ['OTHER\\a.ward', 'OTHER\\a.ward', 'OTHER\\a.ward', null],
    ['a.ward@ward.example.nhs', 'a.ward@ward.example.nhs', 'a.ward@ward.example.nhs', 'a.ward'],
    ['a.ward@WARD', 'a.ward@WARD', 'a.ward@ward.example.nhs', 'a.ward'],
    ['a.ward@trust.example', 'a.ward@trust.example', 'a.ward@trust.example', null],
    ['o@brien@trust.example', 'o@brien@trust.example', 'o@brien@trust.example', null],
    ['paren(user)', 'paren(user)@ward.example.nhs', 'paren(user)@ward.example.nhs', 'paren(user)'],
  ])('%j is bound as %j', (typed, bind, principalName, accountName) => {
    expect(completeBindName(typed, ward)).toEqual({ bind, principalName, accountName });
  });

  test.each(['', '\\', 'WARD\\', '\\a.ward', '@', 'a.ward@', '@ward.example.nhs', 'a\0ward', 'a\nward'])(
    '%j belongs to nobody',
    (typed) => {
      expect(completeBindName(typed, ward)).toBeNull();
    },
  );
});

test('Without a configured NetBIOS name the first label of the domain is it', () => {
  expect(completeBindName('Ward\\a.ward', { domain: 'ward.example.nhs' })?.bind).toBe('WARD\\a.ward');
});

describe('The diagnostic text of a refused bind', () => {
  const text = (data: string): string =>
    `80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data ${data}, v1db1 Code: 0x31`;
  test.each([
    ['525', 'wrong-credentials'],
    ['52e', 'wrong-credentials'],
    ['52E', 'wrong-credentials'],
    ['52f', 'account-restriction'],
    ['530', 'outside-hours'],
    ['531', 'wrong-workstation'],
    ['532', 'password-expired'],
    ['533', 'account-disabled'],
    ['701', 'account-expired'],
    ['773', 'must-change-password'],
    ['775', 'locked-out'],
    ['569', 'refused'],
  ])('with data %s means %s', (data, reason) => {
    expect(refusalReason(text(data))).toBe(reason);
  });

  test('without a code means a wrong name or password', () => {
    expect(refusalReason('Invalid credentials during a bind operation. Code: 0x31')).toBe('wrong-credentials');
    expect(refusalReason('')).toBe('wrong-credentials');
  });
});

describe('Directory values', () => {
  test.each(['S-1-5-21-1004336348-1177238915-682003330-512', 'S-1-1-0', 'S-1-5-32-4294967295'])(
    '%s survives its bytes',
    (sid) => {
      expect(sidText(sidBytes(sid))).toBe(sid);
    },
  );

  test('bytes that are no SID are refused, not read somehow', () => {
    const bytes = sidBytes('S-1-5-21-1-2-3-4');
    for (const wrong of [bytes.subarray(1), bytes.subarray(0, -1), Buffer.alloc(0), Buffer.alloc(8, 2)]) {
      expect(() => sidText(wrong)).toThrow(RangeError);
    }
  });

  test('only SIDs made by a domain count as accounts or groups of one', () => {
    expect(isDomainSid('S-1-5-21-1-2-3-1104')).toBe(true);
    for (const other of ['S-1-5-32-545', 'S-1-1-0', 'S-1-5-11', 'S-1-5-21-1-2-3'])
      expect(isDomainSid(other)).toBe(false);
  });

  test('Windows times become dates; never, zero and rubbish become none', () => {
    expect(fileTimeDate('134434661999500490')?.toISOString()).toBe('2027-01-03T16:09:59.950Z');
    const date = new Date('2026-03-07T14:35:00.123Z');
    expect(fileTimeDate(dateFileTime(date))).toEqual(date);
    for (const none of ['9223372036854775807', '0', '-1', '', 'soon', null]) expect(fileTimeDate(none)).toBeNull();
  });

  test('intervals are milliseconds; zero and the lowest number are for ever', () => {
    expect(intervalMs('-18000000000')).toBe(30 * 60_000);
    expect(intervalMs('0')).toBe(Infinity);
    expect(intervalMs('-9223372036854775808')).toBe(Infinity);
    expect(intervalMs(null)).toBeNull();
  });

  test('an entry gives one shape for none, one and several values, under any spelling', () => {
    const entry = new Entry('CN=x', {
      none: [],
      One: 'a',
      several: ['a', 'é'],
      bytes: Buffer.from([1, 0xff]),
      empty: '',
    });
    expect([entry.texts('none'), entry.texts('ONE'), entry.texts('several')]).toEqual([[], ['a'], ['a', 'é']]);
    expect([entry.text('none'), entry.text('one'), entry.text('absent'), entry.text('empty')]).toEqual([
      null,
      'a',
      null,
      null,
    ]);
    expect(entry.bytes('bytes')).toEqual([Buffer.from([1, 0xff])]);
    expect([entry.number('one', 7), entry.number('absent', 7)]).toEqual([7, 7]);
  });

  test('the DN of a domain is made of its labels', () => {
    expect(domainDn('ward.example.nhs')).toBe('DC=ward,DC=example,DC=nhs');
  });
});

describe('Tries with names that nobody has', () => {
  const policy = { threshold: 3, windowMs: 60_000, durationMs: 60_000 };
  const at = (second: number): Date => new Date(1_000_000 + second * 1000);

  test('count down as those of an account do, then say nothing more', () => {
    const names = new UnknownNames(Buffer.alloc(32, 1));
    const left = [0, 1, 2, 3].map((second) => names.afterWrongTry('nobody@ward.example.nhs', policy, at(second)));
    expect(left).toEqual([2, 1, null, null]);
    expect(names.afterWrongTry('NOBODY@ward.example.nhs', policy, at(4))).toBeNull();
    expect(names.afterWrongTry('else@ward.example.nhs', policy, at(5))).toBe(2);
  });

  test('are forgotten after the policy’s window', () => {
    const names = new UnknownNames(Buffer.alloc(32, 1));
    names.afterWrongTry('nobody', policy, at(0));
    expect(names.afterWrongTry('nobody', policy, at(61))).toBe(2);
  });

  test('are not counted where the domain locks nobody, or its policy cannot be read', () => {
    const names = new UnknownNames(Buffer.alloc(32, 1));
    expect(names.afterWrongTry('nobody', { ...policy, threshold: 0 }, at(0))).toBeNull();
    expect(names.afterWrongTry('nobody', null, at(0))).toBeNull();
  });
});

describe('Trusted certificate authorities', () => {
  test('are the file’s and the operating system’s', async () => {
    const { caPem } = await createCertificateAuthority('One', new Date());
    const { caPem: system } = await createCertificateAuthority('Two', new Date());
    expect(trustedCertificates(`comment\n${caPem}\n${caPem}`, () => [system])).toEqual(
      [caPem, caPem, system].map((pem) => pem.trim()),
    );
  });

  test('are Node’s own where there is neither', () => {
    expect(trustedCertificates(undefined, () => [])).toBeUndefined();
  });
});
