/** The saved questions as SQL. Every value is a parameter; nothing of a question is ever part of a statement's text. */
import type { Pool } from 'pg';
import {
  comparable,
  MOST_GROUPS,
  narrowing,
  PAGE_ROWS,
  questions,
  WORKING_HOURS,
} from '../main/domain/auditQuestions.js';
import { auditAlert, auditRow, shownSpan, type TrailEntry } from '../main/audit/store/auditRow.js';
import {
  type AuditAsk,
  type Cursor,
  type EvidenceRecord,
  readCursor,
  STRETCHES,
  stripOf,
  writeCursor,
} from '../main/audit/store/auditStore.js';
import type { AuditRecord, ChainId } from '../main/audit/record.js';
import { inclusionProof } from '../main/audit/tree/merkleTree.js';
import type {
  AuditActivity,
  AuditAlert,
  AuditAnswer,
  AuditFilter,
  AuditGroup,
  ChainHealth,
  QuestionId,
  RowName,
  SessionSpan,
  TrailHealth,
} from '../preload/auditContract.js';
import { hexOfUuid } from './database.js';
import { treeStore } from './treeStore.js';

interface EventRow {
  readonly leaf: string;
  readonly chain: string;
  readonly source: string;
  readonly node: string;
  readonly body: string;
}

/** Conditions and their parameters, as they are gathered. */
class Where {
  readonly #conditions: string[] = [];
  readonly values: unknown[] = [];

  /** @param condition with $? where the value goes */
  add(condition: string, ...values: readonly unknown[]): void {
    let text = condition;
    for (const value of values) {
      this.values.push(value);
      text = text.replace('$?', `$${this.values.length}`);
    }
    this.#conditions.push(text);
  }

  get text(): string {
    return this.#conditions.length === 0 ? 'true' : this.#conditions.join(' AND ');
  }
}

const COLUMNS = 'e.leaf, e.chain, e.source, e.node, e.body';
/** Chains that one look at the health tells. */
const MOST_CHAINS = 500;
const MOST_ALERTS = 500;
/** Records of an export read at a time. */
const EXPORT_ROWS = 1_000;

export class Store {
  /** @param pool of the role audit_reader */
  constructor(
    private readonly pool: Pool,
    private readonly now: () => Date,
  ) {}

  async ask({ question, filter, cursor, reason }: AuditAsk): Promise<AuditAnswer> {
    const { answer } = questions[question];
    const isMasked = reason === null;
    switch (answer.kind) {
      case 'records':
      case 'shown': {
        const { rows, next } = await this.#page(question, filter, cursor === null ? null : readCursor(cursor));
        if (answer.kind === 'records')
          return { kind: 'records', rows: rows.map((row) => auditRow(entryOf(row), isMasked)), next };
        const ends = await this.#ends(rows);
        const spans = rows.map((row, index) => shownSpan(entryOf(row), ends[index] ?? null, isMasked));
        return { kind: 'shown', spans: spans.filter((span) => span !== null), next };
      }
      case 'groups':
        return this.#groups(question, filter, answer.by, answer.most === true);
      case 'sessions':
        return this.#sessions(filter);
    }
  }

  /** Records as they are, newest first: for whoever renders them otherwise. */
  async records(
    filter: AuditFilter,
    cursor: string | null,
  ): Promise<{ records: (TrailEntry & { readonly version: string })[]; next: string | null }> {
    const { rows, next } = await this.#page('live', filter, cursor === null ? null : readCursor(cursor));
    const versions = await this.pool.query<{ chain: string; version: string }>(
      'SELECT chain, version FROM audit.chain WHERE chain = ANY($1::uuid[])',
      [[...new Set(rows.map(({ chain }) => chain))]],
    );
    const versionOf = new Map(versions.rows.map(({ chain, version }) => [hexOfUuid(chain), version]));
    return {
      records: rows.map(entryOf).map((entry) => ({ ...entry, version: versionOf.get(entry.chain) ?? '' })),
      next,
    };
  }

