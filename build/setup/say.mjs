// @ts-check
/** What set-up tells the person who waits: plain lines, and one line of progress that is redrawn on a terminal. */

const REPEAT_MS = 5_000;

/** @param {string} text */
export function say(text) {
  console.log(text);
}

/**
 * A line of progress. On a terminal it is redrawn in place; in a log it is printed at most every five seconds.
 * @param {string} title what is under way
 * @returns {{ update(detail: string): void; done(detail?: string): void }}
 */
export function progress(title) {
  const terminal = process.stdout.isTTY;
  const started = Date.now();
  let printedAt = started;
  let lastDetail = '';
  if (!terminal) say(`${title} …`);
  return {
    update(detail) {
      if (detail === lastDetail) return;
      lastDetail = detail;
      if (terminal) process.stdout.write(`\r\x1b[K${title} … ${detail}`);
      else if (Date.now() - printedAt >= REPEAT_MS) {
        printedAt = Date.now();
        say(`  ${detail}`);
      }
    },
    done(detail = 'done') {
      if (terminal) process.stdout.write('\r\x1b[K');
      say(`${title}: ${detail} (${seconds(Date.now() - started)})`);
    },
  };
}

/** @param {number} milliseconds */
export function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
}

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${(bytes / 1_000_000).toFixed(0)} MB`;
}

/** A foreseen stop of set-up, told to the person without a stack. */
export class SetUpStop extends Error {}
