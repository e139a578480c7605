/** A badge: how soon after it was laid on the reader Lanyard knows whose it is. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BadgeBook } from '../../main/badge/badgeBook.js';
import { ProcessBadgeReaders } from '../../main/badge/pcsc/processReaders.js';
import { systemClock } from '../../main/context/clock.js';
import { Secret } from '../../main/domain/secret.js';
import { withDeadline } from '../../main/identity/deadline.js';
import { FileStorage } from '../../main/vault/fileStorage.js';
import { forkReader } from '../real/badge/forkReader.js';
import { VirtualReader } from '../real/badge/virtualReader.js';
import { type Part, type Surroundings, withEndings } from './bench.js';
import { quantile } from './statistics.js';

const TAPS = 40;
/** People in the list. */
const PEOPLE = 2_000;
const DEADLINE = 30_000;
const GOAL = 300;

export const badge: Part = {
  name: 'badge',
  about: `a badge laid on a virtual reader of the real smart card service → whose it is, of ${PEOPLE} people`,
  run: measure,
};

async function measure({ report }: Surroundings): Promise<void> {
  await withEndings(async (keep) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-bench-badges-'));
    keep(folder, () => {
      rmSync(folder, { recursive: true });
    });
    const storage = new FileStorage({ file: path.join(folder, 'badges'), clock: systemClock, randomBytes });
    const book = new BadgeBook({
      storage,
      key: randomBytes(32),
      leastPinLength: 6,
      expireDays: null,
      clock: systemClock,
      randomBytes,
    });
    const numberOf = (person: number): string => (0x04_00_00_00 + person).toString(16).padStart(8, '0').toUpperCase();
    for (let person = 0; person < PEOPLE; person += 1)
      await book.enrol(Secret.of(numberOf(person)), `person.${person}@ward.example.nhs`);
    const reader = new VirtualReader();
    keep(reader, () => reader.close());
    await reader.startService();
    const readers = new ProcessBadgeReaders(() => forkReader(reader.socket), systemClock);
    keep(readers, () => {
      readers.dispose();
    });
    let attached: () => void = () => undefined;
    let known: (principalName: string) => void = () => undefined;
    const isAttached = new Promise<void>((resolve) => {
      attached = resolve;
    });
    readers.start((event) => {
      if (event.kind === 'reader-attached') attached();
      if (event.kind === 'tap')
        void book.find(event.badge).then((owner) => {
          if (owner.outcome === 'known') known(owner.principalName);
        });
    });
    await withDeadline(DEADLINE, null, () => isAttached);
    const times = { laid: [] as number[], noticed: [] as number[] };
    for (let tap = 0; tap < TAPS; tap += 1) {
      const found = new Promise<string>((resolve) => {
        known = resolve;
      });
      const laid = performance.now();
      await reader.lay(numberOf(tap).toLowerCase());
      await withDeadline(DEADLINE, null, () => found);
      const now = performance.now();
      times.laid.push(now - laid);
      times.noticed.push(now - reader.poweredOn);
      await reader.lift();
    }
    for (const [name, values, goal] of [
      ['reader noticed the badge → whose it is', times.noticed, GOAL],
      ['badge laid on the reader → whose it is', times.laid, null],
    ] as const)
      for (const share of [0.5, 0.99])
        report.add({
          name: `${name}, p${share * 100}`,
          unit: 'ms',
          value: quantile(values, share),
          ...(share === 0.99 && goal !== null && { goal: { value: goal } }),
          count: values.length,
        });
  });
}