  async activity(question: QuestionId, filter: AuditFilter): Promise<AuditActivity> {
    const { begin, stretch } = stripOf(narrowing(question, filter).filter, this.now());
    const where = await this.#where(question, {
      ...filter,
      from: new Date(begin).toISOString(),
      to: new Date(begin + stretch * STRETCHES).toISOString(),
    });
    const { rows } = await this.pool.query<{ stretch: number; records: string; failures: string }>(
      `SELECT floor(extract(epoch FROM recorded - $${where.values.length + 1}::timestamptz) * 1000
         / $${where.values.length + 2}::float8)::int AS stretch,
        count(*) AS records, count(*) FILTER (WHERE outcome <> 0) AS failures
       FROM audit.event e WHERE ${where.text} GROUP BY 1`,
      [...where.values, new Date(begin).toISOString(), stretch],
    );
    const counted = new Map(rows.map((row) => [row.stretch, row]));
    return {
      stretch,
      stretches: Array.from({ length: STRETCHES }, (_, index) => ({
        from: new Date(begin + index * stretch).toISOString(),
        records: Number(counted.get(index)?.records ?? 0),
        failures: Number(counted.get(index)?.failures ?? 0),
      })),
    };
  }

  async alerts(reason: string | null): Promise<AuditAlert[]> {
    const { rows } = await this.pool.query<EventRow>(
      `SELECT ${COLUMNS} FROM audit.event e WHERE type = 'breakGlass.opened' AND type LIKE 'breakGlass.%'
       ORDER BY recorded DESC LIMIT ${MOST_ALERTS}`,
    );
    const answers = await this.pool.query<EventRow>(
      `SELECT ${COLUMNS} FROM audit.event e WHERE type = 'alert.answered' AND type LIKE 'alert.%'
       ORDER BY recorded DESC LIMIT ${MOST_ALERTS * 10}`,
    );
    const newest = new Map<string, AuditRecord>();
    for (const row of answers.rows) {
      const { record } = entryOf(row);
      if (record.event.type !== 'alert.answered') continue;
      if (!newest.has(record.event.reference)) newest.set(record.event.reference, record);
    }
    return rows.flatMap((row) => {
      const entry = entryOf(row);
      const { event } = entry.record;
      const answered = event.type === 'breakGlass.opened' ? (newest.get(event.reference) ?? null) : null;
      return auditAlert(entry, answered, reason === null) ?? [];
    });
  }

  async health(): Promise<Omit<TrailHealth, 'deliveries'>> {
    const [counts, chains, refused, checkpoint] = await Promise.all([
      this.pool.query<{ records: string }>('SELECT coalesce(sum(sequence), 0) AS records FROM audit.chain'),
      this.pool.query<HealthRow>(
        `SELECT c.*, b.chain IS NOT NULL AS before_is_held, b.sequence AS before_sequence, b.head AS before_is,
          n.chain IS NOT NULL AS has_next, (SELECT count(*) FROM audit.refused r WHERE r.chain = replace(c.chain::text, '-', '')) AS refused
         FROM (SELECT * FROM audit.chain ORDER BY opened DESC LIMIT ${MOST_CHAINS}) c
         LEFT JOIN audit.chain b ON b.chain = c.before
         LEFT JOIN LATERAL (SELECT chain FROM audit.chain WHERE before = c.chain LIMIT 1) n ON true
         ORDER BY c.opened DESC`,
      ),
      this.pool.query<{ refused: string }>('SELECT count(*) AS refused FROM audit.refused'),
      this.pool.query<{ size: string; root: Buffer; at: Date }>(
        'SELECT size, root, at FROM audit.checkpoint ORDER BY size DESC LIMIT 1',
      ),
    ]);
    const [signed] = checkpoint.rows;
    const [refusedCount] = refused.rows;
    const age = signed ? this.now().getTime() - signed.at.getTime() : 0;
    return {
      place: 'server',
      records: Number(counts.rows[0]?.records ?? 0),
      chains: chains.rows.map((row) => chainHealth(row, this.now())),
      refused: Number(refusedCount?.refused ?? 0),
      checkpoint: signed
        ? { size: Number(signed.size), root: signed.root.toString('base64'), at: signed.at.toISOString() }
        : null,
      troubles: [
        ...(signed ? [] : ['No checkpoint has been signed yet']),
        ...(age > 180_000 ? [`The newest checkpoint is ${Math.round(age / 60_000)} minutes old`] : []),
        ...(Number(refusedCount?.refused ?? 0) > 0
          ? [`${refusedCount?.refused ?? ''} records did not go on from what is held, and are kept apart`]
          : []),
      ],
    };
  }

  /** Everything that proves these records; what is not there is missing from the answer. */
  async evidenceOf(rows: readonly RowName[]): Promise<{ checkpoint: string | null; records: EvidenceRecord[] }> {
    const { rows: found } = await this.pool.query<EvidenceRow>(
      `SELECT e.leaf, e.chain, e.source, e.node, e.body, e.previous, e.hash, e.mac, c.version
       FROM unnest($1::uuid[], $2::int[]) AS w (chain, sequence)
       JOIN audit.event e ON e.chain = w.chain AND e.sequence = w.sequence JOIN audit.chain c ON c.chain = e.chain`,
      [rows.map(({ chain }) => chain), rows.map(({ sequence }) => sequence)],
    );
    const checkpoint = await this.#checkpoint();
    return { checkpoint: checkpoint?.note ?? null, records: await this.#proven(found, checkpoint?.size ?? 0) };
  }

  /** Oldest first, as of now. */
  async evidence(
    question: QuestionId,
    filter: AuditFilter,
  ): Promise<{ checkpoint: string | null; records: AsyncIterable<EvidenceRecord> }> {
    const checkpoint = await this.#checkpoint();
    const size = checkpoint?.size ?? 0;
    const page = async function* (this: Store): AsyncIterable<EvidenceRecord> {
      for (let after: Cursor = { at: '2000-01-01T00:00:00.000Z', place: -1 }; ;) {
        const where = await this.#where(question, filter);
        where.add('e.recorded >= $?', after.at);
        where.add('(e.recorded, e.leaf) > ($?::timestamptz, $?::bigint)', after.at, after.place);
        const { rows } = await this.pool.query<EvidenceRow>(
          `SELECT e.leaf, e.chain, e.source, e.node, e.body, e.previous, e.hash, e.mac, c.version
           FROM audit.event e JOIN audit.chain c ON c.chain = e.chain WHERE ${where.text}
           ORDER BY e.recorded, e.leaf LIMIT ${EXPORT_ROWS}`,
          where.values,
        );
        yield* await this.#proven(rows, size);
        const last = rows.at(-1);
        if (!last || rows.length < EXPORT_ROWS) return;
        after = cursorOf(last);
      }
    };
    return { checkpoint: checkpoint?.note ?? null, records: page.call(this) };
  }

  async #checkpoint(): Promise<{ size: number; note: string } | null> {
    const { rows } = await this.pool.query<{ size: string; note: string }>(
      'SELECT size, note FROM audit.checkpoint ORDER BY size DESC LIMIT 1',
    );
    const [row] = rows;
    return row ? { size: Number(row.size), note: row.note } : null;
  }

  async #proven(rows: readonly EvidenceRow[], size: number): Promise<EvidenceRecord[]> {
    const store = rememberingLeaves(treeStore(this.pool));
    const records: EvidenceRecord[] = [];
    for (const { leaf, chain, source, node, version, body, previous, hash, mac } of rows) {
      const macPart = mac === null ? '' : `,"mac":"${mac.toString('hex')}"`;
      const isSigned = Number(leaf) < size;
      records.push({
        chain: hexOfUuid(chain),
        source,
        node,
        version,
        previous: previous.toString('hex'),
        line: `{"hash":"${hash.toString('hex')}"${macPart},"record":${body}}`,
        inclusion: isSigned
          ? {
              leaf: Number(leaf),
              proof: (await inclusionProof(Number(leaf), size, store)).map((one) => one.toString('base64')),
            }
          : null,
      });
    }
    return records;
  }

  /** One page of records, newest first. */
  async #page(
    question: QuestionId,
    filter: AuditFilter,
    after: Cursor | null,
  ): Promise<{ rows: EventRow[]; next: string | null }> {
    const { patient, ...rest } = filter;
    const where = await this.#where(question, patient === undefined ? filter : rest);
    if (after) {
      where.add('e.recorded <= $?::timestamptz', after.at);
      where.add('(e.recorded, e.leaf) < ($?::timestamptz, $?::bigint)', after.at, after.place);
    }
    const newest = `ORDER BY e.recorded DESC, e.leaf DESC LIMIT ${PAGE_ROWS + 1}`;
    let text = `SELECT ${COLUMNS} FROM audit.event e WHERE ${where.text} ${newest}`;
    if (patient !== undefined) {
      const numbers = await this.#numbersOf(patient);
      // One part for each number: the planner then knows how often it occurs, and reads newest first from the index.
      const parts = numbers.map((number) => {
        where.values.push(number);
        return `(SELECT e.recorded, ${COLUMNS} FROM audit.event e
          WHERE e.patient = $${where.values.length} AND ${where.text} ${newest})`;
      });
      where.values.push(numbers);
      text = `SELECT * FROM (${parts.join(' UNION ALL ')} UNION ALL (
        SELECT e.recorded, ${COLUMNS} FROM audit.mention m JOIN audit.event e
          ON e.chain = m.chain AND e.sequence = m.sequence AND e.recorded = m.recorded
        WHERE m.patient = ANY($${where.values.length}::text[]) AND ${where.text} ${newest})) e ${newest}`;
    }
    const { rows } = await this.pool.query<EventRow>(text, where.values);
    const shown = rows.slice(0, PAGE_ROWS);
    const last = shown.at(-1);
    return { rows: shown, next: rows.length > PAGE_ROWS && last ? writeCursor(cursorOf(last)) : null };
  }

  /** When each page ceased to be shown, as the next line of its system in its chain says. */
  async #ends(rows: readonly EventRow[]): Promise<(string | null)[]> {
    const places = rows.map(({ chain, body }) => ({ chain, ...(JSON.parse(body) as AuditRecord) }));
    const { rows: ends } = await this.pool.query<{ index: string; recorded: Date | null }>(
      `SELECT w.index, n.recorded FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::text[])
         WITH ORDINALITY AS w (chain, sequence, recorded, system, index)
       LEFT JOIN LATERAL (SELECT e.recorded FROM audit.event e WHERE e.chain = w.chain AND e.sequence > w.sequence
         AND e.recorded >= w.recorded AND e.recorded < w.recorded + interval '7 days'
         AND ((e.system = w.system AND e.type IN ('system.covered', 'system.displayed', 'system.slept'))
           OR e.type IN ('session.signedOut', 'chain.close'))
         ORDER BY e.sequence LIMIT 1) n ON true`,
      [
        places.map(({ chain }) => chain),
        places.map(({ sequence }) => sequence),
        places.map(({ at }) => at),
        places.map(({ event }) => ('systemId' in event ? event.systemId : null)),
      ],
    );
    const found = new Map(ends.map(({ index, recorded }) => [Number(index) - 1, recorded?.toISOString() ?? null]));
    return rows.map((_, index) => found.get(index) ?? null);
  }

  async #groups(
    question: QuestionId,
    filter: AuditFilter,
    by: 'user' | 'node' | 'day',
    isMost: boolean,
  ): Promise<AuditAnswer> {
    const { patient, ...rest } = filter;
    const where = await this.#where(question, patient === undefined ? filter : rest);
    const key = { user: 'e.user_id', node: 'e.node', day: "to_char(e.recorded, 'YYYY-MM-DD')" }[by];
    const columns = 'e.user_id, e.node, e.recorded, e.patient, e.outcome';
    let from = `audit.event e WHERE ${where.text}`;
    if (patient !== undefined) {
      // All of it stands in the index of patients; the few records that mention them besides are looked up.
      where.values.push(await this.#numbersOf(patient));
      const numbers = `$${where.values.length}::text[]`;
      from = `(SELECT ${columns} FROM audit.event e WHERE e.patient = ANY(${numbers}) AND ${where.text}
        UNION ALL SELECT ${columns} FROM audit.mention m JOIN audit.event e
          ON e.chain = m.chain AND e.sequence = m.sequence AND e.recorded = m.recorded
        WHERE m.patient = ANY(${numbers}) AND ${where.text}) e WHERE true`;
    }
    const { rows } = await this.pool.query<GroupRow>(
      `SELECT ${key} AS key, count(*) AS records, count(DISTINCT e.patient) AS patients,
        count(*) FILTER (WHERE e.outcome <> 0) AS failures, min(e.recorded) AS first, max(e.recorded) AS last
       FROM ${from} AND ${key} IS NOT NULL GROUP BY 1
       ORDER BY ${isMost ? '3 DESC, 2 DESC' : '6 DESC'}, 1 LIMIT ${MOST_GROUPS + 1}`,
      where.values,
    );
    const groups = rows.slice(0, MOST_GROUPS).map((row): AuditGroup => ({
      key: row.key,
      title: row.key,
      records: Number(row.records),
      patients: Number(row.patients),
      failures: Number(row.failures),
      first: row.first.toISOString(),
      last: row.last.toISOString(),
    }));
    return { kind: 'groups', by, groups, isCut: rows.length > MOST_GROUPS };
  }

  async #sessions(filter: AuditFilter): Promise<AuditAnswer> {
    const where = await this.#where('signed-in-at', filter);
    const { rows } = await this.pool.query<SessionRow>(
      `SELECT e.user_id, e.node, e.session, e.recorded, o.recorded AS ended, o.body FROM audit.event e
       LEFT JOIN LATERAL (SELECT recorded, body FROM audit.event o WHERE o.chain = e.chain AND o.sequence > e.sequence
         AND o.recorded >= e.recorded AND o.type IN ('session.signedOut', 'chain.close')
         ORDER BY o.sequence LIMIT 1) o ON true
       WHERE ${where.text} ORDER BY e.recorded DESC LIMIT ${MOST_GROUPS + 1}`,
      where.values,
    );
    const at = filter.at;
    const sessions = rows
      .slice(0, MOST_GROUPS)
      .map((row): SessionSpan => {
        const event = row.body === null ? null : (JSON.parse(row.body) as AuditRecord).event;
        return {
          user: row.user_id ?? '',
          node: row.node,
          session: hexOfUuid(row.session ?? ''),
          from: row.recorded.toISOString(),
          to: row.ended?.toISOString() ?? null,
          reason: event?.type === 'session.signedOut' ? event.reason : null,
        };
      })
      .filter(({ from, to }) => at === undefined || (from <= at && (to === null || to >= at)));
    return { kind: 'sessions', sessions, isCut: rows.length > MOST_GROUPS };
  }

  async #where(question: QuestionId, asked: AuditFilter): Promise<Where> {
    const { filter, types, only } = narrowing(question, asked);
    const where = new Where();
    if (filter.patient !== undefined) {
      const numbers = await this.#numbersOf(filter.patient);
      where.add(
        `(e.patient = ANY($?::text[]) OR EXISTS (SELECT FROM audit.mention m WHERE m.chain = e.chain
          AND m.sequence = e.sequence AND m.recorded = e.recorded AND m.patient = ANY($?::text[])))`,
        numbers,
        numbers,
      );
    }
    if (filter.user !== undefined) where.add('e.user_id = $?', filter.user);
    if (filter.node !== undefined) where.add('e.node = $?', filter.node);
    if (filter.system !== undefined) where.add('e.system = $?', filter.system);
    if (filter.session !== undefined) where.add('e.session = $?::uuid', uuidOr(filter.session));
    if (filter.from !== undefined) where.add('e.recorded >= $?::timestamptz', filter.from);
    if (filter.to !== undefined) where.add('e.recorded < $?::timestamptz', filter.to);
    if (filter.failures === true) where.add('e.outcome <> 0');
    if (types) {
      where.add('e.type = ANY($?::text[])', [...types]);
      // The planner uses a partial index only where it can see its condition.
      if (types.every((type) => type.startsWith('breakGlass.'))) where.add("e.type LIKE 'breakGlass.%'");
      if (question === 'signed-in-at') where.add("e.type IN ('session.signedIn', 'session.signedOut')");
    }
    switch (only) {
      case 'outside-hours':
        where.add(
          `(extract(isodow FROM e.recorded AT TIME ZONE $?) > 5 OR extract(hour FROM e.recorded AT TIME ZONE $?) < $?
            OR extract(hour FROM e.recorded AT TIME ZONE $?) >= $?)`,
          WORKING_HOURS.timeZone,
          WORKING_HOURS.timeZone,
          WORKING_HOURS.from,
          WORKING_HOURS.timeZone,
          WORKING_HOURS.to,
        );
        break;
      case 'same-name':
        where.add(
          `(' ' || audit.comparable(e.body::jsonb #>> '{event,shown,name}') || ' ') LIKE '% ' || $?::text || ' %'`,
          await this.#familyOf(filter.user ?? ''),
        );
        break;
      case 'no-encounter':
        where.add(
          `NOT EXISTS (SELECT FROM audit.event o WHERE o.chain = e.chain AND o.recorded >= e.recorded
            AND o.recorded < e.recorded + interval '1 day' AND o.type = 'beside.opened'
            AND o.body::jsonb #>> '{event,subject}' = 'encounter'
            AND o.body::jsonb #>> '{event,epoch}' = e.body::jsonb #>> '{event,epoch}')`,
        );
        break;
      case undefined:
        break;
    }
    return where;
  }

  /** All that the patient of this number is known by, itself included. */
  async #numbersOf(patient: string): Promise<string[]> {
    const { rows } = await this.pool.query<{ number: string }>(
      `WITH main AS (SELECT coalesce((SELECT patient FROM audit.alias WHERE alias = $1), $1) AS patient)
       SELECT patient AS number FROM main UNION SELECT alias FROM audit.alias JOIN main USING (patient) UNION SELECT $1`,
      [patient],
    );
    return rows.map(({ number }) => number);
  }

  /** A name that nobody has, where it is not known. */
  async #familyOf(user: string): Promise<string> {
    const { rows } = await this.pool.query<{ family: string }>('SELECT family FROM audit.person WHERE user_id = $1', [
      user,
    ]);
    return comparable(rows[0]?.family ?? '') || '\u0001';
  }
}

