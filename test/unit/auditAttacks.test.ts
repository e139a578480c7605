/** The attacks of the audit specification on a chain of a hundred records, and some more; each named by its numbers. */
import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { AuditRecorder } from '../../main/audit/auditRecorder.js';
import { auditorKey, auditorSeal } from '../../main/audit/auditorSeal.js';
import { MacKey, macScheme } from '../../main/audit/macKey.js';
import { type AuditLine, lineBytes, noHash } from '../../main/audit/record.js';
import { ChainVerifier } from '../../main/audit/verify/chainVerifier.js';
import { judgeSuccession } from '../../main/audit/verify/succession.js';
import { auditorPair } from './auditAuditor.js';
import { MemoryAuditFolder } from './auditMemoryFolder.js';
import { verifyChain } from './auditVerdict.js';

const pair = auditorPair();
const auditor = await auditorKey(pair.pem);
const seal = await auditorSeal(pair.publicKey);

/** Three chains one after the other; the middle one has a hundred records and is the one attacked. */
const folder = new MemoryAuditFolder();
for (const searches of [3, 98, 3]) {
  const audit = new AuditRecorder({
    folder,
    version: '0.1.0',
    node: 'ward-7-pc-2',
    now: () => new Date('2026-11-22T16:00:00.000Z'),
    monotonic: () => 0,
    auditor: seal,
    randomBytes,
    every: () => () => undefined,
  });
  for (let found = 1; found <= searches; found++) audit.record({ type: 'patient.searched', kind: 'nhs-number', found });
  audit.close();
}
const names = folder.names().sort();
const [, attacked = ''] = names;
const chainOf = (name: string): string => /-([0-9a-f]{32})\./.exec(name)?.[1] ?? '';
const chain = chainOf(attacked);
const whole = folder.text(attacked);
const lines = whole.split('\n').slice(0, -1);

const edited = (change: (lines: string[]) => void): string => {
  const copy = [...lines];
  change(copy);
  return copy.map((line) => `${line}\n`).join('');
};
/** What a database administrator can do: every hash made anew, over whatever records are left, numbered from 1. */
function recomputed(text: string, more: { readonly key?: MacKey; readonly keepMacs?: boolean } = {}): string {
  let head = noHash;
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      const { record, mac } = JSON.parse(line) as AuditLine;
      const { hash, bytes } = lineBytes(chain, head, { ...record, sequence: index + 1 }, more.key ?? null);
      more.key?.evolve();
      head = hash;
      const made = bytes.toString();
      return more.keepMacs ? made.replace(',"record"', `,"mac":"${mac ?? ''}","record"`) : made;
    })
    .join('');
}
const digitEdited = edited((copy) => {
  copy[50] = (copy[50] ?? '').replace('"found":50', '"found":51');
});
const forgedWhole = (): string => {
  const first = randomBytes(32);
  const sealed = edited((copy) => {
    copy[0] = (copy[0] ?? '').replace(/"sealedKey":"[^"]*"/, `"sealedKey":"${seal.seal(first)}"`);
    copy[50] = (copy[50] ?? '').replace('"found":50', '"found":51');
  });
  return recomputed(sealed, { key: new MacKey(first) });
};

interface Judgement {
  /** Without the auditor's key. */
  readonly hashes: readonly string[];
  /** With it. */
  readonly macs: readonly string[];
  /** With the chains before and after it, and the key. */
  readonly folder: readonly string[];
}

function judge(text: string): Judgement {
  const files = names.map((name) => {
    const verifier = new ChainVerifier(chainOf(name), auditor);
    const pieces = (name === attacked ? text : folder.text(name)).split('\n');
    for (const piece of pieces.slice(0, -1)) verifier.push(piece);
    return { name, verdict: verifier.end(Buffer.byteLength(pieces.at(-1) ?? '')) };
  });
  return {
    hashes: verifyChain(text, chain).faults,
    macs: verifyChain(text, chain, auditor).faults,
    folder: judgeSuccession(files, true)[1]?.faults ?? [],
  };
}

