/**
 * Can a person see an element, or a text in it? Its own rendering, opacity and visibility, the ink of its letters, its
 * size, and whether the boxes around it leave anything of it: a collapsed panel and a text for screen readers only are not
 * seen. What can be scrolled to is seen.
 *
 * Not known here: whether something else is drawn over it, and whether its ground has the colour of its letters.
 */
export function isSeen(element: Element): boolean {
  const style = styleOf(element);
  return (
    isRendered(element) &&
    isBig(boxOf(element)) &&
    !isCutAway(style) &&
    isLeftVisible(boxOf(element), parentOf(element), style.position === 'fixed' ? element : null, style.position)
  );
}

/** A form field and the letters in it. */
export function isFieldSeen(field: Element): boolean {
  return isSeen(field) && hasInk(styleOf(field));
}

/**
 * The texts of an element that can be seen, in document order. Empty: none.
 * `isAll`: nothing that the element draws as text was left out.
 */
export function seenTexts(element: Element): { readonly texts: string[]; readonly isAll: boolean } {
  const texts: string[] = [];
  let isAll = true;
  const walker = element.ownerDocument.createTreeWalker(element, 4 /* NodeFilter.SHOW_TEXT */);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = (node.nodeValue ?? '').trim();
    const range = element.ownerDocument.createRange();
    range.selectNodeContents(node);
    if (text === '' || !node.parentElement || range.getClientRects().length === 0) continue;
    if (isTextSeen(node.parentElement, spansOf(range.getBoundingClientRect()))) texts.push(text);
    else isAll = false;
  }
  return { texts, isAll };
}

function isTextSeen(parent: Element, box: Box): boolean {
  return isRendered(parent) && hasInk(styleOf(parent)) && isBig(box) && isLeftVisible(box, parent, null, 'static');
}

/** Less than this of its colour is nothing that anybody reads by. */
const FAINTEST = 0.1;

function isRendered(element: Element): boolean {
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }))
    return false;
  let strength = 1;
  for (let around: Element | null = element; around; around = parentOf(around)) {
    const { opacity, filter } = styleOf(around);
    strength *= Number(opacity) * Number(/opacity\(([\d.]+)\)/.exec(filter)?.[1] ?? 1);
  }
  return strength >= FAINTEST;
}

/** Letters without a colour are drawn by their ground only where that is cut out along them. */
function hasInk(style: Style): boolean {
  if (style.getPropertyValue('background-clip').includes('text')) return true;
  const colour = style.getPropertyValue('-webkit-text-fill-color') || style.getPropertyValue('color');
  const alpha = /^rgba\(.*, ([\d.]+)\)$|\/ ([\d.]+)\)$/.exec(colour);
  return Number(alpha?.[1] ?? alpha?.[2] ?? 1) >= FAINTEST;
}

/** From here to there, in pixels of the window. */
type Span = readonly [number, number];
interface Box {
  readonly x: Span;
  readonly y: Span;
}

/** Texts for screen readers only are kept in a box of one pixel. */
function isBig({ x, y }: Box): boolean {
  return x[1] - x[0] > 1 && y[1] - y[0] > 1;
}

/**
 * Follows the box outwards: what clips it takes away, what scrolls can bring it back.
 * @param start the first box around it
 * @param fixed the element itself, where it is fixed to the window
 */
function isLeftVisible(whole: Box, start: Element | null, fixed: Element | null, ownPosition: string): boolean {
  let box = whole;
  let position = ownPosition;
  let fixedTo = fixed;
  const { ownerDocument } = start ?? fixed ?? {};
  for (let around = start; around && position !== 'fixed'; around = parentOf(around)) {
    const style = styleOf(around);
    if (isCutAway(style)) return false;
    // What is positioned is not clipped by boxes it is not positioned in. CSS 2.2 §11.1.1
    if (position === 'absolute' && !containsPositioned(style)) continue;
    if (style.position !== 'static') position = style.position;
    if (position === 'fixed') fixedTo = around;
    // The overflow of these two is the window's own. CSS Overflow 3 §3.5
    if (around.localName === 'body' || around.localName === 'html') continue;
    const edge = boxOf(around);
    box = { x: remaining(box.x, edge.x, style.overflowX), y: remaining(box.y, edge.y, style.overflowY) };
    if (!isBig(box)) return false;
  }
  return !ownerDocument || isOnThePage(box, ownerDocument, fixedTo);
}

