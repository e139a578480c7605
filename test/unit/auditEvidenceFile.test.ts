/** Exports: what a spreadsheet, an investigator and a patient get; and each attack on an export, named by `audit verify`. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportText, type ExportFacts } from '../../main/audit/desk/exportFormats.js';
import { lineBytes, noHash } from '../../main/audit/record.js';
import { lanyardCodeSystem } from '../../main/audit/renderings/auditMessage.js';
import type { Evidence, EvidenceRecord } from '../../main/audit/store/auditStore.js';
import { signCheckpoint, verifierKey } from '../../main/audit/tree/checkpoint.js';
import { inclusionProof, leafHash, TreeEdge } from '../../main/audit/tree/merkleTree.js';
import { auditCommand } from '../../main/audit/verify/verifyCommand.js';
import type { AuditEvent } from '../../main/domain/audit.js';
import type { ExportFormat } from '../../preload/auditContract.js';

const chain = 'ab'.repeat(16);
const ORIGIN = 'audit.ward.example.nhs/trail';
const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const key = verifierKey(ORIGIN, publicKey);
const patient = { nhsNumber: '9990000018', identifiers: [] };

/** Records of one chain, each with its proof in a tree of all of them. */
async function evidenceOf(events: readonly AuditEvent[]): Promise<{ records: EvidenceRecord[]; checkpoint: string }> {
  let head = noHash;
  const edge = new TreeEdge();
  const leaves: Buffer[] = [];
  const lines = events.map((event, index) => {
    const at = `2026-11-23T09:00:0${index}.000Z`;
    const record = {
      version: 1,
      sequence: index + 1,
      at,
      user: 'a.ward@ward.example.nhs',
      session: null,
      event,
    } as const;
    const { hash, bytes } = lineBytes(chain, head, record, null);
    const previous = head;
    head = hash;
    leaves.push(leafHash(chain, hash));
    edge.append(leafHash(chain, hash));
    return { previous, line: bytes.toString('utf8').trimEnd() };
  });
  const store = {
    leaves: (from: number, to: number) => Promise.resolve(leaves.slice(from, to)),
    node: () => Promise.reject(new Error('so small a tree has none')),
  };
  const records = await Promise.all(
    lines.map(async ({ previous, line }, leaf) => ({
      chain,
      source: 'ward-7-pc-2',
      node: '=Ward 7',
      version: '0.1.0',
      previous,
      line,
      inclusion: {
        leaf,
        proof: (await inclusionProof(leaf, leaves.length, store)).map((hash) => hash.toString('base64')),
      },
    })),
  );
  const checkpoint = signCheckpoint({ origin: ORIGIN, size: leaves.length, root: edge.root() }, privateKey);
  return { records, checkpoint };
}

const events: AuditEvent[] = [
  { type: 'chain.open', chain, version: '0.1.0', node: '=Ward 7', previous: null, mac: null },
  { type: 'patient.chosen', patient, epoch: 1, previous: null },
  { type: 'navigation.blocked', systemId: 'epr', origin: '=cmd|"/c calc"!A1', context: 'top' },
  { type: 'patient.searched', kind: 'nhs-number', found: 1 },
  { type: 'patient.closed', patient, epoch: 1 },
  { type: 'chain.close' },
];

const facts: ExportFacts = {
  question: 'who-looked',
  text: 'Who looked at this patient?',
  filter: { patient: '9990000018', from: '2026-11-01T00:00:00.000Z' },
  reason: 'Complaint 42 of the patient',
  by: 'ig.lead@ward.example.nhs',
  at: '2026-11-23T10:00:00.000Z',
  trust: 'Ward & Trust',
  rendering: { site: 'RZZ', codeSystem: lanyardCodeSystem, identifierSystems: {} },
  verifier: key,
  systems: { epr: 'Patient record' },
};

