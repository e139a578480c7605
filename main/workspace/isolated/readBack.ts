/**
 * Runs inside an embedded page, in an isolated world (its own JavaScript heap: the page cannot see or change it).
 *
 * Reads the texts at the places the configuration names, and says when they change. It decides nothing: whether those
 * texts are the chosen patient is judged in main (domain/shownIdentity.ts). Only what a person could see counts: hidden
 * elements are skipped. Reaches the main frame, same-origin frames and open shadow roots; a frame of another origin is
 * reported by its index, and main runs this same script there.
 *
 * Built to one self-contained file (dist/isolated/readBack.js), so it may import nothing but types.
 */

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
  /** For each rule, in the order given: the visible texts found, in document order. */
  readonly texts: readonly (readonly string[])[];
  /** For each rule: index in `window.frames` of a frame of another origin that must be asked instead, else null. */
  readonly foreignFrames: readonly (number | null)[];
  /** A password box can be seen, in this frame or in a same-origin one. */
  readonly asksForPassword: boolean;
  /** The configured sign of a sign-in page can be seen. */
  readonly showsSignInSign: boolean;
}

export interface ReadBack {
  /** Resolves with the first reading whose version is above `after`: at once, or at the next change. */
  next(after: number): Promise<Reading>;
  /** What is shown now, read afresh. */
  now(): Reading;
}

/** The least time between two readings of a page that changes all the time, in milliseconds. */
const BETWEEN_READINGS = 16;
/** Style sheets can hide and show without any change to the document: look again this often, in milliseconds. */
const LOOK_AGAIN = 500;

type Root = Document | ShadowRoot;
type Seen = Omit<Reading, 'version'>;

export function createReadBack(rules: readonly PlaceRule[], signInSelector: string | null): ReadBack {
  let version = 0;
  let last = '';
  let reading: Reading = { version, texts: [], foreignFrames: [], asksForPassword: false, showsSignInSign: false };
  let waiting: ((reading: Reading) => void)[] = [];
  let readAt = -BETWEEN_READINGS;
  let scheduled = false;
  const watched = new WeakSet<Node>();

  const observer = new MutationObserver(() => {
    soon();
  });

  function soon(): void {
    if (scheduled) return;
    const wait = BETWEEN_READINGS - (performance.now() - readAt);
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

  function watch(root: Root): void {
    if (watched.has(root)) return;
    watched.add(root);
    observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
    root.addEventListener('load', soon, true); // a frame that finished loading; captured, since load does not bubble
    root.addEventListener('input', soon, true);
  }

  function look(): void {
    readAt = performance.now();
    const seen = readPage(rules, signInSelector, watch);
    const text = JSON.stringify(seen);
    if (version > 0 && text === last) return;
    last = text;
    version += 1;
    reading = { version, ...seen };
    const ready = waiting;
    waiting = [];
    for (const resolve of ready) resolve(reading);
  }

  look();
  setInterval(look, LOOK_AGAIN);

  return {
    next: (after) => {
      if (version > after) return Promise.resolve(reading);
      return new Promise((resolve) => waiting.push(resolve));
    },
    now: () => {
      look();
      return reading;
    },
  };
}

function readPage(rules: readonly PlaceRule[], signInSelector: string | null, watch: (root: Root) => void): Seen {
  const main = rootsOf(document, watch);
  const texts: string[][] = [];
  const foreignFrames: (number | null)[] = [];
  for (const rule of rules) {
    if (rule.frame === undefined) {
      texts.push(readPlace(main, rule));
      foreignFrames.push(null);
    } else {
      const { roots, foreign } = rootsInFrame(main, rule.frame, watch);
      texts.push(readPlace(roots, rule));
      foreignFrames.push(foreign);
    }
  }
  return {
    texts,
    foreignFrames,
    asksForPassword: allIn(main, 'input[type=password]').some(isSeen),
    showsSignInSign: signInSelector !== null && allIn(main, signInSelector).some(isSeen),
  };
}

function readPlace(roots: readonly Root[], rule: PlaceRule): string[] {
  return allIn(roots, rule.selector)
    .filter(isSeen)
    .map((element) => textOf(element, rule.attribute).trim())
    .filter((text) => text !== '');
}

function textOf(element: Element, attribute: string | undefined): string {
  if (attribute !== undefined) return element.getAttribute(attribute) ?? '';
  // No instanceof: an element of another frame is an instance of that frame's classes.
  if ('value' in element && typeof element.value === 'string') return element.value;
  return 'innerText' in element && typeof element.innerText === 'string' ? element.innerText : element.textContent;
}

/** Every place a page can keep elements in: the document and each open shadow root below it. */
function rootsOf(start: Root, watch: (root: Root) => void): Root[] {
  watch(start);
  const roots: Root[] = [start];
  for (const element of start.querySelectorAll('*')) {
    if (element.shadowRoot) roots.push(...rootsOf(element.shadowRoot, watch));
  }
  return roots;
}

function rootsInFrame(
  main: readonly Root[],
  selector: string,
  watch: (root: Root) => void,
): { roots: Root[]; foreign: number | null } {
  const roots: Root[] = [];
  let foreign: number | null = null;
  for (const element of allIn(main, selector)) {
    if (!(element instanceof HTMLIFrameElement) || !isSeen(element)) continue;
    const inner = element.contentDocument;
    if (inner) roots.push(...rootsOf(inner, watch));
    else foreign = frameIndex(element.contentWindow);
  }
  return { roots, foreign };
}

function frameIndex(target: Window | null): number | null {
  for (let index = 0; index < window.length; index += 1) if (window[index] === target) return index;
  return null;
}

function allIn(roots: readonly Root[], selector: string): Element[] {
  return roots.flatMap((root) => [...root.querySelectorAll(selector)]);
}

/** Can a person see it? Checks the element's own rendering, its opacity and visibility, and that it has a size. */
function isSeen(element: Element): boolean {
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }))
    return false;
  const { width, height } = element.getBoundingClientRect();
  return width > 0 && height > 0;
}
