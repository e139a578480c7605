/**
 * Signs on by filling a system's own sign-in form, as a person would: the page is judged, the act recorded, the
 * credentials taken, then every key is pressed as on a keyboard. A page that is not the expected one gets nothing.
 */
import type { Clock } from '../../context/clock.js';
import type { AuditPort } from '../../domain/audit.js';
import { LanyardError } from '../../domain/errors.js';
import type { SignOnRecipe } from '../../policy/configuration.js';
import type { Credentials } from '../../vault/vault.js';
import type { CredentialSource, DevTools, SignOnFinding, SignOnMethod, SignOnOutcome, SignOnPage } from '../signOn.js';
import { FormPage, type Frame, type Handle } from './formPage.js';
import { type Expectation, judge, type Judgement, type RecipeStep, selectorsOf } from './judging.js';
import { Interrupted, Patience } from './patience.js';
import { declaredAs, type KeptRecipe, type RecipeStore, recipeFor } from './recipeStore.js';
import { before, type Before, resultOf } from './result.js';
import { fingerprintOf, type Shape } from './shape.js';
import { typeInto } from './typing.js';

export interface FormSignOnOptions {
  /** `systems[].id` or `identityProviders[].id`: whose page it is. */
  readonly systemId: string;
  /** What the tab is called: for sentences. */
  readonly title: string;
  /** Declared in the configuration; absent: the learnt one of `recipes`. */
  readonly recipe: SignOnRecipe | undefined;
  readonly credentials: CredentialSource;
  readonly recipes: RecipeStore;
  readonly audit: AuditPort;
  readonly clock: Clock;
  /** Milliseconds; the defaults are for people, tests of deadlines may have less. */
  readonly deadlines?: Partial<FormDeadlines>;
}

export interface FormDeadlines {
  /** Until the declared page has its fields. */
  readonly form: number;
  /** For as long a page may look wrong in the same way before that is said. */
  readonly settle: number;
  /** From submitting until the page shows how it ended. */
  readonly result: number;
}

export interface FormSignOn extends SignOnMethod {
  readonly name: 'form';
  /** Does the page still match? Nothing is typed. Never rejects but for defects. */
  dryRun(page: SignOnPage, signal: AbortSignal): Promise<SignOnFinding>;
}

const DEADLINES: FormDeadlines = { form: 5000, settle: 1000, result: 15_000 };
const LOOK_EVERY = 15;
/** A script that takes the form over may throw away what was typed before it. */
const MOST_ROUNDS = 5;

/** Ends an attempt from within. */
class Ended extends Error {
  constructor(readonly outcome: SignOnOutcome) {
    super('the attempt ended');
  }
}

export function createFormSignOn(options: FormSignOnOptions): FormSignOn {
  return {
    name: 'form',
    signOn: (page, signal) => new Attempt(options, signal).run(page),
    dryRun: (page, signal) => dryRun(options, page, signal),
  };
}

class Attempt {
  readonly #deadlines: FormDeadlines;
  #credentials: Credentials | null = null;
  /** What became of the password; `pressed`: at least one key of it. */
  #password: 'not-taken' | 'taken' | 'pressed' = 'not-taken';
  #userNameTyped: string | null = null;

  constructor(
    private readonly options: FormSignOnOptions,
    private readonly signal: AbortSignal,
  ) {
    this.#deadlines = { ...DEADLINES, ...options.deadlines };
  }

  async run(signOnPage: SignOnPage): Promise<SignOnOutcome> {
    const { systemId, recipes, credentials, title } = this.options;
    const recipe = recipeFor(recipes, systemId, this.options.recipe);
    if (!recipe) return { outcome: 'not-learnt' };
    if (credentials.state !== 'usable')
      return { outcome: 'credentials-needed', reason: credentials.state, of: credentials.id };
    if (this.signal.aborted) return unavailable(`Signing in to ${title} was stopped.`);
    const release = signOnPage.holdDrawing();
    let tools: DevTools | null = null;
    try {
      tools = await signOnPage.attach();
      const patience = new Patience(this.options.clock, this.signal, tools.gone);
      return await this.#signOn(await FormPage.open(tools, patience), patience, recipe);
    } catch (error) {
      return this.#outcomeOf(error);
    } finally {
      this.#credentials?.password.wipe();
      tools?.detach();
      release();
      if (this.#password === 'taken') await this.#giveBack();
    }
  }

  /** Not a key was pressed. Where that cannot be noted it stays unconfirmed, which costs a question, not a try. */
  async #giveBack(): Promise<void> {
    try {
      await this.options.credentials.untouched?.();
    } catch (error) {
      if (!(error instanceof LanyardError)) throw error;
    }
  }

