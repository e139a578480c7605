/**
 * `audit verify FILE…`: judges audit spools and exports offline. Needs no Electron, no database and no configuration.
 *
 * Prints what is wrong, never what a record says: an investigator's terminal is no place for patients.
 */
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { AuditorKey } from '../auditorSeal.js';
import { type EvidenceLine, type EvidenceVerdict, isEvidence, verifyEvidence } from '../evidence/verifyEvidence.js';
import { parseFileName } from '../previousChain.js';
import { type ChainVerdict, ChainVerifier, type VerifiedLine } from './chainVerifier.js';
import { spoolLines } from './spoolLines.js';
import { judgeSuccession, type SuccessionVerdict } from './succession.js';

export const exitCodes = {
  /** Every record is there and as it was written, as far as what was given can prove it. */
  whole: 0,
  /** Something was altered, added, taken away or put in another place. */
  altered: 1,
  /** Nothing is proven altered, but not everything could be proven: an end without chain.close, a file unread. */
  unproven: 2,
  /** The command was not understood (sysexits.h EX_USAGE). */
  usage: 64,
} as const;
type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const usage = `Usage: audit verify FILE… [--auditor-key FILE] [--checkpoint-key KEY] [--all] [--json]

Judges audit spools: files, or a folder of them (then their order and completeness too); and exports with proofs.

  --auditor-key FILE  the auditor's private key (PEM, X25519): checks every MAC too
  --checkpoint-key KEY  public key of the audit server's checkpoints, as "audit-server key" prints it
  --all               a verdict for every record, not only for bad ones
  --json              one JSON object a line

Exit code: 0 whole; 1 altered; 2 nothing altered was found, but not everything can be proven; 64 not understood.
`;

/** Each resolves when the text is out. */
export interface Terminal {
  readonly out: (text: string) => Promise<void>;
  readonly error: (text: string) => Promise<void>;
}

/** Named in words; the others are counted. */
const MOST_FAULTS = 1000;

interface Options {
  readonly auditor: AuditorKey | null;
  readonly checkpointKey: string | null;
  readonly all: boolean;
  readonly json: boolean;
}

interface Spool {
  readonly file: string;
  readonly name: string;
}

/** @param args what stands after `audit` */
export async function auditCommand(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const asked = readArguments(args);
  if (typeof asked === 'string') {
    await terminal.error(`${asked}\n\n${usage}`);
    return exitCodes.usage;
  }
  if (asked.help) {
    await terminal.out(usage);
    return exitCodes.whole;
  }
  let auditor: AuditorKey | null = null;
  if (asked.auditorKey !== undefined) {
    try {
      const pem = await readFile(asked.auditorKey, 'utf8');
      auditor = await (await import('../auditorSeal.js')).auditorKey(pem);
    } catch (error) {
      await terminal.error(`${asked.auditorKey} holds no X25519 private key that can be read (${reason(error)})\n`);
      return exitCodes.usage;
    }
  }
  return verify(
    asked.places,
    { auditor, checkpointKey: asked.checkpointKey ?? null, all: asked.all, json: asked.json },
    terminal,
  );
}

function readArguments(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        'auditor-key': { type: 'string' },
        'checkpoint-key': { type: 'string' },
        all: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const [verb, ...places] = positionals;
    const { all, json, help, 'auditor-key': auditorKey, 'checkpoint-key': checkpointKey } = values;
    if (!help && verb !== 'verify') return verb === undefined ? 'What is to be done?' : `There is no audit ${verb}.`;
    if (!help && places.length === 0) return 'Which file or folder is to be verified?';
    return { places, all, json, help, auditorKey, checkpointKey };
  } catch (error) {
    if (error instanceof TypeError) return error.message; // parseArgs: an option it does not know
    throw error;
  }
}

