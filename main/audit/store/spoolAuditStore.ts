/**
 * The trail of this computer alone: its spool, looked through. For the demo, for a trust without a server, and for the
 * time in which the server cannot be reached. What was read stays in memory, so that only what is new is read again.
 */
import type {
  AuditActivity,
  AuditAlert,
  AuditAnswer,
  AuditFilter,
  AuditGroup,
  QuestionId,
  RowName,
  RowProof,
  SessionSpan,
  TrailHealth,
} from '../../../preload/auditContract.js';
import {
  comparable,
  MOST_GROUPS,
  narrowing,
  PAGE_ROWS,
  questions,
  WORKING_HOURS,
} from '../../domain/auditQuestions.js';
import { type AuditColumns, auditColumns, shownName } from '../auditColumns.js';
import { parseFileName } from '../previousChain.js';
import { noHash } from '../record.js';
import type { Spool, SpoolEntry, SpoolPosition } from '../transport/spool.js';
import { type ChainVerdict, ChainVerifier, openEnd } from '../verify/chainVerifier.js';
import { spoolLines } from '../verify/spoolLines.js';
import { judgeSuccession } from '../verify/succession.js';
import { auditAlert, auditRow, shownSpan } from './auditRow.js';
import {
  type AuditAsk,
  type AuditStore,
  type Cursor,
  type Evidence,
  type EvidenceRecord,
  readCursor,
  STRETCHES,
  stripOf,
  writeCursor,
} from './auditStore.js';

interface Kept {
  readonly entry: SpoolEntry & { readonly source: null };
  readonly columns: AuditColumns;
  /** In the order of the spool. */
  readonly place: number;
}

/** Records looked at before others get a turn. */
const AT_ONCE = 500;

export class SpoolAuditStore implements AuditStore {
  readonly place = 'spool';
  #kept: Kept[] = [];
  #read: SpoolPosition | null = null;
  #reading: Promise<void> | null = null;
  #aliases = new Map<string, string>();
  #people = new Map<string, string>();

  constructor(
    private readonly spool: Spool,
    private readonly now: () => Date,
  ) {}

