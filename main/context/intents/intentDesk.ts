/**
 * Who opens what is wanted: the one system that can, the one the clinician chose for always, or the one they choose now.
 * A page is heard only while people see it, in step with the chosen patient, and only for that patient.
 *
 *   raise ─▶ refused (not verified, another patient, nobody can)
 *     ├─ one can, or one is remembered ─▶ open
 *     └─ several can ─▶ asked ─▶ open, or cancelled (by the clinician, by another patient, after two minutes)
 */
import type { IntentName, IntentQuestion, Patient, WorkspaceState } from '../../../preload/contract.js';
import type { LaunchRule } from '../../connectors/connector.js';
import type { AuditPort } from '../../domain/audit.js';
import type { Beside } from '../../domain/beside.js';
import { LanyardError } from '../../domain/errors.js';
import { auditedPatient } from '../auditedPatient.js';
import { type Clock, Deadline } from '../clock.js';
import type { DeeperContext } from '../deeperContext.js';
import type { FollowedTab } from '../followedTab.js';
import type { IntentAnswer, IntentDesk, RaisedIntent } from './intent.js';
import type { RememberedChoices } from './rememberedChoices.js';

/** Milliseconds that the clinician may think about it. */
const PATIENCE = 120_000;

/** One system of the clinician's. */
export interface CapableSystem {
  readonly id: string;
  readonly title: string;
  readonly intents: readonly { readonly intent: IntentName; readonly launch?: LaunchRule | undefined }[];
}

/** What the desk needs of a system's tab; context/followedTab.ts is the real one. */
export type IntentTab = Pick<FollowedTab, 'seenPatient' | 'runErrand'>;

export interface IntentDeskParts {
  /** In the order of their tabs. */
  readonly systems: readonly CapableSystem[];
  readonly tab: (systemId: string) => IntentTab | undefined;
  readonly chosen: () => { readonly patient: Patient | null; readonly epoch: number };
  /** Whom a page means is not somebody else than this patient. */
  readonly isMeant: (patient: Patient, meant: NonNullable<RaisedIntent['patient']>) => boolean;
  readonly beside: Pick<DeeperContext, 'open' | 'current'>;
  readonly remembered: RememberedChoices;
  /** Gives the tab the screen. */
  readonly activate: (systemId: string) => void;
  readonly audit: AuditPort;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly changed: () => void;
  readonly report: (error: unknown) => void;
}

type Choice = 'only-one' | 'asked' | 'remembered';

interface Asked {
  readonly question: IntentQuestion;
  readonly settle: (systemId: string | null) => void;
}

export class ChoosingDesk implements IntentDesk {
  #asked: Asked | null = null;
  readonly #patience: Deadline;

