/**
 * Learns how to sign in to a system by watching the clinician do it once, with their consent: which page, which fields,
 * what sends them. Nothing is kept before they say yes, and the password leaves the page only towards main.
 */
import { z } from 'zod';
import type { Clock } from '../../context/clock.js';
import type { AuditPort } from '../../domain/audit.js';
import { LanyardError } from '../../domain/errors.js';
import { Secret } from '../../domain/secret.js';
import { type SignOnRecipe, SignOnRecipeSchema } from '../../policy/configuration.js';
import type { WatchedSignIn } from '../clinicianSignOn.js';
import type { DevToolsEvent, SignOnPage } from '../signOn.js';
import { FormPage, type Frame } from './formPage.js';
import { originsOfFrames } from './judging.js';
import { Interrupted, Patience } from './patience.js';
import type { RecipeStore } from './recipeStore.js';
import { fingerprintOf, type Shape, shapeOf } from './shape.js';
import { WATCH_BINDING, type WatchReport, watchKitSource } from './watchKit.js';

export interface WatchOptions {
  /** `systems[].id` or `identityProviders[].id`. */
  readonly id: string;
  readonly title: string;
  /** Exact origins: a sign-in anywhere else is not looked at. */
  readonly origins: readonly string[];
  readonly recipes: RecipeStore;
  readonly audit: AuditPort;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
}

/** An isolated world of its own name: the binding exists in worlds of this name only. */
const WORLD = 'sign-on-watch';
/** People look for their second factor, or are called away: milliseconds. */
const LONGEST_WATCH = 10 * 60_000;
const LOOK_EVERY = 150;
/** So long there must be no password box before somebody counts as signed in, in milliseconds. */
const SIGNED_IN_FOR = 700;
const MOST_STEPS = 3;

const Field = z.strictObject({ selector: z.string().max(2000), value: z.string().max(1000) });
const Report: z.ZodType<WatchReport> = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('touched') }),
  z.strictObject({
    kind: z.literal('sent'),
    userName: Field.nullable(),
    password: Field.nullable(),
    showsPassword: z.boolean(),
    submit: z.string().max(2000),
  }),
]);

type SentReport = Extract<WatchReport, { kind: 'sent' }>;

interface Step extends Seen {
  readonly userName: string | null;
  readonly password: string | null;
  readonly showsPassword: boolean;
  readonly submit: string;
}

/** @returns null when nobody signed in, or what was seen is nothing that can be done again */
export async function watchSignIn(
  signOnPage: SignOnPage,
  options: WatchOptions,
  signal: AbortSignal,
): Promise<WatchedSignIn | null> {
  const tools = await signOnPage.attach();
  const patience = new Patience(options.clock, signal, tools.gone);
  let watch: Watch | null = null;
  try {
    watch = new Watch(await FormPage.open(tools, patience), patience, options);
    return await watch.run();
  } catch (error) {
    if (!(error instanceof Interrupted)) options.report(error);
    return null;
  } finally {
    watch?.forget();
    tools.detach();
  }
}

/** A page as it was when somebody began to fill a field in it: by the time it is sent it may have gone on. */
interface Seen {
  readonly frame: Frame;
  readonly main: Frame;
  readonly shape: Shape | null;
}

class Watch {
  readonly #steps: Step[] = [];
  /** Frame of each execution context: what a page says about itself is not asked. */
  readonly #frames = new Map<string, string>();
  /** By execution context, which is one document's. */
  readonly #seen = new Map<string, Promise<Seen | null>>();
  readonly #sent: { readonly seen: Promise<Seen | null> | undefined; readonly report: SentReport }[] = [];
  #userName = '';
  /** As it was sent last, wherever: pages repeat it, and no shape may hold it. */
  #nameToHide: string | null = null;
  #password: Secret | null = null;

  constructor(
    private readonly page: FormPage,
    private readonly patience: Patience,
    private readonly options: WatchOptions,
  ) {}

