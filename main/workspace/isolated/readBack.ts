/**
 * Runs inside an embedded page, in an isolated world (its own JavaScript heap: the page cannot see or change it).
 *
 * Reads the texts at the places the configuration names, and says when they change. It decides nothing: whether those
 * texts are the chosen patient is judged in main (domain/shownIdentity.ts). Only what a person could see counts: what is
 * hidden is skipped (seen.ts). Reaches the main frame, same-origin frames and open shadow roots; a frame of another
 * origin is reported by its index, and main runs this same script there.
 *
 * Built to one self-contained file (dist/isolated/readBack.js).
 */
import { createRoots, type Root, type Roots } from './roots.js';
import { isFieldSeen, isSeen, seenTexts } from './seen.js';

export interface PlaceRule {
  readonly selector: string;
  /** Read this attribute instead of the text. */
  readonly attribute?: string | undefined;
  /** Selector of the iframe (in the main frame) that holds the element. */
  readonly frame?: string | undefined;
}

/** What the page shows at one moment. */
export interface Reading {
  /** Grows by one whenever what is shown changes. */
  readonly version: number;
  /** For each rule, in the order given: the different visible texts found, in document order. */
  readonly texts: readonly (readonly string[])[];
  /** For each rule: indices in `window.frames` of the frames of another origin that must be asked too. */
  readonly foreignFrames: readonly (readonly number[])[];
  /** A password box can be seen, in this frame or in a same-origin one that a rule names. */
  readonly asksForPassword: boolean;
  /** The configured sign of a sign-in page can be seen. */
  readonly showsSignInSign: boolean;
  /** Why the page cannot be read (a selector the page's engine refuses, say); null: it was read. */
  readonly failure: string | null;
}

export interface ReadBack {
  /**
   * Resolves with the first reading whose version is above `after`: at once, or at the next change; with null when the
   * page goes away first. Never left unanswered: Electron would keep the whole document for as long as it waits.
   */
  next(after: number): Promise<Reading | null>;
  /** What is shown now, read afresh. */
  now(): Reading;
}

/** The least time between two readings of a page that changes all the time, in milliseconds … */
const BETWEEN_READINGS = 16;
/** … and never less than so many times what the last reading took: reading must not slow the page down. */
const SHARE = 4;
/** Style sheets can hide and show without any change to the document: look again this often, in milliseconds. */
const LOOK_AGAIN = 500;
/** A script can change what a form field shows without anybody being told: look at those this often, in milliseconds. */
const LOOK_AT_FIELDS = 50;
/** The most that is read of one page, in characters: no identity is that long. */
const MOST_TEXT = 200_000;

type Seen = Omit<Reading, 'version'>;
type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const NOTHING: Seen = { texts: [], foreignFrames: [], asksForPassword: false, showsSignInSign: false, failure: null };

export function createReadBack(rules: readonly PlaceRule[], signInSelector: string | null): ReadBack {
  let version = 0;
  let last = '';
  let reading: Reading = { version, ...NOTHING };
  let waiting: ((reading: Reading | null) => void)[] = [];
  let isGoingAway = false;
  let notBefore = 0;
  let scheduled = false;
  let fields = new Map<Field, string>();
  let watchingFields = false;

  const roots = createRoots(soon);

  function soon(): void {
    if (scheduled) return;
    const wait = notBefore - performance.now();
    if (wait <= 0) {
      look();
      return;
    }
    scheduled = true;
    setTimeout(() => {
      scheduled = false;
      look();
    }, wait);
  }

  function look(): void {
    const began = performance.now();
    fields = new Map();
    const seen = readPage(rules, signInSelector, roots, fields);
    watchFields();
    const text = JSON.stringify(seen);
    const ended = performance.now();
    notBefore = ended + Math.max(BETWEEN_READINGS, SHARE * (ended - began));
    if (version > 0 && text === last) return;
    last = text;
    version += 1;
    reading = { version, ...seen };
    answer(reading);
  }

  function answer(said: Reading | null): void {
    const ready = waiting;
    waiting = [];
    for (const resolve of ready) resolve(said);
  }

  function watchFields(): void {
    if (watchingFields || fields.size === 0) return;
    watchingFields = true;
    setTimeout(() => {
      watchingFields = false;
      if ([...fields].some(([field, shown]) => fieldText(field) !== shown)) soon();
      watchFields();
    }, LOOK_AT_FIELDS);
  }

  look();
  setInterval(() => {
    roots.explore();
    look();
  }, LOOK_AGAIN);
  // Only a real farewell counts: the page itself can send an event of this name.
  window.addEventListener('pagehide', (event) => {
    if (!event.isTrusted) return;
    isGoingAway = true;
    answer(null);
  });
  window.addEventListener('pageshow', () => {
    isGoingAway = false; // back from where the browser keeps pages that were left
  });

  return {
    next: (after) => {
      if (isGoingAway) return Promise.resolve(null);
      if (version > after) return Promise.resolve(reading);
      return new Promise((resolve) => waiting.push(resolve));
    },
    now: () => {
      look();
      return reading;
    },
  };
}

