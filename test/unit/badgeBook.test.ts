/** The book of badges: one badge for one person, PINs with few tries, a file that cannot be changed or copied back. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BadgeBook, type BadgeBookParts } from '../../main/badge/badgeBook.js';
import { systemClock } from '../../main/context/clock.js';
import { Secret } from '../../main/domain/secret.js';
import { FileStorage } from '../../main/vault/fileStorage.js';

const A = 'amara.test@ward.example.nhs';
const B = 'ben.test@ward.example.nhs';
const NUMBER = '04A1B2C3D4E5F6';
const badge = Secret.of(NUMBER);
const other = Secret.of('0499887766');
const pin = Secret.of('830274');
const wrong = Secret.of('830275');
const key = randomBytes(32);
const DAY = 86_400_000;

let folder = '';
let file = '';
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-badges-'));
  file = path.join(folder, 'badges');
});
afterEach(() => {
  fs.rmSync(folder, { recursive: true });
});

/** One workstation's. */
function open(own: Partial<BadgeBookParts> = {}): BadgeBook {
  return new BadgeBook({
    storage: new FileStorage({ file, clock: systemClock, randomBytes }),
    key,
    leastPinLength: 6,
    expireDays: null,
    pinCost: { passes: 1, memoryBytes: 65_536 },
    clock: systemClock,
    randomBytes,
    ...own,
  });
}

describe('a badge', () => {
  test('belongs to one person, at every workstation, until support removes it', async () => {
    const [one, two] = [open(), open()];
    expect(await one.find(badge)).toEqual({ outcome: 'unknown' });
    await one.enrol(badge, A);
    expect(await two.find(badge)).toEqual({ outcome: 'known', principalName: A, hasPin: false, triesUsed: 0 });
    await expect(two.enrol(badge, B)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await two.remove(A.toUpperCase())).toBe(true);
    expect(await two.remove(A)).toBe(false);
    expect(await one.find(badge)).toEqual({ outcome: 'unknown' });
    await two.enrol(badge, B);
    expect(await one.find(badge)).toMatchObject({ principalName: B });
  });

  test('that replaces another keeps the PIN; the one before is nobody’s', async () => {
    const book = open();
    await book.enrol(badge, A);
    await book.setPin(A, pin);
    await book.enrol(other, A);
    expect(await book.find(badge)).toEqual({ outcome: 'unknown' });
    expect(await book.find(other)).toMatchObject({ principalName: A, hasPin: true });
  });

  test('expires, and is enrolled again', async () => {
    let now = Date.UTC(2026, 10, 22);
    const clock = { now: () => now, after: () => () => undefined };
    const book = open({ expireDays: 30, clock });
    await book.enrol(badge, A);
    now += 30 * DAY - 1;
    expect(await book.find(badge)).toMatchObject({ outcome: 'known' });
    now += 1;
    expect(await book.find(badge)).toMatchObject({ outcome: 'expired', principalName: A });
    await book.enrol(badge, A);
    expect(await book.find(badge)).toMatchObject({ outcome: 'known' });
  });

  test('enrolled at ten workstations at once is lost at none', async () => {
    const numbers = Array.from({ length: 10 }, (_, index) => `04000000${index}0`);
    await Promise.all(numbers.map((number) => open().enrol(Secret.of(number), `user${number}@ward.example.nhs`)));
    const book = open();
    for (const number of numbers)
      expect(await book.find(Secret.of(number))).toMatchObject({ principalName: `user${number}@ward.example.nhs` });
  });
});

describe('a PIN', () => {
  test('is right or wrong; five wrong ones at all workstations together need the password', async () => {
    const [one, two] = [open(), open()];
    await one.enrol(badge, A);
    expect(await one.checkPin(A, pin)).toEqual({ outcome: 'password-needed' });
    await one.setPin(A, pin);
    expect(await two.checkPin(A, pin)).toEqual({ outcome: 'right' });
    expect(await one.checkPin(A, wrong)).toEqual({ outcome: 'wrong', triesLeft: 4 });
    expect(await two.checkPin(A, wrong)).toEqual({ outcome: 'wrong', triesLeft: 3 });
    expect(await two.checkPin(A, pin)).toEqual({ outcome: 'right' });
    for (const triesLeft of [4, 3, 2, 1]) expect(await one.checkPin(A, wrong)).toEqual({ outcome: 'wrong', triesLeft });
    expect(await one.checkPin(A, wrong)).toEqual({ outcome: 'password-needed' });
    expect(await two.checkPin(A, pin)).toEqual({ outcome: 'password-needed' });
    await one.passwordAccepted(A);
    expect(await two.checkPin(A, pin)).toEqual({ outcome: 'right' });
  });

  test('guessed at once from many sides has five tries all the same', async () => {
    const book = open();
    await book.enrol(badge, A);
    await book.setPin(A, pin);
    const verdicts = await Promise.all(Array.from({ length: 8 }, () => open().checkPin(A, wrong)));
    expect(verdicts.filter(({ outcome }) => outcome === 'wrong')).toHaveLength(4);
    expect(await book.find(badge)).toMatchObject({ triesUsed: 5 });
  });

  test('is refused when it is easy, short, or of somebody without a badge', async () => {
    const book = open();
    await expect(book.setPin(A, pin)).rejects.toMatchObject({ code: 'bad-request' });
    await book.enrol(badge, A);
    await expect(book.setPin(A, Secret.of('123456'))).rejects.toThrow('easy to guess');
    await expect(book.setPin(A, Secret.of('5083'))).rejects.toThrow('at least 6');
  });
});

describe('the file', () => {
  test('holds neither number nor PIN, and another key finds nothing in it', async () => {
    const book = open();
    await book.enrol(badge, A);
    await book.setPin(A, pin);
    const text = fs.readFileSync(file, 'utf8');
    expect(text).toContain(A);
    expect(text).not.toContain(NUMBER);
    expect(text).not.toContain(NUMBER.toLowerCase());
    expect(text).not.toContain('830274');
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    await expect(open({ key: randomBytes(32) }).find(badge)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('that was changed by one sign is refused, and left as it is', async () => {
    await open().enrol(badge, A);
    const changed = fs.readFileSync(file, 'utf8').replace('amara', 'bmara');
    fs.writeFileSync(file, changed);
    await expect(open().find(badge)).rejects.toThrow('changed by something else');
    await expect(open().enrol(other, B)).rejects.toThrow('changed by something else');
    expect(fs.readFileSync(file, 'utf8')).toBe(changed);
  });

  test('that was cut, emptied or is no text is refused', async () => {
    await open().enrol(badge, A);
    const whole = fs.readFileSync(file);
    for (const bytes of [Buffer.alloc(0), whole.subarray(0, 70), Buffer.from([0, 255, 10, 10])]) {
      fs.writeFileSync(file, bytes);
      await expect(open().find(badge)).rejects.toMatchObject({ code: 'unavailable' });
    }
  });

  test('of before, put back, is refused by who saw the newer one', async () => {
    const book = open();
    await book.enrol(badge, A);
    const before = fs.readFileSync(file);
    await book.remove(A);
    fs.writeFileSync(file, before);
    await expect(book.find(badge)).rejects.toThrow('older copy');
    fs.rmSync(file);
    await expect(book.find(badge)).rejects.toThrow('is gone');
  });

  test('needs a key of 32 bytes', () => {
    expect(() => open({ key: randomBytes(31) })).toThrow(RangeError);
  });
});