function remaining(inner: Span, edge: Span, overflow: string): Span {
  if (overflow === 'visible') return inner;
  if (overflow === 'auto' || overflow === 'scroll') return edge;
  return [Math.max(inner[0], edge[0]), Math.min(inner[1], edge[1])];
}

/**
 * To the left of a page and above it nobody can scroll; in a page written from right to left, to the left everybody can.
 * Nor can anybody scroll to what is fixed to the window outside it, or in a page whose window does not scroll.
 */
function isOnThePage({ x, y }: Box, { defaultView, documentElement }: Document, fixed: Element | null): boolean {
  if (!defaultView) return true;
  const { innerWidth, innerHeight } = defaultView;
  const scrolled = fixed ? { x: 0, y: 0 } : { x: defaultView.scrollX, y: defaultView.scrollY };
  if (y[1] + scrolled.y <= 0) return false;
  if (x[1] + scrolled.x <= 0 && styleOf(documentElement).direction !== 'rtl') return false;
  if (innerWidth === 0 || innerHeight === 0) return true; // not laid out yet
  const held = fixed !== null && !isInMovedBox(fixed);
  const root = styleOf(documentElement);
  const inBody = styleOf(documentElement.querySelector(':scope > body') ?? documentElement);
  const stands = (axis: 'overflowX' | 'overflowY') =>
    held || /hidden|clip/.test(root[axis] === 'visible' ? inBody[axis] : root[axis]);
  return (!stands('overflowX') || x[0] < innerWidth) && (!stands('overflowY') || y[0] < innerHeight);
}

/** Inside a transformed box "fixed" is fixed to that box. CSS Transforms 1 §2 */
function isInMovedBox(fixed: Element): boolean {
  for (let around = parentOf(fixed); around; around = parentOf(around)) {
    const { transform, filter, contain } = styleOf(around);
    if (transform !== 'none' || filter !== 'none' || /paint|layout|strict|content/.test(contain)) return true;
  }
  return false;
}

/** The usual ways of keeping a text for screen readers only. */
function isCutAway(style: Style): boolean {
  const { clipPath } = style;
  return (
    /^rect\((?:[01]px(?:, |\))){4}$/.test(style.getPropertyValue('clip')) ||
    /^inset\((?:50|100)%\)$/.test(clipPath) ||
    /^(?:circle|ellipse)\(0(?:px|%)?[ )]/.test(clipPath)
  );
}

function containsPositioned({ position, transform, filter, contain }: Style): boolean {
  return (
    position !== 'static' || transform !== 'none' || filter !== 'none' || /paint|layout|strict|content/.test(contain)
  );
}

function parentOf(element: Element): Element | null {
  const root = element.parentNode;
  return element.assignedSlot ?? element.parentElement ?? (root && 'host' in root ? (root.host as Element) : null);
}

function boxOf(element: Element): Box {
  return spansOf(element.getBoundingClientRect());
}

function spansOf({ left, right, top, bottom }: DOMRect): Box {
  return { x: [left, right], y: [top, bottom] };
}

type Style = Pick<
  CSSStyleDeclaration,
  | 'position'
  | 'getPropertyValue'
  | 'clipPath'
  | 'overflowX'
  | 'overflowY'
  | 'transform'
  | 'filter'
  | 'contain'
  | 'direction'
  | 'opacity'
>;

function styleOf(element: Element): Style {
  return (element.ownerDocument.defaultView ?? window).getComputedStyle(element);
}
