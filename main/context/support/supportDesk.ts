/**
 * The support view: the hub, its subscribers, every tab with its proof, and the last changes. Only for people with the
 * role "support". Patients are numbers here; who they are is told once for a reason, which is recorded before.
 */
import type {
  LinkState,
  Patient,
  Role,
  SupportChange,
  SupportHub,
  SupportIdentities,
  SupportProof,
  SupportSubscriber,
  SupportTab,
  SupportView,
  TabState,
  WorkspaceState,
} from '../../../preload/contract.js';
import type { AuditPort, RecordableEvent } from '../../domain/audit.js';
import { LanyardError } from '../../domain/errors.js';
import type { IdentityField, Verdict } from '../../domain/shownIdentity.js';
import { auditedPatient } from '../auditedPatient.js';
import { SILENT, type SubscriberReport } from '../hub/subscriberReport.js';
import type { HubReport } from '../hubHost/hubHost.js';
import { type Asker, type Change, ChangeReplay } from './changeReplay.js';

export interface SupportDeskParts {
  /** Of who is signed in. */
  readonly roles: readonly Role[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly audit: AuditPort;
  /** null: no hub is configured. */
  readonly hub: () => Promise<HubReport | null>;
  readonly tabs: () => readonly TabState[];
  /** Where the configuration has an item read, in words. */
  readonly placesOf: (systemId: string, field: IdentityField) => readonly string[];
}

/** Characters of a reason, without spaces around it. */
const SHORTEST_REASON = 10;
const LONGEST_REASON = 300;
const LONGEST_TEXT = 60;
/** Milliseconds after which an answer is overdue. Source: FHIRcast 3.0.0, 2.5. */
const OVERDUE_AFTER = 10_000;
/** Of a topic, which is a ticket: enough to tell two apart. */
const SHOWN_OF_TOPIC = 4;

export class SupportDesk {
  readonly #replay: ChangeReplay;
  /** What each system was last read to show. */
  readonly #proofs = new Map<string, SupportProof & { readonly epoch: number }>();
  /** Each patient's number in this session, by record id. */
  readonly #numbers = new Map<string, number>();
  /** The choice that stands; null: nobody is chosen. */
  #chosen: number | null = null;

  constructor(private readonly parts: SupportDeskParts) {
    this.#replay = new ChangeReplay(parts.now);
  }

  /** The clinician asks for a change. */
  proposed(): void {
    this.#replay.proposed({ kind: 'clinician' });
  }

