/** Reads the spool from where a transport is: whole records in their order, file after file. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { parseFileName, parseLine } from '../previousChain.js';
import type { AuditRecord, ChainId } from '../record.js';

/** Everything before it is done with. */
export interface SpoolPosition {
  /** Name of a file of the spool. */
  readonly file: string;
  /** Bytes. */
  readonly offset: number;
}

/** One record, with what its chain.open says of all of them. */
export interface SpoolEntry {
  readonly chain: ChainId;
  readonly hash: string;
  readonly record: AuditRecord;
  /** As it stands in the spool, without its line feed. */
  readonly line: string;
  readonly node: string;
  readonly version: string;
  /** Behind it. */
  readonly end: SpoolPosition;
}

export interface SpoolPart {
  readonly entries: readonly SpoolEntry[];
  /** Behind everything that was looked at; as it was where there was nothing new. */
  readonly end: SpoolPosition | null;
  /** Lines that are no record: an investigator's business, not a transport's. */
  readonly unreadable: number;
}

/** Bytes read at a time; a longer line is read whole. */
const CHUNK = 64 * 1024;

/** What is needed of a file's first record; a line has the shape of a record, and may lack what its event has. */
const Opened = z.looseObject({ type: z.literal('chain.open'), node: z.string(), version: z.string() });

export class Spool {
  /** Of the chain.open of each file. */
  readonly #opened = new Map<string, { readonly node: string; readonly version: string }>();

  /**
   * @param written what of the newest file is certainly on disk, where somebody writes it: what lies behind may be cut
   * off again
   */
  constructor(
    readonly folder: string,
    private readonly written: () => { readonly file: string; readonly size: number } | null = () => null,
  ) {}

  /** @param after null: from the beginning. @throws the file system's error */
  async read(after: SpoolPosition | null): Promise<SpoolPart> {
    const files = await this.#files();
    const first = after ? files.findIndex((file) => file >= after.file) : 0;
    for (const [index, file] of (first < 0 ? [] : files.slice(first)).entries()) {
      const offset = after?.file === file ? after.offset : 0;
      const written = this.written();
      const until = written?.file === file ? written.size : Infinity;
      const lines = await wholeLines(path.join(this.folder, file), offset, until);
      if (lines.length > 0) return this.#part(file, lines);
      // The end of a file that is being written, or of the last one: more will follow there.
      if (first + index === files.length - 1) return { entries: [], end: { file, offset }, unreadable: 0 };
    }
    return { entries: [], end: after, unreadable: 0 };
  }

  /** Every file of it, in the order in which they were begun. */
  async files(): Promise<readonly { readonly name: string; readonly file: string }[]> {
    return (await this.#files()).map((name) => ({ name, file: path.join(this.folder, name) }));
  }

  /** How many records there are behind a place, and when the first of them was written. */
  async count(after: SpoolPosition | null): Promise<{ readonly records: number; readonly oldest: string | null }> {
    let records = 0;
    let oldest: string | null = null;
    for (let from = after; ;) {
      const { entries, end, unreadable } = await this.read(from);
      if (entries.length === 0 && unreadable === 0) return { records, oldest };
      records += entries.length;
      oldest ??= entries[0]?.record.at ?? null;
      from = end;
    }
  }

  async #part(file: string, lines: readonly SpoolLine[]): Promise<SpoolPart> {
    const chain = parseFileName(file)?.chain ?? '';
    const opened = await this.#openedBy(file);
    const entries: SpoolEntry[] = [];
    for (const { text, end } of lines) {
      const line = parseLine(text);
      // Nobody can be told of a record that does not say when it was.
      if (line && typeof line.record.at === 'string')
        entries.push({
          chain,
          hash: line.hash,
          record: line.record,
          line: text,
          ...opened,
          end: { file, offset: end },
        });
    }
    const end = { file, offset: lines.at(-1)?.end ?? 0 };
    return { entries, end, unreadable: lines.length - entries.length };
  }

  async #openedBy(file: string): Promise<{ readonly node: string; readonly version: string }> {
    const known = this.#opened.get(file);
    if (known) return known;
    const [first] = await wholeLines(path.join(this.folder, file), 0, Infinity);
    const opened = Opened.safeParse(parseLine(first?.text ?? '')?.record.event);
    const { node, version } = opened.data ?? { node: '', version: '' };
    this.#opened.set(file, { node, version });
    return { node, version };
  }

  /** In the order in which they were begun. */
  async #files(): Promise<readonly string[]> {
    return (await fs.readdir(this.folder)).filter((name) => parseFileName(name) !== null).sort();
  }
}

/** One whole line, and the place behind it. */
interface SpoolLine {
  readonly text: string;
  /** Bytes from the beginning of the file. */
  readonly end: number;
}

async function wholeLines(file: string, from: number, until: number): Promise<SpoolLine[]> {
  const handle = await fs.open(file, 'r');
  try {
    let bytes = Buffer.alloc(0);
    let last = -1;
    while (last < 0) {
      const wanted = Math.min(CHUNK, until - from - bytes.length);
      if (wanted <= 0) return [];
      const chunk = Buffer.alloc(wanted);
      const { bytesRead } = await handle.read(chunk, 0, wanted, from + bytes.length);
      if (bytesRead === 0) return [];
      bytes = Buffer.concat([bytes, chunk.subarray(0, bytesRead)]);
      last = bytes.lastIndexOf(0x0a);
    }
    const lines: SpoolLine[] = [];
    for (let start = 0; start <= last;) {
      const end = bytes.indexOf(0x0a, start);
      lines.push({ text: bytes.toString('utf8', start, end), end: from + end + 1 });
      start = end + 1;
    }
    return lines;
  } finally {
    await handle.close();
  }
}
