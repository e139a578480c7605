/** A spool on a real disk, written by the real recorder. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AuditRecorder } from '../../main/audit/auditRecorder.js';
import { NodeAuditFolder } from '../../main/audit/nodeAuditFolder.js';
import { fileName } from '../../main/audit/previousChain.js';
import { lineBytes, noHash } from '../../main/audit/record.js';
import type { AuditEvent, RecordableEvent } from '../../main/domain/audit.js';

export interface SpoolOfTest {
  readonly folder: string;
  /** Begins another chain, as a start of the program does. @returns writes so many records more; ends the chain */
  begin(): { write(count: number): void; end(): void };
  /** Called after everything that is recorded; the latest listener only. */
  onRecorded(listener: () => void): void;
  remove(): void;
}

export function spoolOfTest(): SpoolOfTest {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-spool-'));
  let recorded: () => void = () => undefined;
  return {
    folder,
    onRecorded: (listener) => {
      recorded = listener;
    },
    begin: () => {
      const recorder = new AuditRecorder({
        folder: new NodeAuditFolder(folder),
        version: '0.1.0',
        node: 'Ward 7, PC 2',
        now: () => new Date(),
        monotonic: () => performance.now(),
        auditor: null,
        randomBytes,
        every: () => () => undefined,
      });
      recorder.onRecorded(() => {
        recorded();
      });
      recorder.start();
      return {
        write: (count) => {
          for (let written = 0; written < count; written += 1)
            recorder.record({ type: 'patient.searched', kind: 'nhs-number', found: written });
        },
        end: () => {
          recorder.close();
        },
      };
    },
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

/** A whole chain at once, without waiting for the disk at every record. @returns its id */
export function writeChain(folder: string, records: readonly RecordableEvent[], number = 1): string {
  const chain = randomBytes(16).toString('hex');
  const events: AuditEvent[] = [
    { type: 'chain.open', chain, version: '0.1.0', node: 'Ward 7, PC 2', previous: null, mac: null },
    ...records,
    { type: 'chain.close' },
  ];
  let head = noHash;
  const begin = Date.now();
  const lines = events.map((event, index) => {
    const at = new Date(begin + index).toISOString();
    const record = {
      version: 1,
      sequence: index + 1,
      at,
      user: 'a.ward@ward.example.nhs',
      session: null,
      event,
    } as const;
    const { hash, bytes } = lineBytes(chain, head, record, null);
    head = hash;
    return bytes;
  });
  writeFileSync(path.join(folder, fileName(number, chain)), Buffer.concat(lines));
  return chain;
}