const openEnd = 'no chain.close: Lanyard crashed, still runs, or the tail was cut';
const cutTail = (to: number): string => `its tail was cut: ${names[2] ?? ''} says that it went to record ${to}`;
const anotherEnd = `does not end as ${names[2] ?? ''} says: record 100 with another hash`;

test('an untouched chain is whole, alone and among its neighbours', () => {
  expect(judge(whole)).toEqual({ hashes: [], macs: [], folder: [] });
  expect(verifyChain(whole, chain, auditor).lines.map(({ verdict }) => verdict)).toEqual(
    Array.from({ length: 100 }, () => 'good'),
  );
});

describe('the nine attacks of the specification', () => {
  test('one digit edited: named', () => {
    const named = ['record 51 was altered, or the one before it'];
    expect(judge(digitEdited)).toEqual({ hashes: named, macs: named, folder: named });
  });

  test('one deleted: the missing number', () => {
    const text = edited((copy) => {
      copy.splice(50, 1);
    });
    expect(judge(text)).toEqual({ hashes: ['missing 51..51'], macs: ['missing 51..51'], folder: ['missing 51..51'] });
  });

  test('two swapped: both named', () => {
    const text = edited((copy) => {
      [copy[50], copy[51]] = [copy[51] ?? '', copy[50] ?? ''];
    });
    const named = ['missing 51..51', 'record 51 is out of order'];
    expect(judge(text)).toEqual({ hashes: named, macs: named, folder: named });
  });

  test('one replayed: named', () => {
    const text = edited((copy) => {
      copy.splice(60, 0, copy[50] ?? '');
    });
    const named = ['record 51 is out of order'];
    expect(judge(text)).toEqual({ hashes: named, macs: named, folder: named });
  });

  test('the head cut: where it starts', () => {
    const text = edited((copy) => {
      copy.splice(0, 10);
    });
    const { hashes, macs } = judge(text);
    expect(hashes).toEqual(['does not start at 1 but at 11']);
    expect(macs).toEqual(['does not start at 1 but at 11', 'the MACs cannot be checked: chain.open holds their key']);
  });

  test('the tail cut: alone it could be a crash; the next chain proves the cut', () => {
    const text = edited((copy) => {
      copy.splice(90, 10);
    });
    expect(judge(text)).toEqual({ hashes: [openEnd], macs: [openEnd], folder: [cutTail(100)] });
  });

  test('one edited and every hash computed anew: the hashes are silent, the MACs name it', () => {
    const { hashes, macs, folder: among } = judge(recomputed(digitEdited, { keepMacs: true }));
    expect(hashes).toEqual([]);
    expect(macs).toEqual(['records 51..100 were not written by the recorder: their MACs are wrong']);
    expect(among).toContain(anotherEnd);
  });

  test('twenty deleted, the rest numbered and hashed anew: the hashes are silent, the MACs name where', () => {
    const text = recomputed(
      edited((copy) => {
        copy.splice(60, 20);
      }),
      { keepMacs: true },
    );
    const { hashes, macs, folder: among } = judge(text);
    expect(hashes).toEqual([]);
    expect(macs).toEqual(['records 61..80 were not written by the recorder: their MACs are wrong']);
    expect(among).toContain(cutTail(100));
  });

  test('the whole chain forged under a new key: hashes and MACs are silent, as the specification says; the next chain is not', () => {
    expect(judge(forgedWhole())).toEqual({ hashes: [], macs: [], folder: [anotherEnd] });
  });
});

