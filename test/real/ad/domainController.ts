/**
 * A real Active Directory for tests: Samba's domain controller on 127.0.88.10, provisioned once into .cache/dc,
 * started from a snapshot, ended by its process id. One at a time on a machine: a second run waits for the first.
 * Needs root (ports 53, 88, 389, 636) and Debian's samba; says so when they are missing.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { promisify } from 'node:util';

export interface DomainController {
  /** ldaps://dc1.ward.example.nhs */
  readonly url: string;
  /** Name in its certificate, next to `secondName`. */
  readonly name: string;
  readonly secondName: string;
  readonly address: string;
  readonly dnsServer: string;
  readonly domain: string;
  readonly netbiosName: string;
  /** PEM file of the test domain's certificate authority. */
  readonly caFile: string;
  /** Password of every user in seed.py. */
  readonly password: string;
  readonly serviceAccount: { readonly principal: string; readonly password: string };
  /** krb5.conf for clients of this domain. */
  readonly kerberosConfiguration: string;
}

export interface RunningDomainController extends DomainController {
  readonly close: () => Promise<void>;
}

const here = import.meta.dirname;
const cache = path.resolve(here, '../../../.cache');
const folder = path.join(cache, 'dc');
const snapshot = `${folder}.tar`;
const provisionedFile = path.join(cache, 'dc.json');
const lockFile = path.join(cache, 'dc.lock');

/** The seed counts days (password ages, a 10-day policy): an old snapshot would refuse people for the wrong reason. */
const OLDEST_SNAPSHOT_MS = 3 * 86_400_000;
const LONGEST_WAIT_MS = 10 * 60_000;
const PACKAGES =
  'apt-get install -y --no-install-recommends samba-ad-dc samba-ad-provision krb5-user ldb-tools ldap-utils';

const password = 'Ward-Pass-2024!';
const controller: DomainController = {
  url: 'ldaps://dc1.ward.example.nhs',
  name: 'dc1.ward.example.nhs',
  secondName: 'dc2.ward.example.nhs',
  address: '127.0.88.10',
  dnsServer: '127.0.88.10',
  domain: 'ward.example.nhs',
  netbiosName: 'WARD',
  caFile: path.join(folder, 'tls/ca.crt'),
  password,
  serviceAccount: { principal: 'svc.lanyard@ward.example.nhs', password },
  kerberosConfiguration: path.join(folder, 'krb5.conf'),
};

/** Starts it in the state of the snapshot: nobody locked out. Call close() in any case. */
export async function startDomainController(): Promise<RunningDomainController> {
  if (process.getuid?.() !== 0) throw new Error('the domain controller for tests needs root: its ports are below 1024');
  if (!existsSync('/usr/sbin/samba'))
    throw new Error(`the domain controller for tests needs Debian packages: ${PACKAGES}`);
  mkdirSync(cache, { recursive: true });
  const unlock = await lock();
  try {
    if (!isProvisioned()) await provision();
    await restoreDomainController();
  } catch (error) {
    unlock();
    throw error;
  }
  return {
    ...controller,
    close: async () => {
      try {
        await dc('stop');
      } finally {
        unlock();
      }
    },
  };
}

/** Puts everything back as provisioned (unlocks, forgets wrong tries) while it runs: about a second. */
export async function restoreDomainController(): Promise<void> {
  await dc('restore');
  await dc('start');
}

export interface SecondController {
  /** ldaps://dc2.ward.example.nhs */
  readonly url: string;
  readonly name: string;
  readonly address: string;
  /** No answer from now on, as from a machine that hangs: connections are still accepted. */
  readonly hang: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * The same domain on another address, copied from the snapshot: its own database, counters and lock-outs, nothing
 * replicated. Only while the first one runs, whose lock it shares. Call close() in any case.
 */
export async function startSecondController(): Promise<SecondController> {
  const at = { DC_DIR: `${folder}2`, DC_IP: '127.0.88.12', DC_SNAPSHOT: snapshot };
  await dc('copy', at);
  await dc('start', at);
  return {
    url: `ldaps://${controller.secondName}`,
    name: controller.secondName,
    address: at.DC_IP,
    hang: () => dc('hang', at),
    close: () => dc('stop', at),
  };
}

async function provision(): Promise<void> {
  rmSync(provisionedFile, { force: true });
  await dc('stop');
  await dc('provision');
  await promisify(execFile)('/usr/bin/python3', [path.join(here, 'seed.py'), folder, '20'], { timeout: 120_000 });
  await dc('snapshot');
  writeFileSync(provisionedFile, recipe());
}

function isProvisioned(): boolean {
  if (!existsSync(snapshot) || !existsSync(provisionedFile)) return false;
  return (
    readFileSync(provisionedFile, 'utf8') === recipe() &&
    Date.now() - statSync(provisionedFile).mtimeMs < OLDEST_SNAPSHOT_MS
  );
}

/** What a snapshot depends on: the scripts, and where it lives (its configuration holds absolute paths). */
function recipe(): string {
  const hash = createHash('sha256').update(folder);
  for (const script of ['dc.sh', 'seed.py']) hash.update(readFileSync(path.join(here, script)));
  return hash.digest('hex');
}

/** stdout and stderr are pipes of ours only until the script ends: samba itself writes into its own files. */
async function dc(
  action: 'provision' | 'start' | 'stop' | 'snapshot' | 'restore' | 'copy' | 'hang',
  at: Readonly<Record<string, string>> = { DC_DIR: folder, DC_IP: controller.address },
): Promise<void> {
  const env = { ...process.env, ...at };
  try {
    await promisify(execFile)('/bin/bash', [path.join(here, 'dc.sh'), action], { env, timeout: 120_000 });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new Error(`dc.sh ${action} failed: ${stdout}${stderr}`, { cause });
  }
}

/** One controller on a machine: the lock is a file with the owner's process id; a dead owner's lock is void. */
async function lock(): Promise<() => void> {
  const end = Date.now() + LONGEST_WAIT_MS;
  for (;;) {
    try {
      const file = openSync(lockFile, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      return () => {
        rmSync(lockFile, { force: true });
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = existsSync(lockFile) ? Number(readFileSync(lockFile, 'utf8')) : 0;
    if (owner > 0 && !isAlive(owner)) rmSync(lockFile, { force: true });
    else if (Date.now() > end) throw new Error(`the domain controller is used by process ${owner}`);
    else await later(200);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