  /** The chosen patient has changed. @param leader the system whose page led the way; null: none */
  committed(patient: Patient | null, epoch: number, leader: string | null = null): void {
    if (patient && !this.#numbers.has(patient.id)) this.#numbers.set(patient.id, this.#numbers.size + 1);
    this.#chosen = patient && epoch;
    this.#replay.committed(patient, epoch, leader);
  }

  /** Some tab may have another state. */
  tabsChanged({ tabs, epoch }: Pick<WorkspaceState, 'tabs' | 'epoch'>): void {
    for (const tab of tabs) this.#replay.tabChanged(tab, epoch);
  }

  /** Something is on record now. */
  heard(event: RecordableEvent): void {
    this.#replay.heard(event);
    if (event.type !== 'system.displayed') return;
    const { systemId, shown, verified, at, epoch } = event;
    const fields = FIELDS.filter((field) => shown[field] !== undefined);
    const items = verified ? fields.map((field) => this.#item(systemId, field, 'matched')) : [];
    this.#proofs.set(systemId, { at, verified, items, epoch });
  }

  /** A page was compared with its patient. @param verdict null: it was not read yet */
  judged(systemId: string, verdict: Verdict | null, epoch: number): void {
    if (verdict === null) this.#proofs.delete(systemId);
    else {
      const items = this.#itemsOf(systemId, verdict);
      this.#proofs.set(systemId, { at: iso(this.parts.now()), verified: verdict.kind === 'match', items, epoch });
    }
  }

  /** @throws LanyardError('forbidden') */
  async view(): Promise<SupportView> {
    this.#permit();
    const hub = await this.parts.hub();
    const tabs = this.parts.tabs();
    const titles = new Map(tabs.map(({ id, title }) => [id, title]));
    return {
      takenAt: iso(this.parts.now()),
      hub: hub ? this.#hubOf(hub) : NO_HUB,
      tabs: tabs.map((tab) => this.#tabOf(tab)),
      changes: this.#replay.changes.map((change) => this.#changeOf(change, titles)),
    };
  }

  /**
   * Who the patients of the last changes are. The reason is recorded first, with every patient that is told.
   * @throws LanyardError('forbidden'), ('bad-request') for no real reason, ('audit-unavailable')
   */
  unmask(given: string): SupportIdentities {
    this.#permit();
    const reason = plain(given);
    if (reason.length < SHORTEST_REASON)
      throw new LanyardError('bad-request', `Say why in at least ${SHORTEST_REASON} characters`);
    if (reason.length > LONGEST_REASON)
      throw new LanyardError('bad-request', `Say why in at most ${LONGEST_REASON} characters`);
    const patients = new Map(
      this.#replay.changes.flatMap(({ patient }) => (patient === null ? [] : [[patient.id, patient] as const])),
    );
    const told = [...patients.values()];
    // SECURITY(S23): recorded before anything is told; what cannot be recorded is not told.
    this.parts.audit.record({ type: 'support.unmasked', reason, patients: told.map(auditedPatient) });
    return {
      reason,
      patients: told.map(({ id, name, nhsNumber, birthDate }) => ({
        number: this.#numberOf(id),
        name,
        nhsNumber,
        birthDate,
      })),
    };
  }

  #permit(): void {
    if (!this.parts.roles.includes('support')) throw new LanyardError('forbidden', 'This is for support staff only');
  }

  #numberOf(patientId: string): number {
    return this.#numbers.get(patientId) ?? 0;
  }

  #itemsOf(systemId: string, verdict: Verdict): Item[] {
    if (verdict.kind === 'match') return verdict.items.map((field) => this.#item(systemId, field, 'matched'));
    if (verdict.kind === 'different') return [this.#item(systemId, verdict.item, 'different')];
    const missing = verdict.kind === 'none' ? FIELDS : verdict.missing === 'number' ? NUMBERS : CORROBORATION;
    return missing.map((field) => this.#item(systemId, field, 'missing')).filter(({ places }) => places.length > 0); // what nobody looks for is not missed
  }

  #item(systemId: string, field: IdentityField, result: Item['result']): Item {
    return { field, places: [...this.parts.placesOf(systemId, field)], result };
  }

  #tabOf(tab: TabState): SupportTab {
    const { id, title, link, since } = tab;
    const proof = this.#proofs.get(id);
    // A proof of an earlier choice proves nothing now; nor does one where the tab says something else.
    const isCurrent = proof?.epoch === this.#chosen && (link === 'In step') === proof.verified;
    const { at, verified, items } = proof ?? NO_PROOF;
    return { id, title, link, since, reason: reasonOf(tab), proof: isCurrent ? { at, verified, items } : null };
  }

  #hubOf({ state, port, joined, topic, startedAt, restarts, subscribers }: HubReport): SupportHub {
    return {
      state,
      port,
      joined: joined ?? null,
      topic: topic === null ? null : maskTopic(topic),
      startedAt: startedAt === null ? null : iso(startedAt),
      restarts,
      subscribers: subscribers?.map((subscriber) => this.#subscriberOf(subscriber)) ?? null,
    };
  }

  #subscriberOf({ name, events, since, lastAnswer, awaited, left }: SubscriberReport): SupportSubscriber {
    return {
      name: plain(name).slice(0, LONGEST_TEXT) || 'Without a name',
      events: events.split(',').flatMap((event) => plain(event).slice(0, LONGEST_TEXT) || []),
      since: since === null ? null : iso(since),
      lastAnswer: lastAnswer && {
        event: plain(lastAnswer.eventName).slice(0, LONGEST_TEXT),
        status: lastAnswer.status,
        at: iso(lastAnswer.at),
      },
      awaited: awaited && { event: plain(awaited.eventName).slice(0, LONGEST_TEXT), since: iso(awaited.sentAt) },
      overdue: left?.reason === SILENT || (awaited !== null && this.parts.now() - awaited.sentAt >= OVERDUE_AFTER),
      left: left && { at: iso(left.at), reason: left.reason },
    };
  }