  async run(): Promise<WatchedSignIn | null> {
    this.page.subscribe((event) => {
      this.#hear(event);
    });
    await Promise.all(
      this.page.sessions.map((sessionId) =>
        this.#install(sessionId).catch((error: unknown) => {
          if (sessionId === undefined || error instanceof Interrupted) throw error; // else: that frame went away
        }),
      ),
    );
    const end = this.patience.now() + LONGEST_WATCH;
    let calmSince: number | null = null;
    while (this.patience.now() < end) {
      for (const { seen, report } of this.#sent.splice(0)) this.#take(await seen, report);
      const isDone = this.#password !== null && !(await this.#asksForPassword());
      if (!isDone || this.#sent.length > 0) calmSince = null;
      else if (calmSince === null) calmSince = this.patience.now();
      else if (this.patience.now() - calmSince >= SIGNED_IN_FOR) return this.#result();
      await this.patience.pause(LOOK_EVERY);
    }
    return null;
  }

  forget(): void {
    this.#password?.wipe();
    this.#password = null;
    this.#sent.length = 0;
  }

  async #install(sessionId: string | undefined): Promise<void> {
    const ask = (method: string, params: Record<string, unknown> = {}) => this.page.send(method, params, sessionId);
    await ask('Runtime.enable');
    await ask('Runtime.addBinding', { name: WATCH_BINDING, executionContextName: WORLD });
    await ask('Page.addScriptToEvaluateOnNewDocument', {
      source: watchKitSource,
      worldName: WORLD,
      runImmediately: true,
    });
  }

  #hear({ method, params, sessionId }: DevToolsEvent): void {
    if (method === 'Target.attachedToTarget' && typeof params['sessionId'] === 'string') {
      this.#install(params['sessionId']).catch(() => undefined); // that frame went away again
    } else if (method === 'Runtime.executionContextCreated') {
      const { context } = params as { context?: { id: number; name: string; auxData?: { frameId?: string } } };
      if (context?.name === WORLD && context.auxData?.frameId !== undefined)
        this.#frames.set(contextKey(sessionId, context.id), context.auxData.frameId);
    } else if (method === 'Runtime.bindingCalled' && params['name'] === WATCH_BINDING) {
      const read = Report.safeParse(readJson(String(params['payload'])));
      if (!read.success) return;
      const context = contextKey(sessionId, Number(params['executionContextId']));
      if (read.data.kind === 'sent') {
        // The page as it is now known: another step of it may be begun before this one is looked at.
        this.#sent.push({ seen: this.#seen.get(context), report: read.data });
        this.#nameToHide = read.data.userName?.value ?? this.#nameToHide;
      } else this.#seen.set(context, this.#see(context, this.#seen.get(context)));
    }
  }

  async #see(context: string, before: Promise<Seen | null> | undefined): Promise<Seen | null> {
    const hidden = this.#nameToHide;
    try {
      const frames = await this.page.frames();
      const frame = frames.find(({ id }) => id === this.#frames.get(context));
      const main = frames.find(({ isMain }) => isMain);
      if (!frame || !main || !this.#isWatched(frame) || !this.#isWatched(main)) return null;
      const look = await this.page.look(frame, []);
      if (look && look.origin !== frame.origin) return null; // sandboxed
      return { frame, main, shape: look && shapeOf(look, originsOfFrames(frames), hidden) };
    } catch (error) {
      if (!(error instanceof Interrupted)) this.options.report(error);
      return (await before) ?? null; // it went on already: as it was when it was touched before
    }
  }

  #take(seen: Seen | null | undefined, report: SentReport): void {
    if (!seen) return;
    if (report.userName) this.#userName = report.userName.value;
    if (report.password) {
      this.#password?.wipe();
      this.#password = Secret.of(report.password.value);
    }
    const { showsPassword, submit } = report;
    const userName = report.userName?.selector ?? null;
    this.#add({ ...seen, userName, password: report.password?.selector ?? null, showsPassword, submit });
  }

  /** SECURITY(form): encrypted, and exactly an origin of this system, as the browser enforces it. */
  #isWatched({ origin, enforcedOrigin, isEncrypted }: Frame): boolean {
    return isEncrypted && origin === enforcedOrigin && this.options.origins.includes(origin);
  }

  #add(step: Step): void {
    // Done again on the same page: the last time counts. What was clicked beside a password box was no step.
    const isAgain = ({ main, password, showsPassword }: Step): boolean =>
      main.path === step.main.path && (password !== null || showsPassword || step.password === null);
    for (let last = this.#steps.at(-1); last && isAgain(last); last = this.#steps.at(-1)) this.#steps.pop();
    this.#steps.push(step);
  }

  async #asksForPassword(): Promise<boolean> {
    const frames = await this.page.frames();
    for (const frame of frames) if ((await this.page.look(frame, []))?.asksForPassword) return true;
    return false;
  }

  #result(): WatchedSignIn | null {
    const { id, recipes, audit } = this.options;
    const steps = this.#steps.slice(-MOST_STEPS);
    const last = steps.at(-1);
    const recipe = last ? recipeOf(steps, last) : null;
    if (!recipe || !last || !this.#password || this.#userName === '') {
      this.options.report(
        new LanyardError('unavailable', `The sign-in to ${this.options.title} was seen, but cannot be done again`),
      );
      return null;
    }
    const shapes = steps.map(({ shape }) => shape);
    const credentials = { userName: this.#userName, password: this.#password.copy() };
    return {
      userName: this.#userName,
      origin: last.frame.origin,
      credentials,
      keep: () => {
        const shape = shapes.at(-1);
        const fingerprint = shape ? fingerprintOf(shape) : 'none';
        audit.record({ type: 'signOn.learnt', systemId: id, origin: last.frame.origin, fingerprint });
        recipes.keep(id, { recipe, declared: null, shapes });
      },
    };
  }
}

/** null: its pages or frames are of several origins, or a selector is nothing that a configuration may hold. */
function recipeOf(steps: readonly Step[], last: Step): SignOnRecipe | null {
  const [first] = steps;
  if (!first || last.password === null) return null;
  const isOne = steps.every(
    ({ main, frame }) => main.origin === first.main.origin && frame.origin === first.frame.origin,
  );
  if (!isOne) return null;
  const hasName = steps.findIndex(({ userName }) => userName !== null);
  const read = SignOnRecipeSchema.safeParse({
    origin: first.main.origin,
    path: first.main.path,
    ...(last.frame.isMain ? {} : { frame: { origin: last.frame.origin, path: last.frame.path } }),
    steps: steps.map(({ main, userName, password, submit }, index) => ({
      ...(userName !== null && index === hasName ? { userName: { selector: userName } } : {}),
      ...(password === null ? {} : { password: { selector: password } }),
      submit: submit === 'enter' ? 'enter' : { selector: submit },
      ...(main.path === first.main.path ? {} : { path: main.path }),
    })),
  });
  return read.success && hasName >= 0 ? read.data : null;
}

function contextKey(sessionId: string | undefined, contextId: number): string {
  return `${sessionId ?? ''} ${contextId}`;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
