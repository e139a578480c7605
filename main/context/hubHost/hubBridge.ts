/**
 * Between the chosen patient and the context hub. What the shell chooses is published; what another program asks for is
 * found by its numbers, recorded, and then chosen the way a clinician's choice is. What came from the hub is never said
 * to it again, and the newest change wins.
 */
import type { Patient } from '../../../preload/contract.js';
import type { AuditPort } from '../../domain/audit.js';
import { LanyardError } from '../../domain/errors.js';
import type { Subject } from '../deeperContext.js';
import type { PatientChange } from '../patientContext.js';
import { besideResource, meantBeside, resourceBeside } from './fhirBeside.js';
import { meantPatient, type MeantPatient, numbersOf, patientResource } from './fhirContext.js';
import type { FromHub, Proposed, ToHub } from './messages.js';

/** Where the chosen patient changes; context/patientContext.ts is the real one. */
export interface ChosenPatient {
  readonly current: { readonly patient: Patient | null };
  /** Takes a place in the order of changes now. */
  reserve(): PatientChange;
}

export interface BridgePorts {
  readonly chosen: ChosenPatient;
  /** The one patient with all these numbers. @throws LanyardError with a sentence for the clinician */
  readonly identify: (meant: MeantPatient) => Promise<Patient>;
  readonly audit: AuditPort;
  /** FHIR identifier system of each assigning authority. */
  readonly systems: ReadonlyMap<string, string>;
  /** What is open beside the patient. Absent: nobody here asks. */
  readonly beside?: BesidePort;
  readonly post: (message: ToHub) => void;
  /** What the clinician should know about a change from outside; null: nothing any more. */
  readonly notice: (text: string | null) => void;
  readonly report: (error: unknown) => void;
}

/** What is open beside the chosen patient; context/deeperContext.ts keeps it. */
export interface BesidePort {
  /** Everything that is open. */
  current(): readonly Subject[];
  /** For the patient who is chosen now. @throws LanyardError with a sentence for the clinician */
  open(subject: Subject, name: string): void;
  close(subject: Subject): void;
}

/** As it was opened there: a close must use the same ids. */
interface OpenBeside {
  readonly resource: Record<string, unknown>;
  readonly patient: Record<string, unknown>;
  /** Lanyard opened it, so Lanyard closes it. */
  readonly isOurs: boolean;
}

const LONGEST_NAME = 60;
const BESIDE_EVENTS = { study: 'ImagingStudy', encounter: 'Encounter' } as const;

export class HubBridge {
  #ended = false;
  /** While a change from the hub is committed here: it is not published again. */
  #adopting = false;
  /** What the hub has open, as it was opened there: a close must use the same id. */
  #opened: Record<string, unknown> | null = null;
  /** Something other than a patient was opened last, which closing the patient does not close. */
  #isDeeper = false;
  /** The id of whom the shell closed last. */
  #closed: unknown = null;
  /** Whom the hub opened last, while they are looked up or agreed on. */
  #underWay: MeantPatient | null = null;

  /** What is open there beside the patient. */
  readonly #beside = new Map<Subject['kind'], OpenBeside>();
  #besides = 0;

  constructor(private readonly ports: BridgePorts) {}

  /** A new hub, which knows nothing: it is told who is chosen. */
  started(): void {
    this.#giveUp();
    this.#opened = null;
    this.#isDeeper = false;
    this.#publishAll();
  }