/** A page that cannot be read is said to be so: it must never count as one that shows nothing. */
function readPage(
  rules: readonly PlaceRule[],
  signInSelector: string | null,
  roots: Roots,
  fields: Map<Field, string>,
): Seen {
  try {
    const main = roots.of(document);
    const all = new Set(main);
    const texts: string[][] = [];
    const foreignFrames: number[][] = [];
    for (const rule of rules) {
      const { inside, foreign } =
        rule.frame === undefined ? { inside: main, foreign: [] } : framesOf(main, rule.frame, roots);
      for (const root of inside) all.add(root);
      texts.push(readPlace(inside, rule, fields));
      foreignFrames.push(foreign);
    }
    const length = texts.flat().reduce((sum, text) => sum + text.length, 0);
    if (length > MOST_TEXT) return { ...NOTHING, failure: 'the places named hold more text than can be read' };
    return {
      texts,
      foreignFrames,
      asksForPassword: allIn([...all], 'input[type=password]').some(isSeen),
      showsSignInSign: signInSelector !== null && allIn(main, signInSelector).some(isSeen),
      failure: null,
    };
  } catch (error) {
    return { ...NOTHING, failure: error instanceof Error ? error.message : 'the page could not be read' };
  }
}

function readPlace(roots: readonly Root[], rule: PlaceRule, fields: Map<Field, string>): string[] {
  const texts = allIn(roots, rule.selector)
    .map((element) => textOf(element, rule.attribute, fields).trim())
    .filter((text) => text !== '');
  return [...new Set(texts)];
}

/** What a person sees there; empty where that is nothing. */
function textOf(element: Element, attribute: string | undefined, fields: Map<Field, string>): string {
  if (attribute !== undefined) return isSeen(element) ? (element.getAttribute(attribute) ?? '') : '';
  if (isField(element)) {
    const text = isFieldSeen(element) ? fieldText(element) : '';
    fields.set(element, text);
    return text;
  }
  const { texts, isAll } = seenTexts(element);
  if (texts.length === 0) return '';
  // The browser's own text has the blanks and line breaks that the page has.
  if (isAll && 'innerText' in element && typeof element.innerText === 'string') return element.innerText;
  return texts.join(' ');
}

/** By its name, not by instanceof: an element of another frame is an instance of that frame's classes. */
function isField(element: Element): element is Field {
  return ['input', 'textarea', 'select'].includes(element.localName);
}

/** What a form field shows; never what is typed into a password box. */
function fieldText(field: Field): string {
  if ('selectedOptions' in field) return [...field.selectedOptions].map(({ text }) => text).join(' ');
  return field.type === 'password' ? '' : field.value;
}

function framesOf(
  main: readonly Root[],
  selector: string,
  roots: Roots,
): { readonly inside: Root[]; readonly foreign: number[] } {
  const inside: Root[] = [];
  const foreign: number[] = [];
  for (const element of allIn(main, selector)) {
    if (!(element instanceof HTMLIFrameElement) || !isSeen(element)) continue;
    const document = element.contentDocument;
    if (document) inside.push(...roots.of(document));
    else foreign.push(frameIndex(element.contentWindow));
  }
  return { inside, foreign };
}

function frameIndex(target: Window | null): number {
  for (let index = 0; index < window.length; index += 1) if (window[index] === target) return index;
  throw new Error('a frame that identifies the patient is not among the frames of the page');
}

function allIn(roots: readonly Root[], selector: string): Element[] {
  return roots.flatMap((root) => [...root.querySelectorAll(selector)]);
}
