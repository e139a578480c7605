/**
 * What one topic knows: which contexts are open, which of them is current, their versions and shared content.
 * Pure: no sockets, no clock; version ids come from a parameter.
 *
 *                    open A            open B              close B
 *      (nothing) ───────────▶ A ───────────────▶ B, A open ─────────▶ nothing current, A open
 *          ▲                  │ close A                                      │ close A
 *          └──────────────────┴──────────────── home, logout ◀───────────────┘
 *
 * The rules (FHIRcast §2.9, §2.10, §4.2.2, §5, and ours where it is silent):
 *  · the current context is the last one opened; when it is closed nothing is current: never an earlier one again
 *  · closing another context leaves the current one
 *  · every committed change gets the next epoch; one older than the last commit is refused, so it can never win
 *  · an id is used once; the very same open, close or home event may be sent again while it is the last word
 */
import { type CollectionBundle, Content } from './content.js';
import { checkBundle } from './checkUpdateBundle.js';
import { ChangeIsStale, DuplicateId, MalformedRequest, VersionConflict } from './errors.js';
import { contextKey, type EventName } from './eventNames.js';
import { chooseImplied, impliedNotifications, impliedOpens } from './impliedOpens.js';
import {
  type ContextEntry,
  EPOCH,
  type EventRequest,
  type Notification,
  referencesOf,
  relativeReference,
  resourceOf,
} from './message.js';

export interface TopicLimits {
  /** bytes */
  readonly contentBytes: number;
  readonly openContexts: number;
  readonly rememberedIds: number;
}

/** An event that passed every check that needs no memory. `time`: its timestamp in milliseconds since 1970. */
export interface CheckedEvent {
  readonly event: EventName;
  readonly request: EventRequest;
  readonly time: number;
}

export interface CurrentContext {
  /** The canonical resource type, or '' when there is none. */
  readonly 'context.type': string;
  readonly 'context.versionId': string;
  readonly context: readonly (ContextEntry | { readonly key: 'content'; readonly resource: CollectionBundle })[];
}

interface OpenContext {
  readonly key: string;
  readonly event: EventName;
  readonly notification: Notification;
  /** Milliseconds since 1970, by the opener's timestamp. */
  readonly openedAt: number;
  /** `Type/id` of every resource of the open event. */
  readonly resources: ReadonlySet<string>;
  /** Id of the content Bundle, made when it is first shown. */
  bundleId: string | null;
  versionId: string;
  content: Content;
}

/** An open event to tell now; `openedId` and `openedBy`: id and name of the event that was published. */
export interface OpenNow {
  readonly notification: Notification;
  readonly openedId: string;
  readonly openedBy: string;
}

type Wants = (event: EventName) => boolean;

export class TopicState {
  readonly #limits: TopicLimits;
  readonly #newId: () => string;
  readonly #open = new Map<string, OpenContext>();
  /** The last opened of each anchor type, in the order of opening, as long as it is open; '' is Home. */
  readonly #latest = new Map<string, Pick<OpenContext, 'event' | 'notification'> & { versionId: string }>();
  readonly #ids = new Set<string>();
  #current: OpenContext | null = null;
  #versionId: string;
  #epoch = 0;
  #changedAt = Number.NEGATIVE_INFINITY;
  #lastChange: { request: EventRequest; notification: Notification } | null = null;

  constructor(newId: () => string, limits: TopicLimits) {
    this.#newId = newId;
    this.#limits = limits;
    this.#versionId = newId();
  }

  /** How many changes were committed. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Whether forgetting this topic would lose anything. */
  get isEmpty(): boolean {
    return this.#epoch === 0;
  }