  async #signOn(page: FormPage, patience: Patience, recipe: SignOnRecipe): Promise<SignOnOutcome> {
    const shapes: Shape[] = [];
    let start: Before | null = null;
    for (const [index, step] of recipe.steps.entries()) {
      const previous = recipe.steps[index - 1];
      const right = await this.#untilRight(page, patience, recipe, step, index, previous);
      shapes.push(right.shape);
      if (index === 0) await this.#take(right.frame.origin);
      start = await this.#fill(page, patience, recipe, step, index, right);
    }
    if (!start) return { outcome: 'not-learnt' };
    const { credentials, title } = this.options;
    const result = await resultOf(page, patience, recipe, start, this.#deadlines.result);
    if (result === 'unclear') {
      return unavailable(`${title} did not say whether the sign-in worked. Look at its own sign-in page.`);
    }
    this.#keepShapes(recipe, shapes);
    if (result === 'refused') {
      await credentials.refuse();
      return { outcome: 'refused' };
    }
    await credentials.confirm();
    return { outcome: 'signed-on' };
  }

  /** Waits until the page is the expected one, and stands still for two frames. */
  async #untilRight(
    page: FormPage,
    patience: Patience,
    recipe: SignOnRecipe,
    step: RecipeStep,
    index: number,
    previous: RecipeStep | undefined,
  ): Promise<Extract<Judgement, { verdict: 'right' }>> {
    const wanted = { recipe, step, expected: this.#expected(recipe, index), userName: this.#userNameTyped };
    const begun = patience.now();
    const end = begun + this.#deadlines.form;
    let stable = '';
    let wrong = null as { readonly said: string; readonly since: number } | null;
    for (;;) {
      const submitMayBeOff = patience.now() - begun >= this.#deadlines.settle;
      const found = await judge(page, { ...wanted, submitMayBeOff });
      if (found.verdict === 'right') {
        wrong = null;
        if (found.stable === stable) return found;
        stable = found.stable;
        await page.drawn(found.frame, 2);
        continue;
      }
      stable = '';
      if (found.verdict === 'wrong') {
        const said = found.changes.join();
        if (wrong?.said !== said) wrong = { said, since: patience.now() };
        // Fields may still be on their way; a page of another shape, or of somebody else's, does not become the right one.
        const isWaiting = found.isElsewhere || found.isIncomplete;
        const lasted = patience.now() - wrong.since;
        if (patience.now() >= end || (!isWaiting && lasted >= this.#deadlines.settle)) {
          if (previous && (await this.#isRefusedName(page, recipe, previous))) {
            await this.options.credentials.refuse();
            this.#password = 'pressed'; // the name was answered: not as before
            throw new Ended({ outcome: 'refused' });
          }
          this.#block(found);
        }
      } else if (patience.now() >= end)
        throw new Ended(
          unavailable(`The sign-in page of ${this.options.title} did not come to rest. Try again in a moment.`),
        );
      await patience.pause(LOOK_EVERY);
    }
  }

  /** The page of the name again, saying so by its sign of failure. */
  async #isRefusedName(page: FormPage, recipe: SignOnRecipe, step: RecipeStep): Promise<boolean> {
    const selector = recipe.failure?.selector;
    if (selector === undefined) return false;
    const again = await judge(page, { recipe, step, expected: { shape: null, fingerprint: null }, userName: null });
    return again.verdict === 'right' && (await page.look(again.frame, [selector]))?.found[selector] !== 'absent';
  }

  #block(found: Extract<Judgement, { verdict: 'wrong' }>): never {
    const { systemId, audit } = this.options;
    audit.record({ type: 'signOn.blocked', systemId, origin: found.origin, reason: found.reason });
    throw new Ended({ outcome: 'page-changed', changes: found.changes });
  }

  async #take(origin: string): Promise<void> {
    const { systemId, audit, credentials } = this.options;
    audit.record({ type: 'signOn.attempted', systemId, method: 'form', origin });
    try {
      this.#credentials = await credentials.take();
    } catch (error) {
      if (!(error instanceof LanyardError)) throw error;
      throw new Ended({ outcome: 'credentials-needed', reason: 'vault', of: credentials.id });
    }
    if (this.#credentials) {
      this.#password = 'taken';
      return;
    }
    const { state } = credentials;
    throw new Ended({ outcome: 'credentials-needed', reason: state === 'usable' ? 'none' : state, of: credentials.id });
  }

  async #fill(
    page: FormPage,
    patience: Patience,
    recipe: SignOnRecipe,
    step: RecipeStep,
    index: number,
    right: Extract<Judgement, { verdict: 'right' }>,
  ): Promise<Before> {
    const taken = this.#credentials;
    if (!taken) throw new Error('nothing was taken');
    let last: Handle | null = null;
    if (step.userName) {
      last = await this.#type(
        page,
        patience,
        right.frame,
        step.userName.selector,
        Array.from(taken.userName),
        MOST_ROUNDS,
      );
      this.#userNameTyped = taken.userName;
    }
    if (step.password) {
      // SECURITY(form): the page is judged anew right before the password; a page may change between the two fields.
      await this.#judgeAgain(page, patience, recipe, step, index, right);
      const characters = taken.password.use((text) => Array.from(text));
      last = await this.#type(page, patience, right.frame, step.password.selector, characters, 2, () => {
        this.#password = 'pressed';
      });
    }
    const { frame } = await this.#judgeAgain(page, patience, recipe, step, index, right);
    if (!last) throw new Ended({ outcome: 'page-changed', changes: ['this step has no field'] });
    await this.#untilScripted(page, patience, step, last);
    const start = await before(page, recipe, frame);
    patience.check();
    await this.#submit(page, step, frame, last);
    return start;
  }

  /** @throws Ended when the page is not the one that was judged any more */
  async #judgeAgain(
    page: FormPage,
    patience: Patience,
    recipe: SignOnRecipe,
    step: RecipeStep,
    index: number,
    right: Extract<Judgement, { verdict: 'right' }>,
  ): Promise<Extract<Judgement, { verdict: 'right' }>> {
    const expected: Expectation = { ...this.#expected(recipe, index), shape: right.shape, fingerprint: null };
    const end = patience.now() + this.#deadlines.settle;
    for (;;) {
      const found = await judge(page, { recipe, step, expected, userName: this.#userNameTyped, submitMayBeOff: true });
      if (found.verdict === 'right') {
        if (found.frame.loaderId === right.frame.loaderId) return found;
        const changes = ['the page was loaded anew while it was being filled'];
        this.#block({
          verdict: 'wrong',
          reason: 'page-changed',
          changes,
          origin: found.frame.origin,
          isElsewhere: false,
          isIncomplete: false,
        });
      }
      // a button may be off until its field is noticed
      if (found.verdict === 'wrong' && (!found.isIncomplete || patience.now() >= end)) this.#block(found);
      if (patience.now() >= end)
        throw new Ended(
          unavailable(`The sign-in page of ${this.options.title} did not come to rest. Try again in a moment.`),
        );
      await patience.pause(LOOK_EVERY);
    }
  }

  async #type(
    page: FormPage,
    patience: Patience,
    frame: Frame,
    selector: string,
    characters: readonly string[],
    rounds: number,
    onKey: () => void = () => undefined,
  ): Promise<Handle> {
    for (let round = 1; round <= rounds; round += 1) {
      const field = await page.find(frame, selector);
      if (!field) {
        await patience.pause(LOOK_EVERY);
        continue;
      }
      const typed = await typeInto(page, field, {
        characters,
        address: frame.origin + frame.path,
        before: () => {
          patience.check();
          onKey();
        },
      });
      if (typed.outcome === 'typed') return field;
      const now = (await page.frames()).find(({ id }) => id === frame.id);
      if (now?.loaderId !== frame.loaderId || now.path !== frame.path || now.origin !== frame.origin) {
        const changes = ['the page went on to another one while it was being filled'];
        const origin = now?.origin ?? frame.origin;
        this.#block({
          verdict: 'wrong',
          reason: 'other-page',
          changes,
          origin,
          isElsewhere: true,
          isIncomplete: false,
        });
      }
      await page.drawn(frame, 2);
    }
    throw new Ended(
      unavailable(
        `The sign-in page of ${this.options.title} would not take what was typed. Sign in by hand this time.`,
      ),
    );
  }

  /** A form that would put the password into an address is waiting for its script: so do we. */
  async #untilScripted(page: FormPage, patience: Patience, step: RecipeStep, field: Handle): Promise<void> {
    const end = patience.now() + this.#deadlines.form;
    for (;;) {
      const look = await page.look(field.frame, selectorsOf(step));
      const isOff = step.submit !== 'enter' && look?.found[step.submit.selector] === 'disabled';
      if (isOff && patience.now() < end) {
        await patience.pause(LOOK_EVERY);
        continue;
      }
      if (!look?.sendsByAddress || (await page.hasListener(field, ['submit']))) return;
      const button = step.submit === 'enter' ? null : await page.find(field.frame, step.submit.selector);
      if (button && (await page.hasListener(button, ['click', 'mousedown', 'pointerdown']))) return;
      if (patience.now() >= end)
        throw new Ended(
          unavailable(
            `The sign-in page of ${this.options.title} would put the password into its address. Call IT support.`,
          ),
        );
      await patience.pause(LOOK_EVERY);
    }
  }

  async #submit(page: FormPage, step: RecipeStep, frame: Frame, last: Handle): Promise<void> {
    if (step.submit !== 'enter') {
      const button = await page.find(frame, step.submit.selector);
      if (button && (await page.click(button))) return;
    }
    if ((await page.state(last))?.hasFocus) {
      await page.pressEnter();
      return;
    }
    throw new Ended(
      unavailable(`The sign-in page of ${this.options.title} could not be sent. Sign in by hand this time.`),
    );
  }

  #kept(recipe: SignOnRecipe): KeptRecipe | null {
    const kept = this.options.recipes.get(this.options.systemId);
    return kept?.declared === (this.options.recipe ? declaredAs(recipe) : null) ? kept : null;
  }

  /** A declared fingerprint is that of the page that asks for the password. */
  #expected(recipe: SignOnRecipe, index: number): Expectation {
    const asksForPassword = recipe.steps[index]?.password !== undefined;
    return {
      shape: this.#kept(recipe)?.shapes[index] ?? null,
      fingerprint: asksForPassword ? (recipe.fingerprint ?? null) : null,
    };
  }

  /** At the first use that the page answered. */
  #keepShapes(recipe: SignOnRecipe, shapes: readonly Shape[]): void {
    const kept = this.#kept(recipe);
    if (kept && recipe.steps.every((_, index) => kept.shapes[index])) return;
    const { recipes, systemId, recipe: declared } = this.options;
    recipes.keep(systemId, {
      recipe: declared ? null : recipe,
      declared: declared ? declaredAs(recipe) : null,
      shapes: [...shapes],
    });
  }

  #outcomeOf(error: unknown): SignOnOutcome {
    const { title } = this.options;
    if (error instanceof Ended) return error.outcome;
    if (error instanceof LanyardError) return unavailable(error.message);
    if (!(error instanceof Interrupted)) throw error;
    if (error.reason === 'stopped') return unavailable(`Signing in to ${title} was stopped.`);
    if (error.reason === 'gone')
      return unavailable(`The page of ${title} ended while it was being signed in. Try again in a moment.`);
    return unavailable(`The sign-in page of ${title} does not answer. Try again in a moment.`);
  }
}