let whole: { records: EvidenceRecord[]; checkpoint: string };
const folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-export-'));
beforeAll(async () => {
  whole = await evidenceOf(events);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function* each(records: readonly EvidenceRecord[]): AsyncGenerator<EvidenceRecord> {
  for (const record of records) yield await Promise.resolve(record);
}
const evidence = (records = whole.records, checkpoint: string | null = whole.checkpoint): Evidence => ({
  checkpoint,
  records: each(records),
});
const written = async (format: ExportFormat): Promise<string> => (await exportText(format, evidence(), facts)).text;

describe('an export', () => {
  test('for a spreadsheet holds no formula, whoever wrote what', async () => {
    const text = await written('csv');
    const lines = text.replace('\uFEFF', '').trimEnd().split('\r\n');
    expect(lines).toHaveLength(7);
    expect(lines[3]).toContain('"\'=Ward 7"');
    for (const cell of lines.flatMap((line) => line.split(','))) expect(cell).not.toMatch(/^"?[=+\-@\t]/);
  });
  test('for FHIR is one Bundle, each resource under its own id', async () => {
    const bundle = JSON.parse(await written('fhir')) as { entry: { resource: { resourceType: string; id: string } }[] };
    expect(bundle.entry.map(({ resource }) => resource.id)).toEqual([1, 2, 3, 4, 5, 6].map((one) => `${chain}-${one}`));
  });
  test('for DICOM is one document', async () => {
    expect((await written('dicom')).match(/<AuditMessage>/g)).toHaveLength(6);
  });
  test('to be printed says who, when, where and what, and nothing of it is markup', async () => {
    const text = await written('report');
    expect(text).toContain('Who looked at this record');
    expect(text).toContain('Ward &#38; Trust');
    expect(text).toContain('Patient record was kept from =cmd|&#34;/c calc&#34;!A1');
    expect(text).not.toContain('"/c calc"');
  });
  test('of records that are none any more still holds them as evidence', async () => {
    const broken = whole.records.map((one, index) => (index === 1 ? { ...one, line: 'not a record' } : one));
    const { text, records } = await exportText('evidence', evidence(broken), facts);
    expect(records).toBe(6);
    expect(text).toContain('not a record');
    expect((await exportText('csv', evidence(broken), facts)).records).toBe(5);
  });
});

async function verify(text: string, ...more: readonly string[]): Promise<{ code: number; said: string }> {
  const file = path.join(folder, 'export.ndjson');
  writeFileSync(file, text);
  let said = '';
  const terminal = {
    out: (words: string) => {
      said += words;
      return Promise.resolve();
    },
    error: (words: string) => {
      said += words;
      return Promise.resolve();
    },
  };
  return { code: await auditCommand(['verify', file, ...more], terminal), said };
}
const trusted = ['--checkpoint-key', key];
const lines = async (): Promise<string[]> => (await written('evidence')).trimEnd().split('\n');
const joined = (all: readonly string[]): string => `${all.join('\n')}\n`;

describe('audit verify of an export', () => {
  test('proves every record against the key that the investigator has', async () => {
    const { code, said } = await verify(await written('evidence'), ...trusted);
    expect([code, said]).toEqual([0, expect.stringContaining('whole, 6 records, 6 proven by the signed tree')]);
    const { said: all } = await verify(await written('evidence'), ...trusted, '--all', '--json');
    expect(all.split('\n').filter((line) => line.includes('"verdict":"proven"'))).toHaveLength(6);
  });
  test('says that a key which came with the file proves nothing by itself', async () => {
    const { code, said } = await verify(await written('evidence'));
    expect([code, said]).toEqual([2, expect.stringContaining('--checkpoint-key')]);
  });
  test('does not believe a checkpoint of another key', async () => {
    const other = verifierKey(ORIGIN, generateKeyPairSync('ed25519').publicKey);
    const { code, said } = await verify(await written('evidence'), '--checkpoint-key', other);
    expect([code, said]).toEqual([1, expect.stringContaining('not signed by that key')]);
  });
  test('of one computer alone says that nobody vouches for it', async () => {
    const alone = whole.records.map((one) => ({ ...one, inclusion: null }));
    const { text } = await exportText('evidence', evidence(alone, null), facts);
    const { code, said } = await verify(text, ...trusted);
    expect([code, said]).toEqual([2, expect.stringContaining('nobody else vouches for it')]);
  });

  const attacks: Readonly<Record<string, readonly [(all: string[]) => string[], string]>> = {
    'a digit edited': [(all) => all.map((line) => line.replace('9990000018', '9990000026')), 'does not fit'],
    'a record edited and its hash computed anew': [
      (all) =>
        all.map((line, index) => {
          if (index !== 3) return line;
          const record = JSON.parse(line) as EvidenceRecord;
          const inner = JSON.parse(record.line) as { record: Parameters<typeof lineBytes>[2] };
          const forged = { ...inner.record, user: 'somebody.else@ward.example.nhs' };
          const { bytes } = lineBytes(chain, record.previous, forged, null);
          return JSON.stringify({ ...record, line: bytes.toString('utf8').trimEnd() });
        }),
      'not in the signed tree',
    ],
    'a record taken out': [(all) => all.filter((_, index) => index !== 2), 'says that it holds 6 records, and holds 5'],
    'a record put in twice': [(all) => [...all.slice(0, 3), ...all.slice(2)], 'it is there twice'],
    'the end cut off': [(all) => all.slice(0, -2), 'it has no end'],
    'a record put behind the end': [(all) => [...all, all[2] ?? ''], 'comes after the end'],
    'the place in the tree changed': [
      (all) => all.map((line) => line.replace('"leaf":2', '"leaf":3')),
      'not in the signed tree',
    ],
    'the size of the tree changed': [
      (all) => all.map((line) => line.replace('trail\\n6\\n', 'trail\\n7\\n')),
      'not signed by that key',
    ],
    'a line that is rubbish': [
      (all) => all.map((line, index) => (index === 4 ? '{"x":1}' : line)),
      'line 5 is not a record',
    ],
  };
  test.each(Object.entries(attacks))('names %s', async (_name, [attack, named]) => {
    const { code, said } = await verify(joined(attack(await lines())), ...trusted);
    expect([code, said]).toEqual([1, expect.stringContaining(named)]);
  });
});