  constructor(private readonly parts: IntentDeskParts) {
    this.#patience = new Deadline(parts.clock, () => {
      this.#settle(null);
    });
  }

  /** Between which systems the clinician has to choose; null: nothing is asked. */
  get question(): IntentQuestion | null {
    return this.#asked?.question ?? null;
  }

  /** What can be wanted in the shell, and where it opens. */
  get offered(): NonNullable<WorkspaceState['intents']> {
    const names = [...new Set(this.parts.systems.flatMap(({ intents }) => intents.map(({ intent }) => intent)))];
    return names.map((intent) => {
      const systems = this.#capable(intent, null).map(({ id, title }) => ({ id, title }));
      const always = this.#remembered(intent, systems);
      return { intent, systems, always };
    });
  }

  async raise(intent: RaisedIntent): Promise<IntentAnswer> {
    try {
      return await this.#raise(intent);
    } catch (error) {
      if (!(error instanceof LanyardError)) this.parts.report(error);
      const sentence = error instanceof LanyardError ? error.message : 'Lanyard met a problem and opened nothing';
      return { outcome: 'refused', sentence };
    }
  }

  /** @param systemId null: nowhere. An answer to an older question, or with a system that was not offered, does nothing. */
  answer(id: string, systemId: string | null, always: boolean): void {
    const { question } = this;
    if (question?.id !== id) return;
    if (systemId !== null && !question.systems.some((system) => system.id === systemId)) return;
    if (systemId !== null && always) this.parts.remembered.remember(question.intent, systemId);
    this.#settle(systemId);
  }

  /** From now on it is asked again. */
  forget(intent: IntentName): void {
    this.parts.remembered.forget(intent);
    this.parts.changed();
  }

  /** Another patient, or none: what was asked was about the one before. */
  patientChanged(): void {
    this.#settle(null);
  }

  async #raise(intent: RaisedIntent): Promise<IntentAnswer> {
    const { audit, chosen } = this.parts;
    const { patient, epoch } = chosen();
    const capable = this.#capable(intent.name, intent.from);
    audit.record({
      type: 'intent.raised',
      intent: intent.name,
      systemId: intent.from,
      patient: patient && auditedPatient(patient),
      systems: capable.map(({ id }) => id),
    });
    const refusal = this.#refusal(intent, patient, capable);
    if (patient === null || refusal !== null) return this.#refuse(intent.name, refusal ?? 'No patient is chosen');
    const chosenSystem = await this.#choose(intent, capable);
    if (!chosenSystem || chosen().epoch !== epoch) {
      this.#answered(intent.name, 'cancelled', null, null);
      return { outcome: 'cancelled' };
    }
    return this.#open(intent, chosenSystem, epoch);
  }

  #refusal(
    { name, from, patient: meant }: RaisedIntent,
    patient: Patient | null,
    capable: readonly CapableSystem[],
  ): string | null {
    if (patient === null) return 'No patient is chosen';
    const { isMeant, tab } = this.parts;
    // SECURITY(S12): a page that nobody has verified, or that nobody sees, opens nothing.
    if (from !== null && tab(from)?.seenPatient?.id !== patient.id)
      return 'The page that asks is not in step with the chosen patient';
    if (meant && !isMeant(patient, meant)) return 'The page asks for another patient than the chosen one';
    if (capable.length === 0) return `No ${from === null ? '' : 'other '}system here can do that: ${wordsFor[name]}`;
    if (this.#asked) return 'Answer the question that is open first';
    return null;
  }

  async #choose(
    { name, from }: RaisedIntent,
    capable: readonly CapableSystem[],
  ): Promise<{ system: CapableSystem; choice: Choice } | null> {
    const [first] = capable;
    if (first && capable.length === 1) return { system: first, choice: 'only-one' };
    const always = this.#remembered(name, capable);
    const remembered = capable.find(({ id }) => id === always);
    if (remembered) return { system: remembered, choice: 'remembered' };
    const systemId = await this.#ask(name, from, capable);
    const system = capable.find(({ id }) => id === systemId);
    return system ? { system, choice: 'asked' } : null;
  }

  #ask(intent: IntentName, from: string | null, capable: readonly CapableSystem[]): Promise<string | null> {
    return new Promise((settle) => {
      const systems = capable.map(({ id, title }) => ({ id, title }));
      const fromTitle = this.parts.systems.find(({ id }) => id === from)?.title ?? null;
      this.#asked = {
        question: { id: this.parts.newId(), intent, from: fromTitle, systems, lasts: this.parts.remembered.lasts },
        settle,
      };
      this.#patience.set(PATIENCE);
      this.parts.changed();
    });
  }

  #settle(systemId: string | null): void {
    const asked = this.#asked;
    if (!asked) return;
    this.#asked = null;
    this.#patience.clear();
    asked.settle(systemId);
    this.parts.changed();
  }

  async #open(
    { name, from, study, encounter, order }: RaisedIntent,
    { system, choice }: { system: CapableSystem; choice: Choice },
    epoch: number,
  ): Promise<IntentAnswer> {
    const { beside, tab, activate } = this.parts;
    this.#answered(name, 'opened', system.id, choice);
    const asking = from === null ? ({ by: 'clinician' } as const) : ({ by: 'page', systemId: from } as const);
    if (encounter) beside.open({ kind: 'encounter', encounter }, epoch, asking);
    if (study) beside.open({ kind: 'study', study }, epoch, asking);
    const launch = system.intents.find(({ intent }) => intent === name)?.launch ?? null;
    const now: Beside = beside.current;
    const opening = tab(system.id)?.runErrand({ launch, order: order ?? null }, now);
    activate(system.id);
    const why = await opening;
    if (why === null) return { outcome: 'opened', systemId: system.id };
    return this.#refuse(name, why ?? `${system.title} is not open here`);
  }

  #refuse(name: IntentName, sentence: string): IntentAnswer {
    this.#answered(name, 'refused', null, null);
    return { outcome: 'refused', sentence };
  }

  #answered(
    intent: IntentName,
    outcome: IntentAnswer['outcome'],
    systemId: string | null,
    choice: Choice | null,
  ): void {
    this.parts.audit.record({ type: 'intent.answered', intent, outcome, systemId, choice });
  }

  #capable(name: IntentName, from: string | null): CapableSystem[] {
    return this.parts.systems.filter(({ id, intents }) => id !== from && intents.some(({ intent }) => intent === name));
  }

  #remembered(name: IntentName, capable: readonly { readonly id: string }[]): string | null {
    const systemId = this.parts.remembered.of(name);
    return systemId !== null && capable.length > 1 && capable.some(({ id }) => id === systemId) ? systemId : null;
  }
}

const wordsFor: Readonly<Record<IntentName, string>> = {
  ViewRecord: 'open the record',
  ViewImages: 'show images',
  ViewResults: 'show results',
  ViewSharedRecord: 'show the shared care record',
  PlaceOrder: 'place an order',
  ViewLetters: 'show letters',
};