  /**
   * A hub that others lead too: what is chosen here is newer than what it has open.
   * @param anchor what was opened there, in small letters; context: what it was opened with
   * @returns false: somebody was closed here, but another patient is open there, whom that must not close
   */
  resumed(anchor: string, context: Proposed['context']): boolean {
    const opened = resourceWithId(context);
    if (this.ports.chosen.current.patient === null && opened['id'] !== this.#closed) return false;
    this.#giveUp();
    this.#opened = 'id' in opened ? opened : null;
    this.#isDeeper = anchor !== 'patient';
    this.#publishAll();
    return true;
  }

  /** The chosen patient has changed. */
  follow(patient: Patient | null): void {
    if (this.#adopting || this.#ended) return;
    this.ports.notice(null);
    this.#publish(patient);
  }

  /** What is open beside the patient has changed, by somebody here. */
  followBeside(change: 'open' | 'close', subject: Subject): void {
    if (this.#ended || !this.#opened) return; // a patient who cannot be told has nothing that can be
    const { kind } = subject;
    const known = this.#beside.get(kind);
    if (change === 'open') {
      this.#besides += 1;
      const id = `lanyard-${kind}-${this.#besides}`;
      const resource = besideResource(subject, id, this.#opened['id']);
      const opened: OpenBeside = { resource, patient: this.#opened, isOurs: true };
      if (known?.isOurs) this.#tellBeside('close', kind, known);
      this.#beside.set(kind, opened);
      this.#isDeeper = true;
      this.#tellBeside('open', kind, opened);
    } else if (known) {
      this.#beside.delete(kind);
      this.#tellBeside('close', kind, known);
    }
  }

  hear(message: FromHub): void {
    if (message.type === 'proposed') void this.#decide(message);
    else if (message.type === 'not-followed' && !this.#ended)
      this.ports.notice(
        `${nameOf(message.subscriber)} ${message.reason}. It may still show the patient before: look there before you go on.`,
      );
    else if (message.type === 'lost' && !this.#ended) this.#publish(this.ports.chosen.current.patient);
  }

  /** Nothing is followed or published any more. */
  end(): void {
    this.#ended = true;
  }

  async #decide(proposed: Proposed): Promise<void> {
    const { proposal, publisher, event } = proposed;
    const { audit, post, notice, report } = this.ports;
    const name = nameOf(publisher);
    try {
      if (this.#ended) throw new LanyardError('not-signed-in', 'The session is ending');
      await this.#apply(proposed, name);
      post({ type: 'decide', proposal, refusal: null });
      this.#closeStale();
    } catch (error) {
      const foreseen = error instanceof LanyardError;
      if (!foreseen) report(error);
      const sentence = foreseen ? error.message : 'Lanyard could not follow';
      post({ type: 'decide', proposal, refusal: sentence });
      if (this.#ended || error instanceof Overtaken) return;
      notice(`${name} asked for another patient. ${sentence}. Lanyard stays with what is chosen here.`);
      try {
        audit.record({ type: 'contextHub.asked', subscriberName: name, event, outcome: 'refused' });
      } catch (unrecorded) {
        report(unrecorded);
      }
    }
  }

  /** @throws LanyardError: refused */
  async #apply({ proposal, kind, anchor, event, context }: Proposed, name: string): Promise<void> {
    const { chosen, audit, identify, notice } = this.ports;
    const { patient: current } = chosen.current;
    const meant = meantPatient(context);
    if (kind === 'home' || (kind === 'close' && anchor === 'patient')) {
      const isCurrent =
        kind === 'home' || (meant !== null && (this.#isOpened(meant) || isSamePatient(meant, this.#underWay)));
      if (!isCurrent) return;
      if (current === null) {
        this.#giveUp();
        return;
      }
      const change = chosen.reserve();
      await this.#agree(change, null, proposal);
      audit.record({ type: 'contextHub.asked', subscriberName: name, event, outcome: 'accepted' });
      if (!this.#adopt(() => change.commit(null))) throw new Overtaken();
      this.#opened = null;
      this.#isDeeper = false;
      notice(`${name} closed the patient.`);
      return;
    }
    if (kind === 'close') {
      this.#closeBeside(context);
      return;
    }
    if (!meant) throw new LanyardError('unknown-patient', 'It named no patient');
    if (anchor !== 'patient') {
      if (current === null || !this.#isMeant(current, meant))
        throw new LanyardError('unknown-patient', 'It must open the patient first');
      this.#openBeside(context, name);
      this.#isDeeper = true;
      return;
    }
    if (current !== null && this.#isMeant(current, meant)) {
      // Chosen already: nothing moves, and no choice under way is given up, but for one that the hub has thought better of.
      this.#giveUp();
      this.#opened = resourceWithId(context);
      this.#isDeeper = false;
      return;
    }
    const change = chosen.reserve();
    this.#underWay = meant;
    let patient: Patient;
    try {
      patient = await identify(meant);
      await this.#agree(change, patient, proposal);
    } finally {
      if (this.#underWay === meant) this.#underWay = null;
    }
    audit.record({ type: 'contextHub.asked', subscriberName: name, event, outcome: 'accepted' });
    if (!this.#adopt(() => change.commit(patient))) throw new Overtaken();
    this.#opened = resourceWithId(context);
    this.#isDeeper = false;
    const { family, given } = patient.name;
    notice(`${name} changed the patient to ${[family.toUpperCase(), given.join(' ')].filter(Boolean).join(', ')}.`);
  }

  /** Of the patient who is chosen: whose event this is was compared before. */
  #openBeside(context: Proposed['context'], name: string): void {
    for (const subject of meantBeside(context)) {
      this.ports.beside?.open(subject, name);
      const resource = resourceBeside(context, subject.kind);
      if (resource) this.#beside.set(subject.kind, { resource, patient: resourceWithId(context), isOurs: false });
    }
  }

  #closeBeside(context: Proposed['context']): void {
    for (const subject of meantBeside(context)) {
      this.ports.beside?.close(subject);
      if (this.ports.beside?.current().every(({ kind }) => kind !== subject.kind)) this.#beside.delete(subject.kind);
    }
  }

  /** Another patient is chosen: what Lanyard opened for the one before is closed there, too. */
  #closeStale(): void {
    const open = new Set(this.ports.beside?.current().map(({ kind }) => kind));
    for (const [kind, opened] of [...this.#beside]) {
      if (open.has(kind)) continue;
      this.#beside.delete(kind);
      if (opened.isOurs) this.#tellBeside('close', kind, opened);
    }
  }

  #tellBeside(change: 'open' | 'close', kind: Subject['kind'], { resource, patient }: OpenBeside): void {
    const context = [
      { key: kind, resource },
      { key: 'patient', resource: patient },
    ];
    this.ports.post({ type: 'publish', event: `${BESIDE_EVENTS[kind]}-${change}`, context });
  }

  #publishAll(): void {
    this.#beside.clear();
    this.#publish(this.ports.chosen.current.patient);
    for (const subject of this.ports.beside?.current() ?? []) this.followBeside('open', subject);
  }

  /** What the hub asked for and has thought better of since is not done any more. */
  #giveUp(): void {
    if (this.#underWay) this.ports.chosen.reserve();
    this.#underWay = null;
  }

  /** Unsaved work comes first: the clinician decides, and the other program hears "no" where they stay. */
  async #agree(change: PatientChange, patient: Patient | null, proposal: number): Promise<void> {
    const agreed = await change.agree(patient, proposal);
    if (this.#ended) throw new LanyardError('not-signed-in', 'The session is ending');
    if (!agreed) throw new Overtaken();
  }

  #adopt<T>(change: () => T): T {
    this.#adopting = true;
    try {
      return change();
    } finally {
      this.#adopting = false;
    }
  }

  #publish(patient: Patient | null): void {
    const { post, systems } = this.ports;
    const isNamed = patient !== null && numbersOf(patient, systems).length > 0;
    this.#closeStale();
    if (patient !== null && isNamed) {
      this.#opened = patientResource(patient, systems);
      this.#isDeeper = false;
      post({ type: 'publish', event: 'Patient-open', context: [{ key: 'patient', resource: this.#opened }] });
      return;
    }
    if (this.#opened) {
      this.#closed = this.#opened['id'];
      post({ type: 'publish', event: 'Patient-close', context: [{ key: 'patient', resource: this.#opened }] });
    }
    // A patient without any number cannot be told, nor may the one before stay.
    if (this.#isDeeper || patient !== null) post({ type: 'publish', event: 'Home-open', context: [] });
    this.#opened = null;
    this.#isDeeper = false;
  }

  /** By the id it was opened with in the hub, or by its numbers. */
  #isOpened(meant: MeantPatient): boolean {
    const { patient } = this.ports.chosen.current;
    if (meant.id !== null && meant.id === this.#opened?.['id']) return true;
    return patient !== null && this.#isMeant(patient, meant);
  }

  /** At least one number is the same, and none of the same system differs. */
  #isMeant(patient: Patient, { numbers, birthDate }: MeantPatient): boolean {
    if (birthDate !== null && patient.birthDate !== null && birthDate !== patient.birthDate) return false;
    const own = numbersOf(patient, this.ports.systems);
    const known = numbers.filter(({ system }) => own.some((one) => one.system === system));
    return known.length > 0 && known.every((one) => own.some((other) => isSame(one, other)));
  }
}

class Overtaken extends LanyardError {
  constructor() {
    super('unknown-patient', 'The clinician stays with the patient, or made a newer choice');
  }
}

/** By the id the hub knows them by, or by a number. */
function isSamePatient(one: MeantPatient, other: MeantPatient | null): boolean {
  if (!other) return false;
  if (one.id !== null && one.id === other.id) return true;
  return one.numbers.some((number) => other.numbers.some((another) => isSame(number, another)));
}

function isSame(one: { system: string; value: string }, other: { system: string; value: string }): boolean {
  const plain = (value: string): string => value.replace(/[\s-]/g, '').toUpperCase();
  return one.system === other.system && plain(one.value) === plain(other.value);
}

function resourceWithId(context: Proposed['context']): Record<string, unknown> {
  return context.find(({ key }) => key === 'patient')?.resource ?? {};
}

/** Another program's words on one line, without signs that turn or hide what stands beside them. */
export function fitToShow(words: string, longest: number): string {
  return words
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, longest);
}

/** What a program calls itself, fit to be shown and recorded. */
export function nameOf(publisher: string): string {
  const plain = fitToShow(publisher, LONGEST_NAME);
  return plain === '' || plain === 'an unnamed subscriber' ? 'Another program' : plain;
}
