/**
 * Is this the page that may be typed into? Exact origin, path and declared frame, encrypted, and of the kept shape.
 * Whatever is not clear is "not yet"; what stays wrong is said in sentences for support, without any value.
 */
import type { SignOnRecipe } from '../../policy/configuration.js';
import type { FormPage, Frame } from './formPage.js';
import type { Look } from './pageKit.js';
import { changesBetween, fingerprintOf, type Shape, shapeOf } from './shape.js';

export type RecipeStep = SignOnRecipe['steps'][number];

export type BlockedReason = 'not-encrypted' | 'other-page' | 'other-frame' | 'page-changed';

export type Judgement =
  | {
      readonly verdict: 'right';
      readonly frame: Frame;
      readonly look: Look;
      readonly shape: Shape;
      readonly stable: string;
    }
  /** `isElsewhere`: the address alone says so. */
  | {
      readonly verdict: 'wrong';
      readonly reason: BlockedReason;
      readonly changes: readonly string[];
      /** Where it was: for the record. */
      readonly origin: string;
      readonly isElsewhere: boolean;
      /** Something is missing, or cannot be used yet. */
      readonly isIncomplete: boolean;
    }
  /** The document goes away just now. */
  | { readonly verdict: 'unsettled' };

/** What the page of one step must look like; null: anything, once. */
export interface Expectation {
  readonly shape: Shape | null;
  readonly fingerprint: string | null;
}

export interface StepWanted {
  readonly recipe: SignOnRecipe;
  readonly step: RecipeStep;
  readonly expected: Expectation;
  /** Typed already: not part of the shape. */
  readonly userName: string | null;
  /** Some buttons are off until something was typed. */
  readonly submitMayBeOff?: boolean;
}

export async function judge(page: FormPage, wanted: StepWanted): Promise<Judgement> {
  const { recipe, step, expected, userName } = wanted;
  const frames = await page.frames();
  const main = frames.find(({ isMain }) => isMain);
  if (!main) return { verdict: 'unsettled' };
  const path = step.path ?? recipe.path;
  const wrong = (
    reason: BlockedReason,
    changes: readonly string[],
    origin: string,
    isIncomplete = false,
  ): Judgement => ({
    verdict: 'wrong',
    reason,
    changes,
    origin,
    isElsewhere: reason !== 'page-changed',
    isIncomplete,
  });
  if (main.origin !== recipe.origin || main.path !== path || main.enforcedOrigin !== recipe.origin) {
    const isPlain = main.origin.startsWith('http:') && !main.isEncrypted;
    const changes = [`the page is ${main.origin}${main.path} instead of ${recipe.origin}${path}`];
    return wrong(isPlain ? 'not-encrypted' : 'other-page', changes, main.origin);
  }
  const frame = recipe.frame ? findFrame(frames, recipe.frame) : main;
  if (!frame) return wrong('other-frame', [`there is no frame from ${recipe.frame?.origin ?? ''}`], main.origin);
  // SECURITY(form): http is for tests on this machine only.
  if (!main.isEncrypted || !frame.isEncrypted)
    return wrong('not-encrypted', ['the page is not encrypted'], frame.origin);
  const selectors = selectorsOf(step);
  const look = await page.look(frame, selectors);
  if (look?.address !== frame.origin + frame.path) return { verdict: 'unsettled' };
  // SECURITY(form): a sandboxed document has the address of the system, and is not trusted by it.
  if (look.origin !== frame.origin)
    return wrong(frame.isMain ? 'other-page' : 'other-frame', ['the page is sandboxed'], frame.origin);
  if (!(await page.isFrameVisible(frame))) return wrong('page-changed', ['the frame is hidden'], frame.origin, true);
  const isOffRightly = (selector: string): boolean =>
    wanted.submitMayBeOff === true && step.submit !== 'enter' && selector === step.submit.selector;
  const missing = selectors.filter((selector) => {
    const found = look.found[selector];
    return found !== 'ready' && !(found === 'disabled' && isOffRightly(selector));
  });
  if (missing.length > 0 || !look.isParsed) {
    const elsewhere = await passwordElsewhere(page, frames, frame);
    if (elsewhere !== null)
      return wrong('other-frame', [`the password is asked for in a frame from ${elsewhere}`], elsewhere);
    const changes = missing.map((selector) => `nothing that can be used matches ${selector}`);
    return wrong('page-changed', changes.length > 0 ? changes : ['the page is not complete'], frame.origin, true);
  }
  const shape = shapeOf(look, originsOfFrames(frames), userName);
  const changes = changesFrom(expected, shape);
  if (changes.length > 0) return wrong('page-changed', changes, frame.origin);
  return { verdict: 'right', frame, look, shape, stable: `${frame.loaderId} ${look.places} ${fingerprintOf(shape)}` };
}

/** What the shape differs in; empty: it is the expected one. */
function changesFrom({ shape, fingerprint }: Expectation, now: Shape): readonly string[] {
  const found = fingerprintOf(now);
  if (fingerprint !== null && found !== fingerprint) {
    const changes = shape ? changesBetween(shape, now) : [];
    return changes.length > 0 ? changes : [`the shape of the page is ${found}, not the declared one`];
  }
  return shape && fingerprint === null ? changesBetween(shape, now) : [];
}

export function selectorsOf({ userName, password, submit }: RecipeStep): string[] {
  return [userName, password, submit === 'enter' ? undefined : submit].flatMap((field) => field?.selector ?? []);
}

/** Origins of every frame but the page itself. */
export function originsOfFrames(frames: readonly Frame[]): string[] {
  return frames.filter(({ isMain, origin }) => !isMain && /^https?:/u.test(origin)).map(({ origin }) => origin);
}

function findFrame(frames: readonly Frame[], wanted: NonNullable<SignOnRecipe['frame']>): Frame | undefined {
  return frames.find(
    (frame) =>
      !frame.isMain &&
      frame.origin === wanted.origin &&
      frame.enforcedOrigin === wanted.origin &&
      (wanted.path === undefined || frame.path === wanted.path),
  );
}

async function passwordElsewhere(page: FormPage, frames: readonly Frame[], expected: Frame): Promise<string | null> {
  const main = expected.isMain ? expected : frames.find(({ isMain }) => isMain);
  if (main && (await page.look(main, []))?.asksForPassword) return expected.isMain ? null : main.origin;
  for (const frame of frames) {
    if (frame.id === expected.id || frame.isMain) continue;
    if ((await page.look(frame, []))?.asksForPassword) return frame.origin;
  }
  return null;
}