async function verify(places: readonly string[], options: Options, terminal: Terminal): Promise<ExitCode> {
  const totals = { files: 0, records: 0, missing: 0, bad: 0, altered: 0, unproven: 0 };
  const unread = async (place: string, error: unknown): Promise<void> => {
    totals.unproven++;
    await terminal.error(`${place} cannot be read (${reason(error)})\n`);
  };
  const picked: Spool[] = [];
  const exports: string[] = [];
  const groups: { readonly spools: Spool[]; readonly isComplete: boolean }[] = [{ spools: picked, isComplete: false }];
  for (const place of places) {
    try {
      if (!(await stat(place)).isDirectory()) {
        if (await isEvidence(place)) exports.push(place);
        else picked.push({ file: place, name: path.basename(place) });
      } else {
        const spools = (await readdir(place))
          .filter((name) => parseFileName(name) !== null)
          .map((name) => ({ file: path.join(place, name), name }));
        if (spools.length === 0) await unread(place, new Error('no spool in this folder'));
        groups.push({ spools, isComplete: true });
      }
    } catch (error) {
      await unread(place, error);
    }
  }
  for (const { spools, isComplete } of groups) {
    spools.sort((one, other) => numberOf(one) - numberOf(other));
    const judged: { spool: Spool; name: string; verdict: ChainVerdict }[] = [];
    for (const spool of spools) {
      try {
        judged.push({ spool, name: spool.name, verdict: await judge(spool, options, terminal) });
      } catch (error) {
        if (!isFileError(error)) throw error;
        await unread(spool.file, error);
      }
    }
    const successions = judgeSuccession(judged, isComplete && judged.length === spools.length);
    for (const [index, { spool, verdict }] of judged.entries()) {
      const succession = successions[index] ?? { faults: [], doubts: [], notes: [] };
      const records = Object.values(verdict.counts).reduce((sum, count) => sum + count, 0);
      totals.files++;
      totals.records += records;
      totals.missing += verdict.missing;
      totals.bad += records - verdict.counts.good;
      if (succession.faults.length > 0) totals.altered++;
      else if (succession.doubts.length > 0) totals.unproven++;
      await terminal.out(fileReport(spool, records, verdict, succession, options));
    }
  }
  for (const file of exports) {
    const verdict = await verifyEvidence(file, options.checkpointKey, async (line) => {
      if (options.all || isBad(line)) await terminal.out(evidenceLine(file, line, options.json));
    });
    totals.files++;
    totals.records += verdict.records;
    totals.bad += verdict.counts.altered + verdict.counts.unreadable;
    if (verdict.faults.length > 0) totals.altered++;
    else if (verdict.doubts.length > 0) totals.unproven++;
    await terminal.out(evidenceReport(file, verdict, options.json));
  }
  const overall = totals.altered > 0 ? 'altered' : totals.unproven > 0 ? 'unproven' : 'whole';
  await terminal.out(
    options.json
      ? `${JSON.stringify({ total: { ...totals, verdict: overall } })}\n`
      : `${count(totals.files, 'file')}, ${count(totals.records, 'record')}, ${totals.missing} missing, ${totals.bad} bad: ${overall.toUpperCase()}\n`,
  );
  return exitCodes[overall];
}

async function judge(spool: Spool, { auditor, all, json }: Options, { out }: Terminal): Promise<ChainVerdict> {
  const verifier = new ChainVerifier(parseFileName(spool.name)?.chain ?? null, auditor);
  const rest = await spoolLines(spool.file, async (lines) => {
    let text = '';
    for (const line of lines) {
      const verified = verifier.push(line);
      if (all || verified.verdict !== 'good') text += lineReport(spool, verified, json);
    }
    if (text !== '') await out(text);
  });
  return verifier.end(rest);
}

function lineReport({ file }: Spool, { line, verdict, record }: VerifiedLine, json: boolean): string {
  const sequence = record?.sequence ?? null;
  if (json)
    return `${JSON.stringify({ file, line, sequence, verdict, at: record?.at ?? null, type: record?.event.type ?? null })}\n`;
  const what =
    record === null ? '' : ` record ${sequence ?? ''} ${printable(record.at)} ${printable(record.event.type)}`;
  return `${file}:${line}: ${verdict}${what}\n`;
}

function fileReport(
  { file }: Spool,
  records: number,
  { chain, counts, macs, missing, from, to }: ChainVerdict,
  { faults, doubts, notes }: SuccessionVerdict,
  { json }: Options,
): string {
  const verdict = faults.length > 0 ? 'altered' : doubts.length > 0 ? 'unproven' : 'whole';
  if (json)
    return `${JSON.stringify({ file, chain, verdict, records, counts, missing, macs, from, to, faults, doubts, notes })}\n`;
  const macText = { checked: 'MACs checked', 'not-checked': 'MACs not checked', none: 'without MACs' }[macs];
  const time = from === null || to === null ? '' : `, ${printable(from)} to ${printable(to)}`;
  const lines = [
    `${file}: ${verdict}, ${count(records, 'record')}${time}, ${macText}`,
    ...faults.map((text) => `  ALTERED: ${text}`),
    ...doubts.map((text) => `  unproven: ${text}`),
    ...notes.map((text) => `  note: ${text}`),
  ];
  return `${lines.join('\n')}\n`;
}

function isBad({ verdict }: EvidenceLine): boolean {
  return verdict === 'altered' || verdict === 'unreadable';
}

function evidenceLine(file: string, { line, verdict, sequence, at, type, why }: EvidenceLine, json: boolean): string {
  if (json) return `${JSON.stringify({ file, line, sequence, verdict, at, type, why })}\n`;
  const what = sequence === null ? '' : ` record ${sequence} ${printable(at ?? '')} ${printable(type ?? '')}`;
  return `${file}:${line}: ${verdict}${what}\n`;
}

function evidenceReport(file: string, { records, counts, faults, doubts }: EvidenceVerdict, json: boolean): string {
  const verdict = faults.length > 0 ? 'altered' : doubts.length > 0 ? 'unproven' : 'whole';
  if (json) return `${JSON.stringify({ file, verdict, records, counts, faults, doubts })}\n`;
  const lines = [
    `${file}: ${verdict}, ${count(records, 'record')}, ${counts.proven} proven by the signed tree`,
    ...faults.slice(0, MOST_FAULTS).map((text) => `  ALTERED: ${text}`),
    ...(faults.length > MOST_FAULTS ? [`  and ${faults.length - MOST_FAULTS} more`] : []),
    ...doubts.map((text) => `  unproven: ${text}`),
  ];
  return `${lines.join('\n')}\n`;
}

function numberOf({ name }: Spool): number {
  return parseFileName(name)?.number ?? 0;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** A forged record could hold what moves a terminal's cursor. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 80);
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function reason(error: unknown): string {
  return error instanceof Error ? ('code' in error ? String(error.code) : error.message) : String(error);
}
