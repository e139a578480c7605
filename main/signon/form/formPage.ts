/**
 * A page seen through the DevTools protocol: all its frames (also those in processes of their own), every open and
 * closed shadow root, and trusted keys and clicks. Nothing it does can be told from a person by the page.
 */
import { z } from 'zod';
import type { DevTools, DevToolsEvent } from '../signOn.js';
import { enterStroke, type KeyStroke } from './keys.js';
import { type FieldState, type Look, pageKitSource } from './pageKit.js';
import { Interrupted, type Patience } from './patience.js';

/** Milliseconds until a page that does not answer counts as silent. */
const ANSWER_DEADLINE = 5000;
/** A click is lost while a page has not been drawn yet. */
const CLICK_ROUNDS = 40;
/** An isolated world's name: seen in no page. */
const WORLD = 'sign-on';

const FrameInfo = z.object({
  id: z.string(),
  parentId: z.string().optional(),
  loaderId: z.string(),
  url: z.string(),
  securityOrigin: z.string(),
});
interface FrameTree {
  frame: z.infer<typeof FrameInfo>;
  childFrames?: FrameTree[] | undefined;
}
const FrameTree: z.ZodType<FrameTree> = z.object({
  frame: FrameInfo,
  get childFrames() {
    return z.array(FrameTree).optional();
  },
});

interface DomNode {
  readonly backendNodeId: number;
  readonly frameId?: string | undefined;
  readonly shadowRootType?: string | undefined;
  readonly children?: readonly DomNode[] | undefined;
  readonly shadowRoots?: readonly DomNode[] | undefined;
  readonly contentDocument?: DomNode | undefined;
}

export interface Frame {
  readonly id: string;
  readonly isMain: boolean;
  readonly sessionId: string | undefined;
  /** One document, as long as it stays. */
  readonly loaderId: string;
  /** Without query and fragment; never the whole address, which may hold what nobody may read. */
  readonly origin: string;
  readonly path: string;
  /** https, or http on this machine (DECISIONS 11). */
  readonly isEncrypted: boolean;
  /** As the browser names it beside the address; a sandboxed document only says itself that it has none: `Look`. */
  readonly enforcedOrigin: string;
}

/** An element of one document; useless once that is gone. */
export interface Handle {
  readonly objectId: string;
  readonly frame: Frame;
}

interface World {
  readonly loaderId: string;
  readonly contextId: number;
  readonly kit: string;
  /** Closed shadow roots by their node. */
  readonly roots: Map<number, string>;
}

/** Something the page did on the network since the sign-in was attached. */
export interface Traffic {
  /** Requests that were begun, but for pictures and the like. */
  readonly begun: number;
  readonly open: number;
  /** Of the newest document and of what scripts asked for, newest last. */
  readonly statuses: readonly { readonly status: number; readonly isDocument: boolean }[];
}

const ObjectAnswer = z.object({
  result: z.object({ objectId: z.string().optional(), value: z.unknown().optional() }),
  exceptionDetails: z.unknown().optional(),
});

export class FormPage {
  /** Attached frame processes; each ends with its frame, or when that goes on to another process. */
  readonly #sessions = new Map<string, AbortController>();
  readonly #ready = new Map<string, Promise<void>>();
  readonly #worlds = new Map<string, World>();
  /** The first frame of each session: the one whose process it is. */
  readonly #tops = new Map<string | undefined, Frame>();
  readonly #open = new Set<string>();
  readonly #statuses: { status: number; isDocument: boolean }[] = [];
  #begun = 0;
  #listener: (event: DevToolsEvent) => void = () => undefined;

  private constructor(
    private readonly tools: DevTools,
    private readonly patience: Patience,
  ) {}

  static async open(tools: DevTools, patience: Patience): Promise<FormPage> {
    const page = new FormPage(tools, patience);
    tools.subscribe((event) => {
      page.#take(event);
    });
    await page.#prepare(undefined);
    return page;
  }

  /** Everything the protocol says, for whoever watches. */
  subscribe(listener: (event: DevToolsEvent) => void): void {
    this.#listener = listener;
  }

