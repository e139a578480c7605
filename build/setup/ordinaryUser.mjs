// @ts-check
/**
 * Who runs Electron. Chromium's sandbox refuses root, and a clinician's program has no business as root: when we are
 * root, everything of Electron runs as an ordinary user instead, with the real sandbox.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { isRoot, run } from './commands.mjs';
import { say } from './say.mjs';

/** @typedef {{ name: string; uid: number; gid: number; home: string }} User */

/** The user that set-up makes on machines where there is only root. */
const MADE_BY_US = 'lanyard-dev';
/** Where root keeps copies of what the ordinary user cannot reach (a clone below /root, say). */
const READABLE_COPIES = '/var/cache/lanyard';

/** Makes the ordinary user where it is missing. */
export async function ensureOrdinaryUser() {
  if (!isRoot || lookUp(process.env['SUDO_USER']) || lookUp(MADE_BY_US)) return;
  say(`Making the user "${MADE_BY_US}": Electron's sandbox does not run as root.`);
  await run('useradd', ['--create-home', '--shell', '/usr/sbin/nologin', MADE_BY_US]);
}

/**
 * The user Electron runs as: ourselves, unless we are root; then whoever called sudo, or the user set-up made.
 * @returns {User}
 */
function ordinaryUser() {
  if (!isRoot) {
    const { username, uid, gid, homedir } = userInfo();
    return { name: username, uid, gid, home: homedir };
  }
  const user = lookUp(process.env['SUDO_USER']) ?? lookUp(MADE_BY_US);
  if (!user) throw new Error(`There is no user "${MADE_BY_US}" yet: run \`node build/setup.mjs\` first.`);
  return user;
}

/**
 * @param {string | undefined} name
 * @returns {User | undefined} undefined for root, and for a name nobody has
 */
function lookUp(name) {
  if (!name) return undefined;
  const entry = spawnSync('getent', ['passwd', name], { encoding: 'utf8' });
  if (entry.status !== 0) return undefined;
  const [, , uid, gid, , home] = entry.stdout.trim().split(':');
  return uid === '0' || !home ? undefined : { name, uid: Number(uid), gid: Number(gid), home };
}

/**
 * The command that becomes the ordinary user and then runs what follows it; empty when we are that user already.
 * setpriv replaces itself, so the process id is the program's own and signals reach it.
 */
export function asOrdinaryUser() {
  if (!isRoot) return [];
  const { name, uid, gid, home } = ordinaryUser();
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, '--init-groups'];
  return ['setpriv', ...identity, 'env', '-u', 'XDG_RUNTIME_DIR', `HOME=${home}`, `USER=${name}`, `LOGNAME=${name}`];
}

/**
 * A new empty folder that only the ordinary user (and root) can open.
 * @param {string} prefix of its name
 */
export function folderOfOrdinaryUser(prefix) {
  const folder = mkdtempSync(path.join(tmpdir(), prefix));
  if (isRoot) giveToOrdinaryUser(folder);
  return folder;
}

/** Hands a file or folder, with all that is in it, to the ordinary user. @param {string} place */
export function giveToOrdinaryUser(place) {
  if (!isRoot) return;
  const { uid, gid } = ordinaryUser();
  execFileSync('chown', ['-R', '-h', `${uid}:${gid}`, place]);
}

/**
 * Whether the ordinary user can read a file or open a folder, every folder above it included.
 * @param {string} place
 */
export function ordinaryUserCanRead(place) {
  const [command = 'test', ...args] = [...asOrdinaryUser(), 'test', '-r', place];
  return spawnSync(command, args).status === 0;
}

/**
 * The same folder where the ordinary user can read it: itself, or an up-to-date copy.
 * @param {string} folder
 * @param {string} version the copy is made anew when this changes
 */
export function readableFolder(folder, version) {
  if (ordinaryUserCanRead(folder)) return folder;
  const copy = path.join(READABLE_COPIES, createHash('sha256').update(folder).digest('hex').slice(0, 12));
  const stamp = `${copy}.version`;
  if (existsSync(copy) && existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return copy;
  say(`${ordinaryUser().name} cannot read ${folder}: keeping a copy in ${copy}.`);
  rmSync(stamp, { force: true });
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(READABLE_COPIES, { recursive: true });
  cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'u=rwX,go=rX', READABLE_COPIES]);
  writeFileSync(stamp, version);
  return copy;
}
