/** Streams the lines of a spool file: memory does not grow with the file. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';

/** Bytes read at a time. */
const chunkBytes = 256 * 1024;
/** Bytes. A "line" longer than this is rubbish, and is not kept. */
const longestLine = 1024 * 1024;

/**
 * Hands every line to `line` in batches: its text without the line feed, or null where it is no UTF-8 or too long.
 * @returns how many bytes stand after the last line feed
 * @throws the file system's error where the file cannot be read
 */
export async function spoolLines(
  file: string,
  batch: (lines: readonly (string | null)[]) => Promise<void>,
): Promise<number> {
  let carried: Buffer[] = [];
  let carriedBytes = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: chunkBytes }) as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(0x0a);
    if (end >= 0) {
      const isTooLong = carriedBytes > longestLine;
      const whole = Buffer.concat([...carried, chunk.subarray(0, end)]);
      const lines = isUtf8(whole) ? whole.toString('utf8').split('\n') : splitDamaged(whole);
      await batch(isTooLong ? [null, ...lines.slice(1)] : lines);
      carried = [];
      carriedBytes = 0;
    }
    const rest = chunk.subarray(end + 1);
    carriedBytes += rest.length;
    if (carriedBytes <= longestLine) carried.push(rest);
    else carried = [];
  }
  return carriedBytes;
}

function splitDamaged(bytes: Buffer): (string | null)[] {
  const lines: (string | null)[] = [];
  let from = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, from);
    const line = bytes.subarray(from, end < 0 ? bytes.length : end);
    lines.push(isUtf8(line) ? line.toString('utf8') : null);
    if (end < 0) return lines;
    from = end + 1;
  }
}
