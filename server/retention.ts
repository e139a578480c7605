/** Whole months leave the store, where the trust says so; a legal hold keeps every month in which it names anybody. */
import type { Pool } from 'pg';
import type { AuditPort } from '../main/domain/audit.js';

export interface RetentionParts {
  /** Of the role audit_keeper. */
  readonly pool: Pool;
  readonly audit: AuditPort;
  readonly now: () => Date;
}

export interface Hold {
  readonly name: string;
  /** NHS number or "authority|value". */
  readonly patient?: string;
  readonly user?: string;
  readonly because: string;
}

/** What became of a month: how many records were deleted, or what keeps it. */
export interface MonthKept {
  /** "2026-11" */
  readonly month: string;
  readonly deleted: number | null;
  readonly keptBy: string | null;
}

export class Retention {
  constructor(private readonly parts: RetentionParts) {}

  /** Deletes every month that is older, each recorded before it goes. @param by who says so */
  async keep(months: number, by: string): Promise<MonthKept[]> {
    const { pool, audit, now } = this.parts;
    const today = now();
    const first = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() - months, 1)).toISOString().slice(0, 7);
    const { rows } = await pool.query<{ month: string }>(
      `SELECT replace(substr(c.relname, 7), '_', '-') AS month FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
       WHERE i.inhparent = 'audit.event'::regclass ORDER BY 1`,
    );
    const done: MonthKept[] = [];
    for (const { month } of rows.filter((row) => row.month < first)) {
      const { rows: counted } = await pool.query<{ records: string }>(
        'SELECT count(*) AS records FROM audit.event WHERE recorded >= $1::timestamptz AND recorded < $2::timestamptz',
        [`${month}-01T00:00:00Z`, nextMonth(month)],
      );
      const records = Number(counted[0]?.records ?? 0);
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        await client.query('SELECT audit.drop_month($1::date)', [`${month}-01`]);
        audit.record({ type: 'trail.retained', change: 'deleted', user: by, subject: month, records });
        await client.query('COMMIT');
        done.push({ month, deleted: records, keptBy: null });
      } catch (error) {
        await client.query('ROLLBACK');
        const [, held] = /the legal hold "(.*)" keeps/.exec(error instanceof Error ? error.message : '') ?? [];
        if (held === undefined) throw error;
        done.push({ month, deleted: null, keptBy: held });
      } finally {
        client.release();
      }
    }
    return done;
  }

  /** @throws where there is one of this name */
  async hold({ name, patient, user, because }: Hold, by: string): Promise<void> {
    this.parts.audit.record({ type: 'trail.retained', change: 'held', user: by, subject: name, records: 0 });
    await this.parts.pool.query(
      'INSERT INTO audit.hold (name, patient, user_id, because, by) VALUES ($1, $2, $3, $4, $5)',
      [name, patient ?? null, user ?? null, because, by],
    );
  }

  /** @returns whether there was one */
  async release(name: string, by: string): Promise<boolean> {
    this.parts.audit.record({ type: 'trail.retained', change: 'released', user: by, subject: name, records: 0 });
    const { rowCount } = await this.parts.pool.query('DELETE FROM audit.hold WHERE name = $1', [name]);
    return rowCount === 1;
  }
}

function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString();
}
