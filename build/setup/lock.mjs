// @ts-check
/** One at a time: a lock between processes, for work that two runs in one folder must not do at once. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { say } from './say.mjs';

const LOOK_EVERY_MS = 200;
const GIVE_UP_MS = 15 * 60_000;

/**
 * Runs the action while holding the lock; waits for another living process that holds it, at most 15 minutes.
 * @template T
 * @param {string} file
 * @param {string} what said to the person who waits
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function withLock(file, what, action) {
  mkdirSync(path.dirname(file), { recursive: true });
  const deadline = Date.now() + GIVE_UP_MS;
  let told = false;
  while (!take(file)) {
    if (Date.now() > deadline) throw new Error(`${what}: another run has held ${file} for too long.`);
    if (!told) say(`Waiting for another run (${what}) …`);
    told = true;
    await pause(LOOK_EVERY_MS);
  }
  try {
    return await action();
  } finally {
    rmSync(file, { force: true });
  }
}

/** @param {string} file */
function take(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  const holder = Number(readIfThere(file));
  // an empty file is being written this instant; a dead holder left its file behind
  if (holder > 0 && !isAlive(holder)) rmSync(file, { force: true });
  return false;
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return '';
    throw error;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

/**
 * @param {unknown} error
 * @param {string} code
 */
function hasCode(error, code) {
  return error instanceof Error && 'code' in error && error.code === code;
}
