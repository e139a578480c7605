/**
 * Can a person see an element? Its own rendering, opacity and visibility, its size, and whether the boxes around it leave
 * anything of it: a collapsed panel and a text for screen readers only are not seen. What can be scrolled to is seen.
 *
 * Not known here: whether something else is drawn over it, and its colours.
 */
export function isSeen(element: Element): boolean {
  return (
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }) &&
    isBig(boxOf(element)) &&
    isLeftVisible(element)
  );
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

/** Follows the box outwards: what clips it takes away, what scrolls can bring it back. */
function isLeftVisible(element: Element): boolean {
  const own = styleOf(element);
  if (isCutAway(own)) return false;
  let { position } = own;
  let box = boxOf(element);
  for (let around = parentOf(element); around && position !== 'fixed'; around = parentOf(around)) {
    const style = styleOf(around);
    if (isCutAway(style)) return false;
    // What is positioned is not clipped by boxes it is not positioned in. CSS 2.2 §11.1.1
    if (position === 'absolute' && !containsPositioned(style)) continue;
    if (style.position !== 'static') position = style.position;
    // The overflow of these two is the window's own. CSS Overflow 3 §3.5
    if (around.localName === 'body' || around.localName === 'html') continue;
    const edge = boxOf(around);
    box = { x: remaining(box.x, edge.x, style.overflowX), y: remaining(box.y, edge.y, style.overflowY) };
    if (!isBig(box)) return false;
  }
  return isOnThePage(box, element.ownerDocument, position === 'fixed');
}

function remaining(inner: Span, edge: Span, overflow: string): Span {
  if (overflow === 'visible') return inner;
  if (overflow === 'auto' || overflow === 'scroll') return edge;
  return [Math.max(inner[0], edge[0]), Math.min(inner[1], edge[1])];
}

/** To the left of a page and above it nobody can scroll; in a page written from right to left, to the left everybody can. */
function isOnThePage({ x, y }: Box, { defaultView, documentElement }: Document, isFixed: boolean): boolean {
  const scrolled =
    isFixed || defaultView === null ? { x: 0, y: 0 } : { x: defaultView.scrollX, y: defaultView.scrollY };
  return y[1] + scrolled.y > 0 && (x[1] + scrolled.x > 0 || styleOf(documentElement).direction === 'rtl');
}

/** The usual ways of keeping a text for screen readers only. */
function isCutAway(style: Style): boolean {
  const { clipPath } = style;
  return (
    /^rect\((?:[01]px(?:, |\))){4}$/.test(style.getPropertyValue('clip')) || /^inset\((?:50|100)%\)$/.test(clipPath)
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
  const { left, right, top, bottom } = element.getBoundingClientRect();
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
>;

function styleOf(element: Element): Style {
  return (element.ownerDocument.defaultView ?? window).getComputedStyle(element);
}
