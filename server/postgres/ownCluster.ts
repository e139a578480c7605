/**
 * A PostgreSQL of the audit server's own, from Debian's packages, in a folder of its own: for a trial, a small trust and
 * the tests. It listens on a socket in that folder alone. A trust's own cluster is better; docs/AUDIT.md says how.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseAddress } from '../database.js';

/** Where Debian keeps the programs of each version. */
const PROGRAMS = '/usr/lib/postgresql';
/** PostgreSQL refuses to run as root; Debian's package made this user for it. */
const SERVICE_USER = 'postgres';
const START_DEADLINE = 60_000;
const DATABASE = 'lanyard_audit';
/** Bytes of a socket's name, less what PostgreSQL adds to the folder's. */
const LONGEST_FOLDER = 107 - '/.s.PGSQL.5432'.length;

/** Durable as it comes; the rest for a computer that does other work as well. */
const SETTINGS = `
listen_addresses = ''
unix_socket_permissions = 0700
shared_buffers = 256MB
max_connections = 40
wal_compression = on
max_wal_size = 2GB
log_min_messages = warning
log_timezone = 'UTC'
timezone = 'UTC'
`;

export interface OwnCluster {
  /** Of the owner of the database. */
  readonly owner: DatabaseAddress;
  /** Of the service. */
  readonly service: DatabaseAddress;
  readonly processId: number;
  /** Ends it in order; repeatable. */
  stop(): Promise<void>;
}

/** Makes the cluster where there is none, and starts it. @throws with what to do where PostgreSQL is missing */
export async function startOwnCluster(folder: string): Promise<OwnCluster> {
  const programs = findPrograms();
  const data = path.join(folder, 'postgresql');
  const sockets = path.join(folder, 'socket');
  if (Buffer.byteLength(sockets) > LONGEST_FOLDER)
    throw new Error(`${sockets} is too long for a socket: at most ${LONGEST_FOLDER} bytes. Choose another "folder"`);
  mkdirSync(sockets, { recursive: true, mode: 0o700 });
  if (!existsSync(path.join(data, 'PG_VERSION'))) makeCluster(programs, data);
  else endLeftOver(programs, data, sockets);
  own(sockets);
  const address = (user: string, database: string): DatabaseAddress => ({ host: sockets, user, database });
  const child = await startPostgres(programs, data, sockets);
  const [client, ...beforeClient] = asServiceUser(path.join(programs, 'psql'));
  const ask = (sql: string): string =>
    execFileSync(client, [...beforeClient, '-h', sockets, '-U', SERVICE_USER, '-d', 'postgres', '-Atc', sql], {
      encoding: 'utf8',
    });
  if (ask(`SELECT 1 FROM pg_database WHERE datname = '${DATABASE}'`).trim() === '') ask(`CREATE DATABASE ${DATABASE}`);
  return {
    owner: address(SERVICE_USER, DATABASE),
    service: address('lanyard_audit', DATABASE),
    processId: Number(child.pid),
    stop: () => stop(child, data),
  };
}

function findPrograms(): string {
  const versions = existsSync(PROGRAMS) ? readdirSync(PROGRAMS) : [];
  const [newest] = versions
    .filter((version) => existsSync(path.join(PROGRAMS, version, 'bin', 'initdb')))
    .sort((one, other) => Number(other) - Number(one));
  if (newest === undefined)
    throw new Error('PostgreSQL is missing. Install Debian’s package "postgresql", or name a database in "database"');
  return path.join(PROGRAMS, newest, 'bin');
}

/** Whoever may open the folder, and nobody else, may use the cluster: it listens on a socket in there. */
function makeCluster(programs: string, data: string): void {
  rmSync(data, { recursive: true, force: true }); // of a try that was cut off: without PG_VERSION nothing was ever in it
  mkdirSync(data, { recursive: true, mode: 0o700 });
  own(data);
  const [command, ...before] = asServiceUser(path.join(programs, 'initdb'));
  execFileSync(
    command,
    [
      ...before,
      ...['-D', data, '-U', SERVICE_USER, '--encoding=UTF8', '--locale=C.UTF-8', '--auth=trust', '--data-checksums'],
    ],
    { stdio: 'pipe' },
  );
  writeFileSync(path.join(data, 'postgresql.auto.conf'), SETTINGS);
  own(path.join(data, 'postgresql.auto.conf'));
}

/** Of a server that was killed: its database goes on without it, or was killed as well and left its lock. */
function endLeftOver(programs: string, data: string, sockets: string): void {
  const lock = path.join(data, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const processId = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  if (isAlive(processId)) {
    const [command, ...before] = asServiceUser(path.join(programs, 'pg_ctl'));
    spawnSync(command, [...before, '-D', data, 'stop', '-m', 'fast', '-w', '-t', '60'], { stdio: 'ignore' });
  }
  if (isAlive(processId))
    throw new Error(`The PostgreSQL in ${data} still runs, and does not end. End it, then start again`);
  rmSync(lock, { force: true });
  rmSync(path.join(sockets, '.s.PGSQL.5432.lock'), { force: true });
}

/** A process that has ended and that nobody has asked about is none, though its number is still taken. */
function isAlive(processId: number): boolean {
  try {
    const [, state] = /\) (\S)/.exec(readFileSync(`/proc/${processId}/stat`, 'utf8')) ?? [];
    return state !== 'Z';
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return false;
    throw error;
  }
}

const isRoot = (): boolean => process.getuid?.() === 0;

function asServiceUser(program: string): readonly [string, ...string[]] {
  return isRoot()
    ? ['setpriv', `--reuid=${SERVICE_USER}`, `--regid=${SERVICE_USER}`, '--init-groups', program]
    : [program];
}

function own(place: string): void {
  if (!isRoot()) return;
  const id = (flag: string): number => Number(execFileSync('id', [flag, SERVICE_USER], { encoding: 'utf8' }));
  chownSync(place, id('-u'), id('-g'));
}

async function startPostgres(programs: string, data: string, sockets: string): Promise<ChildProcess> {
  const [command, ...before] = asServiceUser(path.join(programs, 'postgres'));
  const until = Date.now() + START_DEADLINE;
  for (;;) {
    const child = spawn(command, [...before, '-D', data, '-k', sockets], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4_000);
    });
    while (child.exitCode === null && child.signalCode === null) {
      if (await answers(programs, sockets)) return child;
      if (Date.now() > until) {
        child.kill('SIGQUIT');
        throw new Error(`PostgreSQL did not answer within ${START_DEADLINE / 1000} s: ${said}`);
      }
    }
    // Of one that was killed, processes go on for a moment, and keep its memory.
    if (!said.includes('shared memory block') || Date.now() > until)
      throw new Error(`PostgreSQL ended at once: ${said}`);
  }
}

function answers(programs: string, sockets: string): Promise<boolean> {
  return new Promise((resolve) => {
    spawn(path.join(programs, 'pg_isready'), ['-q', '-h', sockets]).on('close', (code) => {
      resolve(code === 0);
    });
  });
}

async function stop(child: ChildProcess, data: string): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGINT'); // "fast": clients are sent away, everything is written
  await ended;
  rmSync(path.join(data, 'postmaster.pid'), { force: true });
}