interface EvidenceRow extends EventRow {
  readonly previous: Buffer;
  readonly hash: Buffer;
  readonly mac: Buffer | null;
  readonly version: string;
}

interface GroupRow {
  readonly key: string;
  readonly records: string;
  readonly patients: string;
  readonly failures: string;
  readonly first: Date;
  readonly last: Date;
}

interface SessionRow {
  readonly user_id: string | null;
  readonly node: string;
  readonly session: string | null;
  readonly recorded: Date;
  readonly ended: Date | null;
  readonly body: string | null;
}

interface HealthRow {
  readonly chain: string;
  readonly source: string;
  readonly node: string;
  readonly version: string;
  readonly opened: Date;
  readonly last: Date;
  readonly received: Date;
  readonly sequence: number;
  readonly closed: boolean;
  readonly before: string | null;
  readonly before_last: number | null;
  readonly before_head: Buffer | null;
  readonly before_is_held: boolean;
  readonly before_sequence: number | null;
  readonly before_is: Buffer | null;
  readonly has_next: boolean;
  readonly refused: string;
}

/** Milliseconds without a record after which a chain that somebody is signed in to is remarkable. */
const SILENT = 15 * 60_000;
/** Milliseconds that a workstation's clock may differ. */
const SKEW = 5 * 60_000;

