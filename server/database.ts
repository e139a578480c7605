/** The way to PostgreSQL, and which of its roles each part takes. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Pool, type PoolConfig } from 'pg';

/** Without a role: what the configuration names, or the cluster of one's own. */
export type DatabaseAddress = Pick<PoolConfig, 'connectionString' | 'host' | 'port' | 'user' | 'database'>;

/** What a part may do there; see schema.sql. */
export type DatabaseRole = 'audit_writer' | 'audit_reader' | 'audit_keeper';

/** Milliseconds until a question is given up: a viewer that scans years must not hold the server. */
const STATEMENT_DEADLINE = 30_000;
const CONNECTION_DEADLINE = 5_000;

/** @param report a connection that broke while nobody used it */
export function openPool(
  address: DatabaseAddress,
  role: DatabaseRole | null,
  connections: number,
  report: (error: unknown) => void,
): Pool {
  const pool = new Pool({
    ...address,
    max: connections,
    connectionTimeoutMillis: CONNECTION_DEADLINE,
    options: `${role === null ? '' : `-c role=${role} `}-c statement_timeout=${STATEMENT_DEADLINE} -c timezone=UTC -c jit=off`,
  });
  pool.on('error', (error) => {
    if (!pool.ending) report(error); // the database may be quicker to close than the connection
  });
  return pool;
}

/** Brings the store's tables, roles and functions into being, or up to date. @param address of an owner of the database */
export async function prepareDatabase(address: DatabaseAddress): Promise<void> {
  const pool = openPool(address, null, 1, () => undefined);
  try {
    await pool.query(await readFile(path.join(import.meta.dirname, 'schema.sql'), 'utf8'));
  } finally {
    await pool.end();
  }
}

/** 32 hex digits, of a uuid as PostgreSQL writes it. */
export function hexOfUuid(uuid: string): string {
  return uuid.replaceAll('-', '');
}