describe('more attacks', () => {
  test('MACs taken away and chain.open rewritten to match: cannot be proven with the key, and the next chain names it', () => {
    const text = recomputed(
      edited((copy) => {
        copy[0] = (copy[0] ?? '').replace(/"mac":\{[^}]*\}/, '"mac":null');
      }),
    );
    const { hashes, macs, folder: among } = judge(text);
    expect(hashes).toEqual([]);
    expect(macs).toEqual(['chain.open says that there are no MACs: none was configured, or they were taken away']);
    expect(among).toEqual([anotherEnd]);
  });

  test('MACs taken away from some records only: named without the key too', () => {
    const text = edited((copy) => {
      for (const index of [40, 41]) copy[index] = (copy[index] ?? '').replace(/,"mac":"[0-9a-f]{64}"/, '');
    });
    const named = ['records 41..42 were not written by the recorder: their MACs are wrong'];
    expect(judge(text)).toEqual({ hashes: named, macs: named, folder: named });
  });

  test('a MAC of another record put in: named with the key', () => {
    const macOf = (line = ''): string => /"mac":"([0-9a-f]{64})"/.exec(line)?.[1] ?? '';
    const text = edited((copy) => {
      copy[50] = (copy[50] ?? '').replace(macOf(copy[50]), macOf(copy[51]));
    });
    expect(judge(text).macs).toEqual(['record 51 was not written by the recorder: its MAC is wrong']);
  });

  test('a record of another chain put in the place of its number: named', () => {
    const text = edited((copy) => {
      copy[2] = folder.text(names[0] ?? '').split('\n')[2] ?? '';
    });
    expect(judge(text).hashes).toEqual([
      'record 3 was altered, or the one before it',
      'record 4 was altered, or the one before it',
    ]);
    expect(judge(text).macs).toContain('record 3 was not written by the recorder: its MAC is wrong');
  });

  test('the sealed key damaged, and every hash computed anew, so that nobody can check: named', () => {
    const text = recomputed(
      edited((copy) => {
        copy[0] = (copy[0] ?? '').replace(/"sealedKey":"..../, '"sealedKey":"AAAA');
      }),
      { keepMacs: true },
    );
    expect(judge(text).macs).toEqual(['the sealed key in chain.open was changed: it cannot be opened']);
  });

  test('the sealed key of another chain put in: every MAC is wrong', () => {
    const other = /"sealedKey":"[^"]*"/.exec(folder.text(names[0] ?? ''))?.[0] ?? '';
    const text = recomputed(
      edited((copy) => {
        copy[0] = (copy[0] ?? '').replace(/"sealedKey":"[^"]*"/, other);
      }),
      { keepMacs: true },
    );
    expect(judge(text).macs).toEqual(['records 1..100 were not written by the recorder: their MACs are wrong']);
  });

  test('a key taken from the running program at record 61 cannot make a record before it', () => {
    const [open] = lines;
    const sealed = /"sealedKey":"([^"]*)"/.exec(open ?? '')?.[1] ?? '';
    const stolen = new MacKey(auditor.open(sealed) ?? Buffer.alloc(0));
    for (let sequence = 1; sequence < 61; sequence++) stolen.evolve();
    let head = noHash;
    const text = digitEdited
      .split('\n')
      .slice(0, -1)
      .map((line, index) => {
        const { record, mac } = JSON.parse(line) as AuditLine;
        const { hash, bytes } = lineBytes(chain, head, record, index >= 60 ? stolen : null);
        if (index >= 60) stolen.evolve();
        head = hash;
        return index >= 60 ? bytes.toString() : bytes.toString().replace(',"record"', `,"mac":"${mac ?? ''}","record"`);
      })
      .join('');
    expect(judge(text).macs).toEqual(['records 51..60 were not written by the recorder: their MACs are wrong']);
  });

  test('a number out of this world does not keep the verifier busy', () => {
    const text = edited((copy) => {
      copy[50] = (copy[50] ?? '').replace('"sequence":51', `"sequence":${Number.MAX_SAFE_INTEGER}`);
    });
    const { macs } = judge(text);
    expect(macs[0]).toBe(`missing 51..${Number.MAX_SAFE_INTEGER - 1}`);
    expect(macs).toContainEqual(expect.stringContaining('the gap before it is too wide'));
  });

  test('another auditor’s key proves nothing, and says so', async () => {
    const other = await auditorKey(auditorPair().pem);
    expect(verifyChain(whole, chain, other).faults).toEqual([
      `the MACs are for the auditor’s key ${auditor.auditor}, not for ${other.auditor}`,
    ]);
  });

  test('the formula of the forger is ours: computing every hash anew over nothing changed gives the same chain', () => {
    expect(recomputed(whole, { keepMacs: true })).toBe(whole);
    expect(macScheme).toBe('lanyard/evolve/1');
    expect(createHash('sha256').update(recomputed(whole)).digest('hex')).not.toBe(
      createHash('sha256').update(whole).digest('hex'),
    );
  });
});