async function dryRun(options: FormSignOnOptions, signOnPage: SignOnPage, signal: AbortSignal): Promise<SignOnFinding> {
  const { systemId, recipes, title } = options;
  const recipe = recipeFor(recipes, systemId, options.recipe);
  const finding = (status: SignOnFinding['status'], message: string, remedy: string | null): SignOnFinding => ({
    check: 'recipe',
    status,
    message,
    remedy,
  });
  const [step] = recipe?.steps ?? [];
  if (!recipe || !step)
    return finding('not-applicable', `How to sign in to ${title} was not learnt yet.`, 'Let a clinician sign in once.');
  const kept = recipes.get(systemId);
  const isOfThis = kept?.declared === (options.recipe ? declaredAs(recipe) : null);
  const expected = {
    shape: (isOfThis ? kept.shapes[0] : null) ?? null,
    fingerprint: step.password ? (recipe.fingerprint ?? null) : null,
  };
  const release = signOnPage.holdDrawing();
  let tools: DevTools | null = null;
  try {
    tools = await signOnPage.attach();
    const patience = new Patience(options.clock, signal, tools.gone);
    const page = await FormPage.open(tools, patience);
    const end = patience.now() + (options.deadlines?.form ?? DEADLINES.form);
    for (;;) {
      const found = await judge(page, { recipe, step, expected, userName: null });
      if (found.verdict === 'right')
        return finding('good', `The sign-in page of ${title} matches (shape ${fingerprintOf(found.shape)}).`, null);
      if (patience.now() >= end) {
        const said = found.verdict === 'wrong' ? found.changes.join('; ') : 'it does not come to rest';
        return finding(
          'bad',
          `The sign-in page of ${title} changed: ${said}.`,
          'Let it be learnt again, or correct its recipe.',
        );
      }
      await patience.pause(LOOK_EVERY);
    }
  } catch (error) {
    if (!(error instanceof Interrupted) && !(error instanceof LanyardError)) throw error;
    return finding('warning', `The sign-in page of ${title} could not be looked at.`, 'Try again in a moment.');
  } finally {
    tools?.detach();
    release();
  }
}

function unavailable(explanation: string): SignOnOutcome {
  return { outcome: 'unavailable', explanation };
}