  async ask({ question, filter, cursor, reason }: AuditAsk): Promise<AuditAnswer> {
    const isMasked = reason === null;
    const { answer } = questions[question];
    const found = await this.#narrowed(question, filter);
    switch (answer.kind) {
      case 'records': {
        const { page, next } = pageOf(found, cursor);
        return { kind: 'records', rows: page.map(({ entry }) => auditRow(entry, isMasked)), next };
      }
      case 'shown': {
        const { page, next } = pageOf(found, cursor);
        const spans = page.map((one) => shownSpan(one.entry, this.#endOf(one), isMasked));
        return { kind: 'shown', spans: spans.filter((span) => span !== null), next };
      }
      case 'groups': {
        const groups = grouped(found, answer.by);
        const most = (one: AuditGroup, other: AuditGroup): number =>
          other.patients - one.patients || other.records - one.records;
        const latest = (one: AuditGroup, other: AuditGroup): number => (one.last < other.last ? 1 : -1);
        groups.sort(answer.most === true ? most : latest);
        return {
          kind: 'groups',
          by: answer.by,
          groups: groups.slice(0, MOST_GROUPS),
          isCut: groups.length > MOST_GROUPS,
        };
      }
      case 'sessions':
        return this.#sessions(found, filter.at);
    }
  }

  async activity(question: QuestionId, filter: AuditFilter): Promise<AuditActivity> {
    const { begin, stretch } = stripOf(narrowing(question, filter).filter, this.now());
    const stretches = Array.from({ length: STRETCHES }, (_, index) => ({
      from: new Date(begin + index * stretch).toISOString(),
      records: 0,
      failures: 0,
    }));
    for (const { entry, columns } of await this.#narrowed(question, filter)) {
      const mine = stretches[Math.floor((Date.parse(entry.record.at) - begin) / stretch)];
      if (!mine) continue;
      mine.records += 1;
      if (columns.outcome !== 0) mine.failures += 1;
    }
    return { stretch, stretches };
  }

  async alerts(reason: string | null): Promise<readonly AuditAlert[]> {
    await this.#refresh();
    const answered = new Map<string, Kept>();
    for (const one of this.#kept)
      if (one.entry.record.event.type === 'alert.answered') answered.set(one.entry.record.event.reference, one);
    return this.#kept
      .flatMap(({ entry }) => {
        const { event } = entry.record;
        if (event.type !== 'breakGlass.opened') return [];
        return auditAlert(entry, answered.get(event.reference)?.entry.record ?? null, reason === null) ?? [];
      })
      .reverse()
      .slice(0, MOST_GROUPS);
  }

  async health(): Promise<Omit<TrailHealth, 'deliveries'>> {
    const judged = await this.#judge();
    const successions = judgeSuccession(judged, true);
    const chains = judged
      .map(({ verdict }, index) => {
        const { faults = [], doubts = [] } = successions[index] ?? {};
        const isLast = index === judged.length - 1;
        const opened = this.#kept.find(({ entry }) => entry.chain === verdict.chain);
        return {
          chain: verdict.chain ?? '',
          source: null,
          node: opened?.entry.node ?? '',
          version: opened?.entry.version ?? '',
          from: verdict.from ?? '',
          to: verdict.to ?? '',
          records: verdict.lastSequence,
          isClosed: verdict.isClosed,
          troubles: [...faults, ...doubts.filter((doubt) => !(isLast && doubt === openEnd))],
        };
      })
      .reverse();
    return {
      place: 'spool',
      records: this.#kept.length,
      chains,
      refused: 0,
      checkpoint: null,
      troubles: chains.some(({ troubles }) => troubles.length > 0)
        ? ['The trail of this computer is not whole: see the runs below, and keep a copy of its folder']
        : [],
    };
  }

  async prove(rows: readonly RowName[]): Promise<RowProof[]> {
    const verdicts = new Map<string, string>();
    const wanted = new Set(rows.map(({ chain, sequence }) => `${chain}/${sequence}`));
    await this.#judge((chain, sequence, verdict) => {
      const key = `${chain}/${sequence}`;
      if (wanted.has(key)) verdicts.set(key, verdict);
    });
    return rows.map(({ chain, sequence }): RowProof => {
      const verdict = verdicts.get(`${chain}/${sequence}`);
      if (verdict === undefined)
        return { chain, sequence, verdict: 'missing', steps: ['It is not in the spool of this computer any more'] };
      if (verdict !== 'good')
        return {
          chain,
          sequence,
          verdict: 'altered',
          steps: [`Its place in the chain says: ${verdict.replaceAll('-', ' ')}`],
        };
      return {
        chain,
        sequence,
        verdict: 'whole',
        steps: [
          'Its hash fits what it says and the record before it, and so does every hash before that one',
          'Nobody outside this computer vouches for it: an audit server would',
        ],
      };
    });
  }

  async evidence(question: QuestionId, filter: AuditFilter): Promise<Evidence> {
    const found = await this.#narrowed(question, filter);
    const previous = new Map<string, string>();
    for (const { entry } of this.#kept) previous.set(`${entry.chain}/${entry.record.sequence + 1}`, entry.hash);
    // eslint-disable-next-line @typescript-eslint/require-await -- what is here already is read as what would come
    const records = async function* (): AsyncGenerator<EvidenceRecord> {
      for (const { entry } of found) {
        const { chain, node, version, line, record } = entry;
        const before = previous.get(`${chain}/${record.sequence}`) ?? noHash;
        yield { chain, source: null, node, version, previous: before, line, inclusion: null };
      }
    };
    return { checkpoint: null, records: records() };
  }

  /** Oldest first. */
  async #narrowed(question: QuestionId, asked: AuditFilter): Promise<readonly Kept[]> {
    await this.#refresh();
    const { filter, types, only } = narrowing(question, asked);
    const wantedTypes = types && new Set<string>(types);
    const numbers = filter.patient === undefined ? null : this.#numbersOf(filter.patient);
    const family = only === 'same-name' ? (this.#people.get(filter.user ?? '') ?? '') : '';
    const withEncounter =
      only === 'no-encounter'
        ? new Set(
            this.#kept.flatMap(({ entry: { chain, record } }) =>
              record.event.type === 'beside.opened' && record.event.subject === 'encounter'
                ? [`${chain}/${record.event.epoch}`]
                : [],
            ),
          )
        : null;
    const found = this.#kept.filter(({ entry, columns }) => {
      const { record, node, chain } = entry;
      return (
        (numbers === null ||
          (columns.patient !== null && numbers.has(columns.patient)) ||
          columns.mentions.some((number) => numbers.has(number))) &&
        (filter.user === undefined || columns.user === filter.user) &&
        (filter.node === undefined || node === filter.node) &&
        (filter.system === undefined || columns.system === filter.system) &&
        (filter.session === undefined || record.session === filter.session) &&
        (filter.from === undefined || record.at >= filter.from) &&
        (filter.to === undefined || record.at < filter.to) &&
        (filter.failures !== true || columns.outcome !== 0) &&
        (wantedTypes === undefined || wantedTypes.has(columns.type)) &&
        (only !== 'outside-hours' || isOutsideHours(record.at)) &&
        (only !== 'same-name' || (family !== '' && ` ${shownName(record)} `.includes(` ${family} `))) &&
        (withEncounter === null ||
          (record.event.type === 'patient.chosen' && !withEncounter.has(`${chain}/${record.event.epoch}`)))
      );
    });
    // As the server sorts them: clocks may have been set back.
    return found.sort((one, other) =>
      one.entry.record.at === other.entry.record.at
        ? one.place - other.place
        : one.entry.record.at < other.entry.record.at
          ? -1
          : 1,
    );
  }

  #numbersOf(patient: string): ReadonlySet<string> {
    const main = this.#aliases.get(patient) ?? patient;
    const others = [...this.#aliases].filter(([, key]) => key === main).map(([alias]) => alias);
    return new Set([patient, main, ...others]);
  }

  #endOf({ entry, columns, place }: Kept): string | null {
    for (const { entry: next, columns: theirs } of this.#kept.slice(place + 1)) {
      if (next.chain !== entry.chain) break;
      const isItsEnd =
        theirs.system === columns.system &&
        ['system.covered', 'system.displayed', 'system.slept'].includes(theirs.type);
      if (isItsEnd || theirs.type === 'session.signedOut' || theirs.type === 'chain.close') return next.record.at;
    }
    return null;
  }

  #sessions(found: readonly Kept[], at: string | undefined): AuditAnswer {
    const sessions = found
      .toReversed()
      .map(({ entry, columns, place }): SessionSpan => {
        const ended = this.#kept
          .slice(place + 1)
          .find(
            ({ entry: next, columns: theirs }) =>
              next.chain === entry.chain && (theirs.type === 'session.signedOut' || theirs.type === 'chain.close'),
          );
        const event = ended?.entry.record.event;
        return {
          user: columns.user ?? '',
          node: entry.node,
          session: entry.record.session ?? '',
          from: entry.record.at,
          to: ended?.entry.record.at ?? null,
          reason: event?.type === 'session.signedOut' ? event.reason : null,
        };
      })
      .filter(({ from, to }) => at === undefined || (from <= at && (to === null || to >= at)));
    return { kind: 'sessions', sessions: sessions.slice(0, MOST_GROUPS), isCut: sessions.length > MOST_GROUPS };
  }

  /** Reads what is new, giving others a turn; one at a time. */
  #refresh(): Promise<void> {
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const { entries, end, unreadable } = await this.spool.read(this.#read);
      for (const [index, entry] of entries.entries()) {
        const columns = auditColumns(entry.record);
        this.#kept.push({ entry: { ...entry, source: null }, columns, place: this.#kept.length });
        for (const [alias, key] of columns.aliases) this.#aliases.set(alias, key);
        if (columns.person) this.#people.set(columns.person.user, comparable(columns.person.family));
        if (index % AT_ONCE === AT_ONCE - 1) await turn();
      }
      this.#read = end;
      if (entries.length === 0 && unreadable === 0) return;
      await turn();
    }
  }

  /** Every file of the spool, line by line. */
  async #judge(
    each?: (chain: string, sequence: number, verdict: string) => void,
  ): Promise<{ readonly name: string; readonly verdict: ChainVerdict }[]> {
    await this.#refresh();
    const judged: { readonly name: string; readonly verdict: ChainVerdict }[] = [];
    for (const { name, file } of await this.spool.files()) {
      const chain = parseFileName(name)?.chain ?? null;
      const verifier = new ChainVerifier(chain, null);
      const rest = await spoolLines(file, async (lines) => {
        for (const line of lines) {
          const { verdict, record } = verifier.push(line);
          if (record && chain !== null) each?.(chain, record.sequence, verdict);
        }
        await turn();
      });
      judged.push({ name, verdict: verifier.end(rest) });
    }
    return judged;
  }
}