  /** The page itself and every attached frame process. */
  get sessions(): readonly (string | undefined)[] {
    return [undefined, ...this.#sessions.keys()];
  }

  send(method: string, params?: Readonly<Record<string, unknown>>, sessionId?: string): Promise<unknown> {
    const answer = this.tools.send(method, params, sessionId);
    return this.patience.within(ANSWER_DEADLINE, this.#whileAttached(sessionId, answer));
  }

  /** What is asked of a process that goes away meanwhile is never answered. */
  #whileAttached(sessionId: string | undefined, answer: Promise<unknown>): Promise<unknown> {
    const over = sessionId === undefined ? undefined : this.#sessions.get(sessionId)?.signal;
    if (!over) return answer;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        reject(new Error('the frame went away'));
      };
      over.addEventListener('abort', end, { once: true });
      void answer.then(resolve, reject).finally(() => {
        over.removeEventListener('abort', end);
      });
    });
  }

  #forget(sessionId: string): void {
    this.#sessions.get(sessionId)?.abort();
    this.#sessions.delete(sessionId);
    this.#ready.delete(sessionId);
    this.#tops.delete(sessionId);
  }

  async frames(): Promise<Frame[]> {
    await Promise.all(this.#ready.values());
    const trees = await Promise.all(
      this.sessions.map(async (sessionId) => {
        try {
          const answer = z.object({ frameTree: FrameTree }).parse(await this.send('Page.getFrameTree', {}, sessionId));
          return { sessionId, tree: answer.frameTree };
        } catch (error) {
          if (sessionId === undefined || error instanceof Interrupted) throw error;
          return null; // a frame that went away meanwhile
        }
      }),
    );
    const frames = trees.flatMap((found) => {
      if (!found) return [];
      this.#tops.set(found.sessionId, toFrame(found.tree.frame, found.sessionId, true));
      const flat = (tree: FrameTree): FrameTree['frame'][] => [tree.frame, ...(tree.childFrames ?? []).flatMap(flat)];
      return flat(found.tree).map((frame) => toFrame(frame, found.sessionId, frame === found.tree.frame));
    });
    return frames.filter(({ id }, index) => frames.findLastIndex((other) => other.id === id) === index);
  }

  /** @returns null when the document went away meanwhile */
  async look(frame: Frame, selectors: readonly string[]): Promise<Look | null> {
    return (await this.#call(frame, 'look', [selectors], true)) as Look | null;
  }

  /** After so many frames were drawn. */
  async drawn(frame: Frame, count: number): Promise<void> {
    await this.#call(frame, 'frames', [count], false);
  }

  async find(frame: Frame, selector: string): Promise<Handle | null> {
    const objectId = await this.#call(frame, 'find', [selector], true, 'handle');
    return typeof objectId === 'string' ? { objectId, frame } : null;
  }

  /** @returns null when its document is gone */
  async state(handle: Handle): Promise<FieldState | null> {
    return (await this.#callWith(handle, 'state')) as FieldState | null;
  }

  async focus(handle: Handle): Promise<boolean> {
    if ((await this.#callWith(handle, 'prepare')) === null) return false;
    return (await this.state(handle))?.hasFocus === true;
  }

  /** Keys go to whatever has the keyboard: the caller looks at `state` with every one of them. */
  async press(stroke: KeyStroke): Promise<void> {
    await Promise.all([this.#key(stroke.down), this.#key(stroke.up)]);
  }

  async pressEnter(): Promise<void> {
    await this.press(enterStroke);
  }

  /** @returns false when something else lies on it: nothing was clicked */
  async click(handle: Handle): Promise<boolean> {
    if ((await this.#callWith(handle, 'isOnTop')) !== true) return false;
    const point = await this.#middle(handle);
    if (!point) return false;
    const mouse = { ...point, button: 'left', clickCount: 1 };
    const before = await this.#callWith(handle, 'clicks');
    const begun = this.#begun;
    for (let round = 1; round <= CLICK_ROUNDS; round += 1) {
      await Promise.all([
        this.send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...point }),
        this.send('Input.dispatchMouseEvent', { type: 'mousePressed', ...mouse, buttons: 1 }),
        this.send('Input.dispatchMouseEvent', { type: 'mouseReleased', ...mouse, buttons: 0 }),
      ]);
      await this.drawn(handle.frame, 2);
      // SECURITY(form): only a click that is known to be lost is made again; no form is sent twice.
      const isLost = (await this.#callWith(handle, 'clicks')) === before && this.#begun === begun;
      if (!isLost) return true;
      if ((await this.#callWith(handle, 'isOnTop')) !== true) return false;
    }
    return false;
  }

  /** Whether the element that holds this frame can be seen; the main frame always. */
  async isFrameVisible(frame: Frame): Promise<boolean> {
    if (frame.isMain) return true;
    const owner = await this.#owner(frame);
    return owner !== null && (await this.#callWith(owner, 'isVisible')) === true;
  }

  /** Whether the page listens to this event anywhere between the element and its window. */
  async hasListener(handle: Handle, types: readonly string[]): Promise<boolean> {
    try {
      return (await this.#listenersOf(handle)).some((type) => types.includes(type));
    } catch (error) {
      goneOrThrow(error);
      return false;
    }
  }

  /** Names of the cookies this page's address would send; never their values. */
  async cookieNames(): Promise<string[]> {
    const answer = await this.send('Network.getCookies', {});
    return z
      .object({ cookies: z.array(z.object({ name: z.string() })) })
      .parse(answer)
      .cookies.map(({ name }) => name);
  }

  traffic(): Traffic {
    return { begun: this.#begun, open: this.#open.size, statuses: [...this.#statuses] };
  }

  /** @returns the types of events that are listened to there */
  async #listenersOf(handle: Handle): Promise<string[]> {
    const source =
      'function () { const path = []; for (let node = this; node; node = node.parentNode ?? node.host) path.push(node); return [...path, window]; }';
    const list = await this.#callFunction(handle.frame.sessionId, {
      objectId: handle.objectId,
      functionDeclaration: source,
    });
    if (list?.objectId === undefined) return [];
    const answer = await this.send(
      'Runtime.getProperties',
      { objectId: list.objectId, ownProperties: true },
      handle.frame.sessionId,
    );
    const properties = z
      .object({
        result: z.array(
          z.object({ name: z.string(), value: z.object({ objectId: z.string().optional() }).optional() }),
        ),
      })
      .parse(answer).result;
    const nodes = properties.filter(({ name }) => /^\d+$/u.test(name)).flatMap(({ value }) => value?.objectId ?? []);
    const listeners = await Promise.all(
      nodes.map(async (objectId) => {
        const found = await this.send('DOMDebugger.getEventListeners', { objectId }, handle.frame.sessionId);
        const parsed = z
          .object({ listeners: z.array(z.object({ type: z.string(), scriptId: z.string() })) })
          .parse(found);
        return parsed.listeners;
      }),
    );
    return listeners.flat().map(({ type }) => type);
  }

  async #key(params: Readonly<Record<string, unknown>>): Promise<void> {
    await this.send('Input.dispatchKeyEvent', params);
  }

  async #prepare(sessionId: string | undefined): Promise<void> {
    const ask = (method: string, params: Record<string, unknown> = {}) => this.send(method, params, sessionId);
    await Promise.all([
      ask('Page.enable'),
      ask('DOM.enable'),
      ask('Network.enable', { maxTotalBufferSize: 0, maxResourceBufferSize: 0, maxPostDataSize: 0 }),
      ask('Emulation.setFocusEmulationEnabled', { enabled: true }),
      ask('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true }),
    ]);
  }

  #take(event: DevToolsEvent): void {
    if (event.method === 'Target.attachedToTarget') {
      const { sessionId, targetInfo } = event.params as { sessionId?: string; targetInfo?: { type?: string } };
      if (sessionId === undefined || targetInfo?.type !== 'iframe') return;
      this.#sessions.set(sessionId, new AbortController());
      const ready = this.#prepare(sessionId).catch(() => {
        this.#forget(sessionId); // it went away again
      });
      this.#ready.set(sessionId, ready);
    } else if (event.method === 'Target.detachedFromTarget') {
      this.#forget(String(event.params['sessionId']));
    } else if (event.method === 'Page.frameNavigated' && event.sessionId === undefined) {
      // what the document before was still waiting for never ends; its answer was this one
      const { frame } = event.params as { frame?: { parentId?: string } };
      if (frame?.parentId === undefined) this.#open.clear();
    } else this.#takeTraffic(event);
    this.#listener(event);
  }

  #takeTraffic({ method, params }: DevToolsEvent): void {
    const { requestId, type, response } = params as {
      requestId?: string;
      type?: string;
      response?: { status?: number };
    };
    if (requestId === undefined) return;
    const isTop = type === 'Document' && params['frameId'] === this.#tops.get(undefined)?.id;
    const counts = isTop || type === 'XHR' || type === 'Fetch';
    if (method === 'Network.requestWillBeSent' && counts) {
      if (!this.#open.has(requestId)) this.#begun += 1;
      this.#open.add(requestId);
    } else if (method === 'Network.responseReceived' && counts)
      this.#statuses.push({ status: response?.status ?? 0, isDocument: type === 'Document' });
    if (method === 'Network.loadingFinished' || method === 'Network.loadingFailed') this.#open.delete(requestId);
  }

  async #world(frame: Frame): Promise<World> {
    const known = this.#worlds.get(frame.id);
    if (known?.loaderId === frame.loaderId) return known;
    const created = await this.send(
      'Page.createIsolatedWorld',
      { frameId: frame.id, worldName: WORLD, grantUniveralAccess: false },
      frame.sessionId,
    );
    const contextId = z.object({ executionContextId: z.number() }).parse(created).executionContextId;
    const made = await this.send(
      'Runtime.evaluate',
      { expression: pageKitSource, contextId, returnByValue: false },
      frame.sessionId,
    );
    const kit = ObjectAnswer.parse(made).result.objectId;
    if (kit === undefined) throw new Error('the page kit could not be made');
    const world = { loaderId: frame.loaderId, contextId, kit, roots: new Map<number, string>() };
    this.#worlds.set(frame.id, world);
    return world;
  }

  /** Closed shadow roots of one document, as objects in its isolated world. */
  async #closedRoots(frame: Frame, world: World): Promise<string[]> {
    const answer = (await this.send('DOM.getDocument', { depth: -1, pierce: true }, frame.sessionId)) as {
      root: DomNode;
    };
    const found: number[] = [];
    const walk = (node: DomNode, frameId: string | undefined): void => {
      if (node.shadowRootType === 'closed' && frameId === frame.id) found.push(node.backendNodeId);
      for (const child of [...(node.children ?? []), ...(node.shadowRoots ?? [])]) walk(child, frameId);
      if (node.contentDocument) walk(node.contentDocument, node.frameId);
    };
    walk(answer.root, this.#tops.get(frame.sessionId)?.id);
    return Promise.all(found.map((backendNodeId) => this.#resolve(backendNodeId, frame, world)));
  }

  async #resolve(backendNodeId: number, frame: Frame, world: World): Promise<string> {
    const known = world.roots.get(backendNodeId);
    if (known !== undefined) return known;
    const answer = await this.send(
      'DOM.resolveNode',
      { backendNodeId, executionContextId: world.contextId },
      frame.sessionId,
    );
    const { objectId } = z.object({ object: z.object({ objectId: z.string() }) }).parse(answer).object;
    world.roots.set(backendNodeId, objectId);
    return objectId;
  }

  async #call(
    frame: Frame,
    name: string,
    values: readonly unknown[],
    needsRoots: boolean,
    result: 'value' | 'handle' = 'value',
  ): Promise<unknown> {
    try {
      const world = await this.#world(frame);
      const roots = needsRoots ? await this.#closedRoots(frame, world) : [];
      const answer = await this.#callFunction(frame.sessionId, {
        objectId: world.kit,
        functionDeclaration: 'function (name, values, ...roots) { return this[name](...values, roots); }',
        arguments: [{ value: name }, { value: values }, ...roots.map((objectId) => ({ objectId }))],
        returnByValue: result === 'value',
        awaitPromise: true,
      });
      return (result === 'value' ? answer?.value : answer?.objectId) ?? null;
    } catch (error) {
      this.#worlds.delete(frame.id); // it may have gone with its document
      return goneOrThrow(error);
    }
  }

  async #callWith(handle: Handle, name: string): Promise<unknown> {
    const world = this.#worlds.get(handle.frame.id);
    if (world?.loaderId !== handle.frame.loaderId) return null;
    try {
      const answer = await this.#callFunction(handle.frame.sessionId, {
        objectId: world.kit,
        functionDeclaration: 'function (name, element) { return this[name](element) ?? true; }',
        arguments: [{ value: name }, { objectId: handle.objectId }],
        returnByValue: true,
      });
      return answer?.value ?? null;
    } catch (error) {
      return goneOrThrow(error);
    }
  }

  async #callFunction(
    sessionId: string | undefined,
    params: Readonly<Record<string, unknown>>,
  ): Promise<{ objectId?: string | undefined; value?: unknown } | null> {
    const answer = ObjectAnswer.parse(await this.send('Runtime.callFunctionOn', params, sessionId));
    return answer.exceptionDetails === undefined ? answer.result : null;
  }

  /** In the coordinates of the whole view. */
  async #middle(handle: Handle): Promise<{ x: number; y: number } | null> {
    try {
      const answer = await this.send('DOM.getContentQuads', { objectId: handle.objectId }, handle.frame.sessionId);
      const quad = z.object({ quads: z.array(z.array(z.number())) }).parse(answer).quads[0];
      if (!quad) return null;
      const mean = (from: number): number =>
        [0, 2, 4, 6].reduce((sum, index) => sum + (quad[from + index] ?? 0), 0) / 4;
      const offset = await this.#offset(handle.frame);
      return { x: mean(0) + offset.x, y: mean(1) + offset.y };
    } catch (error) {
      return goneOrThrow(error);
    }
  }

  /** Where a frame with a process of its own begins in the view. */
  async #offset(frame: Frame): Promise<{ x: number; y: number }> {
    if (frame.sessionId === undefined) return { x: 0, y: 0 };
    const top = this.#tops.get(frame.sessionId);
    const owner = top ? await this.#owner(top) : null;
    if (!owner) return { x: 0, y: 0 };
    const answer = await this.send('DOM.getBoxModel', { objectId: owner.objectId }, owner.frame.sessionId);
    const [x = 0, y = 0] = z.object({ model: z.object({ content: z.array(z.number()) }) }).parse(answer).model.content;
    const outer = await this.#offset(owner.frame);
    return { x: x + outer.x, y: y + outer.y };
  }

  /** The element that holds a frame, in the document around it. */
  async #owner(frame: Frame): Promise<Handle | null> {
    for (const around of await this.frames()) {
      if (around.id === frame.id) continue;
      try {
        const answer = await this.send('DOM.getFrameOwner', { frameId: frame.id }, around.sessionId);
        const { backendNodeId } = z.object({ backendNodeId: z.number() }).parse(answer);
        const world = await this.#world(around);
        return { objectId: await this.#resolve(backendNodeId, around, world), frame: around };
      } catch (error) {
        if (error instanceof Interrupted) throw error; // else: it is not in this document
      }
    }
    return null;
  }
}

function toFrame(info: FrameTree['frame'], sessionId: string | undefined, isTop: boolean): Frame {
  const url = URL.canParse(info.url) ? new URL(info.url) : null;
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  return {
    id: info.id,
    isMain: sessionId === undefined && isTop,
    sessionId,
    loaderId: info.loaderId,
    origin: isWeb ? url.origin : (url?.protocol ?? 'unreadable'),
    path: isWeb ? url.pathname : '',
    isEncrypted: url?.protocol === 'https:' || (url?.protocol === 'http:' && url.hostname === '127.0.0.1'),
    enforcedOrigin: info.securityOrigin,
  };
}

/** A document that went away is no defect. */
function goneOrThrow(error: unknown): null {
  if (error instanceof Interrupted || error instanceof z.ZodError) throw error;
  return null;
}
