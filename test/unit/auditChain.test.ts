import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { AuditRecorder } from '../../main/audit/auditRecorder.js';
import { canonicalJson } from '../../main/audit/canonicalJson.js';
import { verifyChain } from './auditVerdict.js';
import { MemoryAuditFolder } from './auditMemoryFolder.js';

describe('canonical JSON', () => {
  test.each<[string, unknown, string]>([
    [
      'keys sorted by UTF-16 code units (RFC 8785, 3.2.3)',
      { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 },
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}',
    ],
    ['strings (RFC 8785, 3.2.2.2)', '\u20ac$\u000f\nA\'B"\\\\"/', '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"'],
    [
      'numbers (RFC 8785, 3.2.2.3)',
      [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001, -0],
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    ],
    ['literals', [null, true, false], '[null,true,false]'],
    ['nesting, without white space', { b: [{ z: 1, a: {} }, []], a: '' }, '{"a":"","b":[{"a":{},"z":1},[]]}'],
    ['absent members', { a: undefined, b: 1 }, '{"b":1}'],
    ['broken Unicode becomes a replacement character', 'a\ud800b', '"a\ufffdb"'],
  ])('%s', (_what, value, expected) => {
    expect(canonicalJson(value)).toBe(expected);
  });

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [undefined], [10n], [Symbol('x')]])('refuses %s', (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  test('is the same text again after reading it', () => {
    const text = canonicalJson({ b: ['ä', 1.5, { d: null, c: '\u0007' }], a: { z: 1, y: [] } });
    expect(canonicalJson(JSON.parse(text))).toBe(text);
  });
});

describe('verification', () => {
  const folder = new MemoryAuditFolder();
  let seed = 0;
  const audit = new AuditRecorder({
    folder,
    version: '0.1.0',
    node: 'ward-7-pc-2',
    now: () => new Date('2026-11-22T16:00:00.000Z'),
    monotonic: () => 0,
    auditor: null,
    randomBytes: (count) => createHash('sha256').update(String(seed++)).digest().subarray(0, count),
    every: () => () => undefined,
  });
  for (let found = 1; found <= 98; found++) audit.record({ type: 'patient.searched', kind: 'nhs-number', found });
  audit.close();
  const [name = ''] = folder.names();
  const chain = /-(.*)\./.exec(name)?.[1] ?? '';
  const whole = folder.text(name);
  const lines = whole.split('\n').slice(0, -1);
  const edited = (change: (lines: string[]) => void): string => {
    const copy = [...lines];
    change(copy);
    return `${copy.join('\n')}\n`;
  };

  test('a hundred records are good', () => {
    const verdict = verifyChain(whole, chain);
    expect(verdict.faults).toEqual([]);
    expect(verdict.lines.map((line) => line.verdict)).toEqual(Array.from({ length: 100 }, () => 'good'));
  });

  test.each<[string, string, readonly string[]]>([
    [
      'one digit edited',
      edited((copy) => {
        copy[50] = (copy[50] ?? '').replace('"found":50', '"found":51');
      }),
      ['record 51 was altered, or the one before it'],
    ],
    [
      'one record deleted',
      edited((copy) => {
        copy.splice(50, 1);
      }),
      ['missing 51..51'],
    ],
    [
      'twenty deleted',
      edited((copy) => {
        copy.splice(50, 20);
      }),
      ['missing 51..70'],
    ],
    [
      'two swapped',
      edited((copy) => {
        [copy[50], copy[51]] = [copy[51] ?? '', copy[50] ?? ''];
      }),
      ['missing 51..51', 'record 51 is out of order'],
    ],
    [
      'one replayed',
      edited((copy) => {
        copy.splice(60, 0, copy[50] ?? '');
      }),
      ['record 51 is out of order'],
    ],
    [
      'head cut',
      edited((copy) => {
        copy.splice(0, 10);
      }),
      ['does not start at 1 but at 11'],
    ],
    [
      'tail cut',
      edited((copy) => {
        copy.splice(90, 10);
      }),
      ['no chain.close: Lanyard crashed, still runs, or the tail was cut'],
    ],
    [
      'torn in the last line',
      whole.slice(0, -10),
      [expect.stringMatching(/^torn: \d+ bytes/), 'no chain.close: Lanyard crashed, still runs, or the tail was cut'],
    ],
    [
      'a key smuggled in twice',
      edited((copy) => {
        copy[50] = (copy[50] ?? '').replace('{"hash"', '{"hash":"x","hash"');
      }),
      ['line 51 is not a record', 'missing 51..51'],
    ],
    [
      'white space added',
      edited((copy) => {
        copy[50] = (copy[50] ?? '').replace(',"record"', ', "record"');
      }),
      ['line 51 is not a record', 'missing 51..51'],
    ],
    [
      'one line overwritten',
      edited((copy) => {
        copy[50] = 'x';
      }),
      ['line 51 is not a record', 'missing 51..51'],
    ],
    [
      'an edited record with its own hash mended',
      edited((copy) => {
        copy[50] = mend(50, lines, chain);
      }),
      ['record 52 was altered, or the one before it'],
    ],
    ['nothing at all', '', ['no chain.close: Lanyard crashed, still runs, or the tail was cut']],
  ])('%s is named', (_what, text, faults) => {
    expect(verifyChain(text, chain).faults).toEqual(faults);
  });

  test('a file put in the place of another chain’s is named', () => {
    expect(verifyChain(whole, 'f'.repeat(32)).faults).toContain('chain.open names another chain');
  });
});

/** A forger who knows the formula, but does not go on to the end. */
function mend(index: number, lines: readonly string[], chain: string): string {
  const { record } = JSON.parse(lines[index] ?? '') as { record: { event: { found: number }; sequence: number } };
  const before = (JSON.parse(lines[index - 1] ?? '') as { hash: string }).hash;
  record.event.found = 0;
  const place = Buffer.alloc(8);
  place.writeUInt32BE(record.sequence, 4);
  const bytes = [
    Buffer.of(0),
    Buffer.from(chain, 'hex'),
    Buffer.from(before, 'hex'),
    place,
    Buffer.from(canonicalJson(record)),
  ];
  return canonicalJson({ hash: createHash('sha256').update(Buffer.concat(bytes)).digest('hex'), record });
}