/** @param found oldest first */
function pageOf(found: readonly Kept[], cursor: string | null): { page: readonly Kept[]; next: string | null } {
  const after = cursor === null ? null : readCursor(cursor);
  const isAfter = ({ entry, place }: Kept, { at, place: last }: Cursor): boolean =>
    entry.record.at < at || (entry.record.at === at && place < last);
  const rest = found.toReversed().filter((one) => after === null || isAfter(one, after));
  const page = rest.slice(0, PAGE_ROWS);
  const last = page.at(-1);
  return {
    page,
    next: rest.length > PAGE_ROWS && last ? writeCursor({ at: last.entry.record.at, place: last.place }) : null,
  };
}

function grouped(found: readonly Kept[], by: 'user' | 'node' | 'day'): AuditGroup[] {
  const groups = new Map<
    string,
    { records: number; failures: number; patients: Set<string>; first: string; last: string }
  >();
  for (const { entry, columns } of found) {
    const key = { user: columns.user, node: entry.node, day: entry.record.at.slice(0, 10) }[by];
    if (key === null) continue;
    const { at } = entry.record;
    const group = groups.get(key) ?? { records: 0, failures: 0, patients: new Set<string>(), first: at, last: at };
    group.records += 1;
    if (columns.outcome !== 0) group.failures += 1;
    if (columns.patient !== null) group.patients.add(columns.patient);
    group.last = at;
    groups.set(key, group);
  }
  return [...groups].map(([key, group]) => ({ key, title: key, ...group, patients: group.patients.size }));
}

const localTime = new Intl.DateTimeFormat('en-GB', {
  timeZone: WORKING_HOURS.timeZone,
  weekday: 'short',
  hour: '2-digit',
  hourCycle: 'h23',
});

function isOutsideHours(at: string): boolean {
  const parts = localTime.formatToParts(new Date(at));
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  const hour = Number(part('hour'));
  return (
    part('weekday') === 'Sat' || part('weekday') === 'Sun' || hour < WORKING_HOURS.from || hour >= WORKING_HOURS.to
  );
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
