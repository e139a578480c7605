/** The way out of the spool: every record in its order, nothing counted before it is certain, nothing forgotten. */
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Delivery, type Transport } from '../../main/audit/transport/delivery.js';
import { positionFile } from '../../main/audit/transport/positionFile.js';
import { Spool, type SpoolEntry, type SpoolPosition } from '../../main/audit/transport/spool.js';
import { syslogFrame } from '../../main/audit/transport/syslogTransport.js';
import { HandClock } from './handClock.js';
import { type SpoolOfTest, spoolOfTest } from './auditSpool.js';

let spool: SpoolOfTest;
beforeEach(() => {
  spool = spoolOfTest();
});
afterEach(() => {
  spool.remove();
});

async function everything(
  from: SpoolPosition | null = null,
): Promise<{ sequences: number[]; end: SpoolPosition | null }> {
  const reader = new Spool(spool.folder);
  const sequences: number[] = [];
  let end = from;
  for (;;) {
    const part = await reader.read(end);
    sequences.push(...part.entries.map(({ record }) => record.sequence));
    if (part.entries.length === 0) return { sequences, end: part.end };
    end = part.end;
  }
}
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe('The spool', () => {
  test('is read record by record, over chains, from any position on', async () => {
    const first = spool.begin();
    first.write(700);
    first.end();
    spool.begin().write(3);
    const { sequences, end } = await everything();
    expect(sequences).toEqual([...upTo(702), ...upTo(4)]); // chain.open, the records, chain.close
    const [one] = (await new Spool(spool.folder).read(null)).entries;
    expect((await everything(one?.end)).sequences).toEqual(sequences.slice(1));
    expect((await everything(end)).sequences).toEqual([]);
    expect(one).toMatchObject({ node: 'Ward 7, PC 2', version: '0.1.0', record: { sequence: 1 } });
  });

  test('goes on where a file grew, and does not read half a line', async () => {
    const chain = spool.begin();
    chain.write(1);
    const { end } = await everything();
    const [file = ''] = readdirSync(spool.folder);
    appendFileSync(path.join(spool.folder, file), '{"hash":"');
    expect((await everything(end)).sequences).toEqual([]);
    spool.begin().write(1); // cuts the torn line, and begins another file
    expect((await everything(end)).sequences).toEqual(upTo(4)); // opened, the crash, the cut, one more
  });

  test('ends where nothing is certain yet: what lies behind may be cut off again', async () => {
    spool.begin().write(2);
    const [file = ''] = readdirSync(spool.folder);
    const [, second] = (await new Spool(spool.folder).read(null)).entries;
    const size = (second?.end.offset ?? 0) + 7;
    const part = await new Spool(spool.folder, () => ({ file, size })).read(null);
    expect(part.entries.map(({ record }) => record.sequence)).toEqual([1, 2]);
    expect((await new Spool(spool.folder, () => ({ file, size })).read(part.end)).entries).toEqual([]);
  });

  test('says what is no record, and goes on behind it', async () => {
    spool.begin().write(1);
    const [file = ''] = readdirSync(spool.folder);
    appendFileSync(path.join(spool.folder, file), 'rubbish\n{"hash":1}\n');
    const part = await new Spool(spool.folder).read(null);
    expect(part.entries).toHaveLength(2);
    expect(part.unreadable).toBe(2);
    expect((await new Spool(spool.folder).read(part.end)).unreadable).toBe(0);
  });

  test('that has nothing yet is empty, and one that is gone says so', async () => {
    expect(await new Spool(spool.folder).read(null)).toEqual({ entries: [], end: null, unreadable: 0 });
    writeFileSync(path.join(spool.folder, 'notes.txt'), 'not a chain');
    expect((await new Spool(spool.folder).read(null)).entries).toEqual([]);
    await expect(new Spool(path.join(spool.folder, 'gone')).read(null)).rejects.toThrow('ENOENT');
  });
});

/** A transport under the test's hand, and a delivery to it. */
function delivery(unsettledMs = 0) {
  const clock = new HandClock();
  const sent: number[] = [];
  const states: boolean[] = [];
  const reported: unknown[] = [];
  let position: SpoolPosition | null = null;
  let refusal: Error | null = null;
  let lost: () => void = () => undefined;
  let hold: Promise<void> | null = null;
  const transport: Transport = {
    unsettledMs,
    send: async (entries: readonly SpoolEntry[]) => {
      if (refusal) throw refusal;
      sent.push(...entries.map(({ record }) => record.sequence));
      if (hold) await hold;
    },
    onLost: (listener) => {
      lost = listener;
    },
    close: () => undefined,
  };
  const open = (): Delivery => {
    const opened = new Delivery({
      spool: new Spool(spool.folder),
      transport,
      position: {
        load: () => Promise.resolve(position),
        save: (saved) => {
          position = saved;
          return Promise.resolve();
        },
      },
      clock,
      random: () => 1,
      onState: (delivers) => states.push(delivers),
      report: (error) => reported.push(error),
    });
    spool.onRecorded(() => {
      opened.wake();
    });
    opened.start();
    return opened;
  };
  return {
    clock,
    sent,
    states,
    reported,
    open,
    position: () => position,
    refuse: (error: Error | null) => (refusal = error),
    lose: () => {
      lost();
    },
    hold: (until: Promise<void>) => {
      hold = until;
    },
    /** Winds the clock, and waits for what follows. */
    pass: async (milliseconds: number) => {
      clock.advance(milliseconds);
      await expect
        .poll(async () => {
          const before = sent.length + reported.length;
          await new Promise((resolve) => setTimeout(resolve, 30));
          return sent.length + reported.length - before;
        })
        .toBe(0);
    },
  };
}