function chainHealth(row: HealthRow, now: Date): ChainHealth {
  const troubles: string[] = [];
  const { before_last: beforeLast, before_sequence: held } = row;
  if (Number(row.refused) > 0)
    troubles.push(`${row.refused} records are kept apart: they did not go on from the others`);
  if (row.before !== null && !row.before_is_held) troubles.push('The chain before it has not arrived');
  if (row.before_is_held && beforeLast !== null && held !== null) {
    if (held < beforeLast) troubles.push(`Of the chain before it ${beforeLast - held} records have not arrived`);
    else if (held === beforeLast && row.before_head !== null && row.before_is?.equals(row.before_head) !== true)
      troubles.push('The chain before it ends otherwise than this one says');
  }
  if (!row.closed && row.has_next) troubles.push('It has no end: Lanyard or the computer crashed');
  else if (!row.closed && now.getTime() - row.received.getTime() > SILENT)
    troubles.push('Nothing has arrived for a while, and it has no end');
  if (row.last.getTime() - row.received.getTime() > SKEW) troubles.push('The clock of this computer is fast');
  return {
    chain: hexOfUuid(row.chain),
    source: row.source,
    node: row.node,
    version: row.version,
    from: row.opened.toISOString(),
    to: row.last.toISOString(),
    records: row.sequence,
    isClosed: row.closed,
    troubles,
  };
}

function entryOf({ chain, source, node, body }: EventRow): TrailEntry & { readonly chain: ChainId } {
  return { chain: hexOfUuid(chain), source, node, record: JSON.parse(body) as AuditRecord };
}

function cursorOf({ leaf, body }: EventRow): Cursor {
  return { at: (JSON.parse(body) as AuditRecord).at, place: Number(leaf) };
}

/** A session that is none finds nothing. */
function uuidOr(session: string): string {
  return /^[0-9a-f]{32}$/.test(session) ? session : '00000000000000000000000000000000';
}

/** Proofs of neighbours need the same leaves. */
function rememberingLeaves(store: ReturnType<typeof treeStore>): ReturnType<typeof treeStore> {
  const leaves = new Map<string, ReturnType<typeof store.leaves>>();
  const nodes = new Map<string, ReturnType<typeof store.node>>();
  const remembered = <T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> => {
    const known = map.get(key) ?? make();
    map.set(key, known);
    return known;
  };
  return {
    leaves: (from, to) => remembered(leaves, `${from}-${to}`, () => store.leaves(from, to)),
    node: (level, index) => remembered(nodes, `${level}/${index}`, () => store.node(level, index)),
  };
}
