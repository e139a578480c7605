/**
 * Files of the spool that nobody needs here any more: the audit server has committed them, every other receiver has them,
 * they are older than the trust wants them kept, and another one follows. Recorded before they go.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { AuditPort } from '../../domain/audit.js';
import { parseFileName } from '../previousChain.js';
import type { SpoolPosition } from './spool.js';

const A_DAY = 86_400_000;

/**
 * @param settled of every receiver; null: nothing has certainly arrived there
 * @returns names of the files that were deleted
 */
export async function keepSpool(
  folder: string,
  settled: readonly (SpoolPosition | null)[],
  days: number,
  audit: AuditPort,
  now = Date.now(),
): Promise<string[]> {
  const files = (await fs.readdir(folder)).filter((name) => parseFileName(name) !== null).sort();
  const reached = settled.map((position) => position?.file ?? '').sort()[0] ?? '';
  const deleted: string[] = [];
  for (const name of files.slice(0, -1)) {
    if (name >= reached) break;
    const file = path.join(folder, name);
    const { mtimeMs } = await fs.stat(file);
    if (now - mtimeMs < days * A_DAY) continue;
    const records = (await fs.readFile(file)).filter((byte) => byte === 0x0a).length;
    audit.record({ type: 'trail.retained', change: 'deleted', user: 'Lanyard', subject: name, records });
    await fs.unlink(file);
    deleted.push(name);
  }
  return deleted;
}
