/**
 * "Always use this for …": which system a clinician chose for an intent, for always. On a shared workstation for this
 * session only; on a clinician's own in a small file of their own, which holds names of systems and nothing of a patient.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { IntentName } from '../../../preload/contract.js';

const Choices = z.partialRecord(IntentName, z.string().max(200));
/** Hash of the clinician's principal name → their choices. */
const ChoicesFile = z.strictObject({ version: z.literal(1), clinicians: z.record(z.string().max(64), Choices) });

export interface RememberedChoices {
  readonly lasts: 'session' | 'always';
  /** `systems[].id`; null: to be asked. */
  of(intent: IntentName): string | null;
  remember(intent: IntentName, systemId: string): void;
  forget(intent: IntentName): void;
}

/** @param file null: for this session only. A file that cannot be read or written is reported, and the session goes on. */
export function rememberedChoices(
  file: string | null,
  principalName: string,
  report: (error: unknown) => void,
): RememberedChoices {
  const key = createHash('sha256').update(principalName.toLowerCase()).digest('hex').slice(0, 32);
  const stored = file === null ? null : readChoices(file, report);
  const choices = new Map(Object.entries(stored?.clinicians[key] ?? {}));
  const save = (): void => {
    if (file === null) return;
    const others = readChoices(file, report)?.clinicians ?? {};
    const clinicians = { ...others, [key]: Object.fromEntries(choices) };
    try {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(`${file}.new`, JSON.stringify({ version: 1, clinicians }), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    } catch (error) {
      report(error);
    }
  };
  return {
    lasts: file === null ? 'session' : 'always',
    of: (intent) => choices.get(intent) ?? null,
    remember: (intent, systemId) => {
      choices.set(intent, systemId);
      save();
    },
    forget: (intent) => {
      choices.delete(intent);
      save();
    },
  };
}

function readChoices(file: string, report: (error: unknown) => void): z.output<typeof ChoicesFile> | null {
  try {
    return ChoicesFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') report(error);
    return null;
  }
}
