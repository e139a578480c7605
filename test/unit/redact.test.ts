import { describe, expect, test } from 'vitest';
import { Redactor } from '../../main/health/redact.js';

describe('nothing of a person or a secret stays in text that is written', () => {
  test.each([
    ['an NHS number', 'no record of 999 000 0018 here', '999 000 0018'],
    ['an NHS number without spaces', 'id=9990000018;', '9990000018'],
    ['a hospital number of six digits', 'mrn 100017', '100017'],
    ['a birth date', 'born 12-Apr-1961', '1961'],
    ['an ISO birth date', 'dob=1961-04-12', '1961-04-12'],
    ['a principal name', 'bind a.ward@ward.example.nhs failed', 'a.ward'],
    ['a Windows name', 'bind WARD\\a.ward failed', 'a.ward'],
    ['an address with a patient in it', 'GET https://epr.test/patient/x?mrn=RM1', 'mrn'],
    ['a password in an address', 'https://user:hunter2@epr.test/', 'hunter2'],
  ])('%s', (_what, text, secret) => {
    expect(new Redactor().redact(text)).not.toContain(secret);
  });

  test('what it was told, in any capitals, the longest first', () => {
    const redactor = new Redactor();
    redactor.learn('Testpatient', 'Testpatient-Long', null, 'ab');
    expect(redactor.redact('TESTPATIENT-LONG and testpatient, ab')).toBe('[removed] and [removed], ab');
  });

  test('the time of an event stays readable', () => {
    expect(new Redactor().redact('{"at":"2026-11-22T09:00:00.000Z"}')).toContain('2026-11-22T09:00:00.000Z');
  });
});
