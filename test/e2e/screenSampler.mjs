// @ts-check
/**
 * A worker that looks at the picture of a screen in memory without a pause, and notes whose banner and whose pages it
 * sees: test/e2e/screenWatcher.ts starts it. Of the picture it reads only the rows that it was told to compare.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * @typedef {import('./screenWatcher.js').WatchedPicture} WatchedPicture
 * @typedef {import('./screenWatcher.js').Sighting} Sighting
 */

/** Milliseconds between two looks. */
const PAUSE = 3;

/** @type {WatchedPicture} */
const { file, offset, rowBytes, marks, stop } = workerData;
const handle = openSync(file, 'r');
const rows = new Map(
  [...new Set(marks.flatMap(({ pixels }) => pixels.map(({ y }) => y)))].map((y) => [y, Buffer.alloc(rowBytes)]),
);
const bannerRows = [...new Set(marks.filter(isBanner).flatMap(({ pixels }) => pixels.map(({ y }) => y)))].sort(
  (one, other) => one - other,
);
const pageRows = [...rows.keys()].filter((y) => !bannerRows.includes(y)).sort((one, other) => one - other);

/** @param {WatchedPicture['marks'][number]} mark */
function isBanner({ place }) {
  return place === 'banner';
}

/** @param {readonly number[]} wanted */
function readRows(wanted) {
  for (const y of wanted) {
    const row = rows.get(y);
    if (row) readSync(handle, row, 0, rowBytes, offset + y * rowBytes);
  }
}

let where = '';
/** @param {(mark: WatchedPicture['marks'][number]) => boolean} wanted */
function seen(wanted) {
  const found = new Set();
  for (const mark of marks) {
    if (!wanted(mark) || found.has(mark.patient)) continue;
    let equal = 0;
    for (const { x, y, colour } of mark.pixels) {
      const row = rows.get(y);
      if (row && row.readUInt32LE(x * 4) % 0x1000000 === colour) equal += 1;
    }
    if (equal >= mark.pixels.length * mark.enough) found.add(mark.patient);
    if (equal >= mark.pixels.length * mark.enough && !isBanner(mark)) where = mark.where;
  }
  return [...found].sort();
}

const now = () => performance.timeOrigin + performance.now();
/** @type {Sighting[]} */
const sightings = [];
let looks = 0;
let longestGap = 0;
let last = now();
const begun = last;
const idle = new Int32Array(new SharedArrayBuffer(4));
const stopped = new Int32Array(stop);
parentPort?.postMessage('watching');
while (Atomics.load(stopped, 0) === 0) {
  const from = now();
  readRows(bannerRows);
  const banner = seen(isBanner);
  readRows(pageRows);
  where = '';
  const pages = seen((mark) => !isBanner(mark));
  // The screen may have gone on while it was read: only what the banner said before and after belongs to the pages.
  readRows(bannerRows);
  const isSteady = seen(isBanner).join() === banner.join();
  const to = now();
  if (isSteady) {
    looks += 1;
    longestGap = Math.max(longestGap, from - last);
    last = from;
    const before = sightings.at(-1);
    if (before && before.banner.join() === banner.join() && before.pages.join() === pages.join()) before.to = to;
    else sightings.push({ from, to, banner, pages, where });
  }
  Atomics.wait(idle, 0, 0, PAUSE);
}
closeSync(handle);
parentPort?.postMessage({ sightings, looks, longestGap, seconds: (now() - begun) / 1000 });
