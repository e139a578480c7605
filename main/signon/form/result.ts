/**
 * How a submitted form ended, as far as the page shows it. "Signed in" is said late rather than early: a wrong password
 * that counts as a right one would be tried again, and lock the account. What is not clear is `unclear`.
 */
import type { SignOnRecipe } from '../../policy/configuration.js';
import type { FormPage, Frame } from './formPage.js';
import { selectorsOf } from './judging.js';
import type { Patience } from './patience.js';

export type Result = 'signed-on' | 'refused' | 'unclear';

/** Where things stood before the form was submitted. */
export interface Before {
  /** Of the form's document. */
  readonly loaderId: string;
  readonly mainLoaderId: string;
  readonly cookies: readonly string[];
  /** Requests that had been begun. */
  readonly begun: number;
  readonly statuses: number;
}

/** Milliseconds that a state has to last before it counts. */
const GONE_LASTS = 300;
const STILL_THERE_LASTS = 1500;
const LOOK_EVERY = 40;

export async function before(page: FormPage, recipe: SignOnRecipe, frame: Frame): Promise<Before> {
  const main = (await page.frames()).find(({ isMain }) => isMain);
  const { begun, statuses } = page.traffic();
  return {
    loaderId: frame.loaderId,
    mainLoaderId: main?.loaderId ?? '',
    cookies: (recipe.success?.cookie ?? recipe.failure?.cookie) === undefined ? [] : await page.cookieNames(),
    begun,
    statuses: statuses.length,
  };
}

export async function resultOf(
  page: FormPage,
  patience: Patience,
  recipe: SignOnRecipe,
  start: Before,
  deadline: number,
): Promise<Result> {
  const end = patience.now() + deadline;
  let last = null as { readonly state: Seen; readonly since: number; readonly requests: number } | null;
  while (patience.now() < end) {
    const state = await see(page, recipe, start);
    const requests = page.traffic().begun;
    if (last?.state !== state || last.requests !== requests) last = { state, since: patience.now(), requests };
    const lasted = patience.now() - last.since;
    if (state === 'success' || state === 'failure') return state === 'success' ? 'signed-on' : 'refused';
    if (state === 'broken') return 'unclear';
    if (state === 'gone' && recipe.success === undefined && lasted >= GONE_LASTS) return 'signed-on';
    if (state === 'form-anew' && lasted >= GONE_LASTS) return 'refused';
    if (state === 'form-denied' && lasted >= GONE_LASTS) return 'refused';
    if (state === 'form-answered' && lasted >= STILL_THERE_LASTS) return 'refused';
    await patience.pause(LOOK_EVERY);
  }
  return 'unclear';
}

/**
 * gone: nothing asks for a sign-in any more · form-anew: the form in a new document · form-denied: the form still there,
 * and a script was told 401 or 403 · form-answered: the form still there after an answer · broken: the server failed.
 */
type Seen = 'success' | 'failure' | 'gone' | 'form-anew' | 'form-denied' | 'form-answered' | 'broken' | 'busy';

async function see(page: FormPage, recipe: SignOnRecipe, start: Before): Promise<Seen> {
  const frames = await page.frames();
  const main = frames.find(({ isMain }) => isMain);
  if (!main) return 'busy';
  if (main.origin === 'chrome-error:') return 'broken';
  const looks = await Promise.all(
    frames.map(async (frame) => ({ frame, look: await page.look(frame, wantedIn(recipe)) })),
  );
  const mainLook = looks.find(({ frame }) => frame.isMain)?.look;
  if (!mainLook?.isParsed) return 'busy';
  const shows = (selector: string | undefined): boolean =>
    selector === undefined || looks.some(({ look }) => (look?.found[selector] ?? 'absent') !== 'absent');
  const isAt = (path: string | undefined): boolean =>
    path === undefined || main.path === path || main.path.startsWith(path.endsWith('/') ? path : `${path}/`);
  const { success, failure } = recipe;
  const { open, statuses, begun } = page.traffic();
  const fresh = statuses.slice(start.statuses);
  let isDoubtful = false;
  if (failure && !isEmpty(failure) && isAt(failure.path) && shows(failure.selector)) {
    if (failure.cookie === undefined) return 'failure';
    // One that was there before says nothing about this attempt: then a page without a form does not, either.
    isDoubtful = start.cookies.includes(failure.cookie);
    if (!isDoubtful && (await page.cookieNames()).includes(failure.cookie)) return 'failure';
  }
  const asksForPassword = looks.some(({ look }) => look?.asksForPassword === true);
  const form = looks.find(({ frame, look }) => look !== null && isFormOf(recipe, main, frame, look.found));
  const isNewDocument = main.loaderId !== start.mainLoaderId || (form && form.frame.loaderId !== start.loaderId);
  if (success && !isEmpty(success) && isAt(success.path) && shows(success.selector)) {
    const hasCookie = success.cookie === undefined || (await isSetAnew(page, success.cookie, start, !form));
    if (hasCookie && !form) return 'success';
  }
  if (open > 0) return 'busy';
  if (fresh.some(({ status, isDocument }) => isDocument && status >= 500)) return 'broken';
  if (!form && !asksForPassword) return isDoubtful ? 'busy' : 'gone';
  if (isNewDocument) return 'form-anew';
  if (fresh.some(({ status, isDocument }) => !isDocument && (status === 401 || status === 403))) return 'form-denied';
  return begun > start.begun ? 'form-answered' : 'busy';
}

function isEmpty(sign: NonNullable<SignOnRecipe['success']>): boolean {
  return sign.path === undefined && sign.selector === undefined && sign.cookie === undefined;
}

async function isSetAnew(page: FormPage, cookie: string, start: Before, isFormGone: boolean): Promise<boolean> {
  if (start.cookies.includes(cookie) && !isFormGone) return false;
  return (await page.cookieNames()).includes(cookie);
}

function wantedIn({ steps, success, failure }: SignOnRecipe): string[] {
  return [...steps.flatMap(selectorsOf), ...[success, failure].flatMap((sign) => sign?.selector ?? [])];
}

/** Whether a step's fields are there again, on that step's page. */
function isFormOf(recipe: SignOnRecipe, main: Frame, frame: Frame, found: Readonly<Record<string, string>>): boolean {
  if (main.origin !== recipe.origin) return false;
  if (recipe.frame ? frame.origin !== recipe.frame.origin : !frame.isMain) return false;
  return recipe.steps.some((step) => {
    const fields = [step.userName, step.password].flatMap((field) => field?.selector ?? []);
    const isHere = main.path === (step.path ?? recipe.path);
    return isHere && fields.length > 0 && fields.every((selector) => (found[selector] ?? 'absent') !== 'absent');
  });
}