describe('A delivery', () => {
  test('sends what there is and what comes, and remembers how far it came', async () => {
    const chain = spool.begin();
    chain.write(2);
    const { open, sent, pass, states } = delivery();
    open();
    await pass(0);
    expect(sent).toEqual([1, 2, 3]);
    chain.write(1);
    await pass(1_000);
    expect(sent).toEqual([1, 2, 3, 4]);
    expect(states).toEqual([true]);
    await pass(1_000);
    open();
    await pass(0);
    expect(sent).toEqual([1, 2, 3, 4]);
  });

  test('tries again after 1 s, 2 s … at most 5 minutes, and loses nothing meanwhile', async () => {
    const chain = spool.begin();
    chain.write(1);
    const { open, sent, pass, refuse, states, reported } = delivery();
    refuse(new Error('nobody there'));
    open();
    await pass(0);
    for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]) await pass(seconds * 1000);
    expect(reported).toHaveLength(12);
    expect(states).toEqual([false]);
    chain.write(1);
    refuse(null);
    await pass(300_000);
    expect(sent).toEqual([1, 2, 3]);
    expect(states).toEqual([false, true]);
  });

  test('what may still be lost is sent again when the connection ends, and by the next start', async () => {
    const chain = spool.begin();
    chain.write(1);
    const { open, sent, pass, lose, position } = delivery(60_000);
    open();
    await pass(0);
    expect(position()).toBeNull();
    await pass(59_000);
    lose();
    await pass(1_000);
    expect(sent).toEqual([1, 2, 1, 2]);
    await pass(61_000);
    expect(position()).not.toBeNull();
    lose();
    await pass(1_000);
    expect(sent).toEqual([1, 2, 1, 2]);
    chain.write(1);
    await pass(1_000);
    open(); // the program was killed: what was not certain goes out twice
    await pass(0);
    expect(sent).toEqual([1, 2, 1, 2, 3, 3]);
  });

  test('what was lost while it was being sent does not count', async () => {
    spool.begin().write(1);
    const { open, sent, pass, lose, hold, position } = delivery();
    let go: () => void = () => undefined;
    hold(
      new Promise((resolve) => {
        go = resolve;
      }),
    );
    open();
    await pass(0);
    lose();
    go();
    await pass(0);
    expect(position()).toBeNull();
    await pass(1_000);
    expect(sent).toEqual([1, 2, 1, 2]);
    expect(position()).not.toBeNull();
  });

  test('at its end it sends what is left, within its time', async () => {
    const chain = spool.begin();
    const { open, sent, pass } = delivery();
    const opened = open();
    await pass(0);
    chain.write(2);
    await opened.end(5_000);
    expect(sent).toEqual([1, 2, 3]);
    await pass(10_000);
    expect(sent).toEqual([1, 2, 3]);
  });
});

test('how far it came is kept beside the spool; a file that is none sends everything once more', async () => {
  const file = path.join(spool.folder, 'delivery', 'syslog.json');
  const reported: unknown[] = [];
  const open = () => positionFile(file, (error) => reported.push(error));
  expect(await open().load()).toBeNull();
  const position = { file: '000001-00.ndjson', offset: 17 };
  await open().save(position);
  expect(await open().load()).toEqual(position);
  expect(readdirSync(path.dirname(file))).toEqual(['syslog.json']);
  writeFileSync(file, '{"file":1');
  expect(await open().load()).toBeNull();
  expect(reported).toHaveLength(1);
  spool.begin().write(1); // nor is the recorder irritated by it
  expect((await new Spool(spool.folder).read(null)).entries).toHaveLength(2);
});

test('a syslog frame has its length, its severity, and where the record stands in its chain', async () => {
  spool.begin().write(1);
  const { entries } = await new Spool(spool.folder).read(null);
  const entry = entries[1];
  if (!entry) throw new Error('no record');
  const frame = syslogFrame(entry, {
    site: 'RZZ',
    codeSystem: 'https://x.example/codes',
    identifierSystems: {},
  }).toString();
  const [length = '', ...rest] = frame.split(' ');
  expect(Buffer.byteLength(rest.join(' '))).toBe(Number(length));
  expect(rest.join(' ')).toMatch(
    /^<85>1 \d{4}-\d\d-\d\dT[\d:.]+Z Ward-7,-PC-2 Lanyard - IHE\+RFC-3881 \[lanyard@32473 chain="[0-9a-f]{32}" sequence="2" hash="[0-9a-f]{64}"\] <AuditMessage>/,
  );
  expect(frame).not.toContain('\n');
});
