/** Puts the parts together that this workstation's configuration names. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../context/clock.js';
import type { Configuration } from '../policy/configuration.js';
import { FileStorage } from '../vault/fileStorage.js';
import { BadgeBook } from './badgeBook.js';
import { BadgeDesk, type BadgeDeskParts } from './badgeDesk.js';
import { forkReader } from './pcsc/forkReader.electron.js';
import { ProcessBadgeReaders } from './pcsc/processReaders.js';
import type { WedgeKeys } from './wedgeKeys.electron.js';

const FILE = 'badges.lanyard';

/**
 * @param wedge null: no reader of this workstation types
 * @throws for a key that cannot be read, or is shorter than 32 bytes
 */
export function openBadges(
  settings: NonNullable<Configuration['badges']>,
  wedge: WedgeKeys | null,
  parts: Pick<BadgeDeskParts, 'session' | 'audit' | 'publish' | 'report'>,
): BadgeDesk {
  const { readers, folder, keyFile, proof, passwordHours, leastPinLength, expireDays, onRemoval } = settings;
  const key = readFileSync(keyFile);
  const book = new BadgeBook({
    storage: new FileStorage({ file: path.join(folder, FILE), clock: systemClock, randomBytes }),
    key,
    leastPinLength,
    expireDays: expireDays ?? null,
    clock: systemClock,
    randomBytes,
  });
  key.fill(0);
  const desk = new BadgeDesk({
    ...parts,
    readers: [
      ...(readers === 'keyboard' ? [] : [new ProcessBadgeReaders(forkReader, systemClock)]),
      ...(wedge ? [wedge.reader] : []),
    ],
    book,
    policy: { proof, passwordHours, leastPinLength, onRemoval },
    clock: systemClock,
  });
  desk.start();
  return desk;
}