  /** Milliseconds since 1970 for an event of the shell's own: never older than what was committed before. */
  nextTime(now: number): number {
    return Math.max(now, this.#changedAt + 1);
  }

  /**
   * Throws when the event cannot be committed now. Changes nothing.
   * @returns the earlier broadcast when this is the last change sent once more
   */
  check(checked: CheckedEvent): Notification | null {
    const { event, request, time } = checked;
    if (this.#ids.has(request.id)) return this.#repeated(request);
    if (isOpening(event) && time < this.#changedAt) {
      throw new ChangeIsStale('the change is older than the current context, or the clocks differ');
    }
    if (event.kind === 'open') this.#checkSamePatient(event, request);
    if (event.kind === 'close') this.#checkClose(event, request, time);
    if (event.kind === 'update') this.#nextContent(event, request);
    return null;
  }

  /** Takes the event in and returns what to broadcast. Throws as `check` does, having changed nothing. */
  commit(checked: CheckedEvent): Notification {
    const earlier = this.check(checked);
    if (earlier) return earlier;
    const { event, request, time } = checked;
    this.#remember(request.id);
    if (event.kind === 'update') return this.#updateContext(event, request);
    if (!isChange(event)) return this.#notification(event, request, {});
    this.#epoch += 1;
    this.#changedAt = Math.max(this.#changedAt, time);
    const notification = this.#change(event, request, time);
    this.#lastChange = { request, notification };
    return notification;
  }

  /** The context in force, as far as it may be read: as itself, or as what it implies. Null: it may not be read. */
  current(mayRead: (resourceEvent: string) => boolean): CurrentContext | null {
    const current = this.#current;
    if (!current) return { 'context.type': '', 'context.versionId': this.#versionId, context: [] };
    const { context } = current.notification.event;
    const type = resourceOf(context, contextKey(current.event.anchor))?.resourceType ?? '';
    if (mayRead(`${type}-open`)) {
      const isShared = current.content.isShared || current.event.anchor === 'diagnosticreport';
      const withContent = isShared && mayRead(`${type}-update`);
      const content = {
        key: 'content' as const,
        resource: current.content.toBundle((current.bundleId ??= this.#newId())),
      };
      return {
        'context.type': type,
        'context.versionId': current.versionId,
        context: withContent ? [...context, content] : context,
      };
    }
    const [implied] = chooseImplied(impliedOpens(current.event, context), ({ name }) => mayRead(name));
    if (!implied) return null;
    return {
      'context.type': implied.context[0]?.resource?.resourceType ?? '',
      'context.versionId': current.versionId,
      context: implied.context,
    };
  }

  /**
   * For a new subscriber: the latest open of each anchor type that it wants, oldest first, with its original
   * timestamp. An anchor type whose latest open was closed is told nothing: not even an earlier one.
   */
  opensFor(wants: Wants): OpenNow[] {
    const told = new Map<string, OpenNow>();
    const tell = (key: string, open: OpenNow) => {
      told.delete(key);
      told.set(key, open);
    };
    for (const { event, notification, versionId } of this.#latest.values()) {
      const current = withVersion(notification, versionId);
      const opened = { openedId: notification.id, openedBy: event.name };
      if (wants(event)) {
        tell(event.key, { notification: current, ...opened });
        continue;
      }
      for (const implied of chooseImplied(impliedNotifications(event, current, this.#newId), wants)) {
        tell(implied.event.key, { notification: implied.notification, ...opened });
      }
    }
    return [...told.values()];
  }

  #repeated(request: EventRequest): Notification {
    const last = this.#lastChange;
    if (last?.request.id !== request.id || JSON.stringify(last.request) !== JSON.stringify(request)) {
      throw new DuplicateId();
    }
    const version = last.notification.event['context.versionId'];
    if (this.#current && version !== undefined && version !== this.#current.versionId) throw new DuplicateId();
    return last.notification;
  }

  /** One anchor cannot be open for two patients. */
  #checkSamePatient(event: EventName, request: EventRequest): void {
    const already = this.#open.get(anchorOf(event, request));
    const patient = resourceOf(request.event.context, 'patient')?.id;
    const before = already && resourceOf(already.notification.event.context, 'patient')?.id;
    if (patient !== undefined && before !== undefined && patient !== before) {
      throw new MalformedRequest('the anchor is already open for another patient');
    }
  }

  #checkClose(event: EventName, request: EventRequest, time: number): void {
    const key = anchorOf(event, request);
    const open = this.#open.get(key);
    if (open && time < open.openedAt) throw new ChangeIsStale('the context was opened after this close');
    if (open) return;
    const identifiers = identifiersOf(event, request.event.context);
    for (const other of this.#open.values()) {
      if (other.event.anchor !== event.anchor) continue;
      if (identifiersOf(other.event, other.notification.event.context).some((one) => identifiers.includes(one))) {
        throw new ChangeIsStale('a close must use the id that its open used');
      }
    }
  }

  #change(event: EventName, request: EventRequest, time: number): Notification {
    if (event.kind === 'open') return this.#openContext(event, request, time);
    if (event.kind === 'home') return this.#goHome(event, request);
    if (event.kind === 'close') this.#closeContext(event, request);
    else this.#forgetAll();
    return this.#notification(event, request, {});
  }

  #openContext(event: EventName, request: EventRequest, time: number): Notification {
    const key = anchorOf(event, request);
    const versionId = this.#newId();
    const before = this.#open.get(key);
    const context: OpenContext = {
      key,
      event,
      notification: this.#notification(event, request, { versionId }),
      openedAt: time,
      resources: new Set(
        request.event.context.flatMap(({ resource }) =>
          resource?.id === undefined ? [] : [`${resource.resourceType}/${resource.id}`],
        ),
      ),
      bundleId: before?.bundleId ?? null,
      versionId,
      content: before?.content ?? Content.empty,
    };
    this.#open.delete(key);
    this.#open.set(key, context);
    this.#current = context;
    this.#latest.delete('');
    this.#latest.delete(event.anchor);
    this.#latest.set(event.anchor, context);
    this.#forgetOldest();
    return context.notification;
  }

  #closeContext(event: EventName, request: EventRequest): void {
    const context = this.#open.get(anchorOf(event, request));
    if (!context) return;
    this.#open.delete(context.key);
    if (this.#latest.get(event.anchor) === context) this.#latest.delete(event.anchor);
    if (this.#current !== context) return;
    this.#current = null;
    this.#versionId = this.#newId();
  }

  #goHome(event: EventName, request: EventRequest): Notification {
    this.#current = null;
    this.#versionId = this.#newId();
    const notification = this.#notification(event, request, { versionId: this.#versionId });
    this.#latest.delete('');
    this.#latest.set('', { event, notification, versionId: this.#versionId });
    return notification;
  }

  #forgetAll(): void {
    this.#open.clear();
    this.#latest.clear();
    this.#current = null;
    this.#versionId = this.#newId();
  }

  #forgetOldest(): void {
    for (const [key, context] of this.#open) {
      if (this.#open.size <= this.#limits.openContexts) return;
      this.#open.delete(key);
      if (this.#latest.get(context.event.anchor) === context) this.#latest.delete(context.event.anchor);
    }
  }

  #nextContent(event: EventName, request: EventRequest): { context: OpenContext; content: Content } {
    const context = this.#anchorOfUpdate(event, request);
    const version = request.event['context.versionId'] ?? request.event.versionId;
    if (version === undefined) throw new MalformedRequest('event › context.versionId is missing');
    if (version !== context.versionId) throw new VersionConflict('context.versionId is not the current version');
    for (const reference of referencesOf(request.event.context, 'patient')) {
      const relative = relativeReference(reference) ?? reference;
      if ([...context.resources].some((one) => one.startsWith('Patient/')) && !context.resources.has(relative)) {
        throw new MalformedRequest('the update is about another patient than its anchor');
      }
    }
    const changes = checkBundle(request.event.context);
    return { context, content: context.content.with(changes, context.resources, this.#limits.contentBytes) };
  }

  #anchorOfUpdate(event: EventName, request: EventRequest): OpenContext {
    for (const reference of referencesOf(request.event.context, contextKey(event.anchor))) {
      const [type = '', id = ''] = (relativeReference(reference) ?? reference).split('/');
      const context = this.#open.get(contextOf(type, id));
      if (context) return context;
    }
    throw new VersionConflict('the anchor of the update is not open');
  }

  #updateContext(event: EventName, request: EventRequest): Notification {
    const { context, content } = this.#nextContent(event, request);
    const priorVersionId = context.versionId;
    context.versionId = this.#newId();
    context.content = content;
    return this.#notification(event, request, { versionId: context.versionId, priorVersionId });
  }

  #notification(
    event: EventName,
    request: EventRequest,
    given: { versionId?: string; priorVersionId?: string },
  ): Notification {
    const { versionId, priorVersionId } = given;
    const notification: Notification = {
      ...request,
      event: { ...request.event, 'hub.event': event.name },
      extension: { ...request.extension, [EPOCH]: this.#epoch },
    };
    if (versionId !== undefined) {
      delete notification.event.versionId;
      notification.event['context.versionId'] = versionId;
    }
    if (priorVersionId !== undefined) notification.event['context.priorVersionId'] = priorVersionId;
    return notification;
  }

  #remember(id: string): void {
    this.#ids.add(id);
    if (this.#ids.size <= this.#limits.rememberedIds) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }
}

function isOpening({ kind }: EventName): boolean {
  return kind === 'open' || kind === 'home';
}

function isChange({ kind }: EventName): boolean {
  return kind === 'open' || kind === 'close' || kind === 'home' || kind === 'logout';
}

function anchorOf(event: EventName, request: EventRequest): string {
  return contextOf(event.anchor, resourceOf(request.event.context, contextKey(event.anchor))?.id ?? '');
}

/** `diagnosticreport/Abc`: event names know no case, ids do. */
function contextOf(type: string, id: string): string {
  return `${type.toLowerCase()}/${id}`;
}

function identifiersOf(event: EventName, context: readonly ContextEntry[]): string[] {
  const identifiers = resourceOf(context, contextKey(event.anchor))?.['identifier'];
  if (!Array.isArray(identifiers)) return [];
  return (identifiers as { system?: unknown; value?: unknown }[]).flatMap(({ system, value }) =>
    typeof value === 'string' && typeof system === 'string' ? [`${system}|${value}`] : [],
  );
}

function withVersion(notification: Notification, versionId: string): Notification {
  return { ...notification, event: { ...notification.event, 'context.versionId': versionId } };
}