  #changeOf(change: Change, titles: ReadonlyMap<string, string>): SupportChange {
    const { number, at, asker, outcome, epoch, patient, held, tabs } = change;
    const titleOf = (systemId: string): string => titles.get(systemId) ?? systemId;
    return {
      number,
      at: iso(at),
      askedBy: { kind: asker.kind, name: nameOf(asker, titleOf) },
      outcome: outcome === 'committed' && patient === null ? 'closed' : outcome,
      epoch,
      patient: patient && this.#numberOf(patient.id),
      held: held && {
        systems: held.systems.map(({ systemId, kind }) => ({ title: titleOf(systemId), kind })),
        answer: held.answer,
      },
      tabs: tabs.map(({ title, link, verifiedAfter }) => ({ title, link, verifiedAfter })),
    };
  }
}

type Item = SupportProof['items'][number];

const NUMBERS: readonly IdentityField[] = ['nhsNumber', 'localNumber'];
const CORROBORATION: readonly IdentityField[] = ['dateOfBirth', 'name'];
const FIELDS: readonly IdentityField[] = [...NUMBERS, ...CORROBORATION];
const NO_HUB: SupportHub = {
  state: 'not-configured',
  port: null,
  joined: null,
  topic: null,
  startedAt: null,
  restarts: 0,
  subscribers: [],
};
const NO_PROOF: SupportProof & { readonly epoch: number } = { at: '', verified: false, items: [], epoch: -1 };

const WITHOUT_A_CARD: Record<LinkState, string> = {
  'In step': 'Its page was read to show the chosen patient.',
  Changing: 'It is being brought to the chosen patient.',
  'Not checked': 'No patient is chosen, so there is nothing to check.',
  'Different patient': 'Its page shows somebody else.',
  Unlinked: 'It stays with a patient of its own.',
  'No access': 'It refused to show this patient.',
  'Signed out': 'It is signed out.',
};

/** Recording that the support view hears of; whatever happens there does not disturb it. */
export function hearing(
  audit: AuditPort,
  desk: Pick<SupportDesk, 'heard'>,
  report: (error: unknown) => void,
): AuditPort {
  return {
    record: (event) => {
      audit.record(event);
      try {
        desk.heard(event);
      } catch (error) {
        report(error);
      }
    },
  };
}

/** null: the clinician, or nobody knows. */
function nameOf(asker: Asker, titleOf: (systemId: string) => string): string | null {
  if (asker.kind === 'program') return plain(asker.name).slice(0, LONGEST_TEXT);
  return asker.kind === 'page' ? titleOf(asker.systemId) : null;
}

/** In the words the clinician reads. */
function reasonOf({ cover, notice, link }: TabState): string {
  if (cover !== null) return [`${cover.title}.`, cover.reason].filter(Boolean).join(' ').replace('….', '…');
  return notice ?? WITHOUT_A_CARD[link];
}

/** A topic lets its holder in: only its end is shown, and of a short one nothing. */
function maskTopic(topic: string): string {
  return topic.length < 4 * SHOWN_OF_TOPIC ? 'hidden' : `…${topic.slice(-SHOWN_OF_TOPIC)}`;
}

/** One line, fit to be shown and recorded. */
function plain(text: string): string {
  return text.replace(/[\p{C}\s]+/gu, ' ').trim();
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
