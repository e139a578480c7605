/**
 * What runs inside a sign-in page, in an isolated world that the page can neither see nor change: it looks, finds and
 * measures. It is turned into text, so it stands for itself, and no value of a field ever goes in or out by it.
 */

/** One field as its page presents it; all texts as they stand there, cut. */
export interface FieldSeen {
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly autocomplete: string;
  readonly label: string;
}

/** One look at a document and all its shadow roots. */
export interface Look {
  /** Address without query and fragment. */
  readonly address: string;
  /** The origin that the browser enforces: "null" in a sandboxed document, whatever its address. */
  readonly origin: string;
  readonly isParsed: boolean;
  /** Of each selector asked for. */
  readonly found: Readonly<Record<string, 'ready' | 'disabled' | 'absent'>>;
  /** Where each found element lies: equal texts, equal places. */
  readonly places: string;
  readonly fields: readonly FieldSeen[];
  /** Where the forms around visible fields go: origin and path. */
  readonly actions: readonly string[];
  readonly asksForPassword: boolean;
  /** The form would put a password into the page's address: it waits for a script that is not there yet. */
  readonly sendsByAddress: boolean;
}

export interface FieldState {
  /** It has the keyboard: its document is the focused one, and it is the active element there. */
  readonly hasFocus: boolean;
  /** UTF-16 units in it. Never what they are. */
  readonly length: number;
  /** Of its document, without query and fragment. */
  readonly address: string;
}

/** Makes the kit of one document. */
function makePageKit() {
  const attribute = (element: Element, name: string): string =>
    Element.prototype.getAttribute.call(element, name) ?? '';
  const tidy = (text: string): string => text.replace(/\s+/gu, ' ').trim().slice(0, 80);
  const here = (): string => location.origin + location.pathname;

  /** The document and every shadow root in it; closed ones have to be brought, script cannot reach them. */
  const rootsWith = (closed: readonly ShadowRoot[]): (Document | ShadowRoot)[] => {
    const roots: (Document | ShadowRoot)[] = [document];
    for (const root of closed) if (root.host.isConnected) roots.push(root);
    for (const root of roots)
      for (const element of root.querySelectorAll('*'))
        if (element.shadowRoot && !roots.includes(element.shadowRoot)) roots.push(element.shadowRoot);
    return roots;
  };
  const parentOf = (element: Element): Element | null => {
    if (element.assignedSlot) return element.assignedSlot;
    const parent = element.parentNode;
    if (parent instanceof ShadowRoot) return parent.host;
    return parent instanceof Element ? parent : null;
  };
  /** Whether a person could see and use it: decoys for machines are hidden, far away, tiny, transparent or clipped. */
  const isVisible = (element: Element): boolean => {
    if (!element.isConnected || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      return false;
    const box = element.getBoundingClientRect();
    const page = document.documentElement;
    if (box.width < 8 || box.height < 6) return false;
    if (box.right + scrollX <= 0 || box.bottom + scrollY <= 0) return false;
    if (box.left + scrollX >= Math.max(page.scrollWidth, innerWidth)) return false;
    if (box.top + scrollY >= Math.max(page.scrollHeight, innerHeight)) return false;
    let opacity = 1;
    for (let node: Element | null = element; node; node = parentOf(node)) {
      const style = getComputedStyle(node);
      opacity *= Number(style.opacity);
      const isInert = Element.prototype.hasAttribute.call(node, 'inert');
      if (opacity < 0.1 || isInert || attribute(node, 'aria-hidden') === 'true') return false;
      if (
        /^(inset\((50|100)%|circle\(0)/u.test(style.clipPath) ||
        /^rect\((0px|1px)/u.test(style.getPropertyValue('clip'))
      )
        return false;
      const clips = /hidden|clip/u.test(style.overflow) && node !== document.body && node !== page;
      if (node === element || !clips) continue;
      const outer = node.getBoundingClientRect();
      const width = Math.min(box.right, outer.right) - Math.max(box.left, outer.left);
      const height = Math.min(box.bottom, outer.bottom) - Math.max(box.top, outer.top);
      if (width < 8 || height < 6) return false;
    }
    return true;
  };
  const find = (selector: string, closed: readonly ShadowRoot[]): Element | null => {
    for (const root of rootsWith(closed))
      for (const element of root.querySelectorAll(selector)) if (isVisible(element)) return element;
    return null;
  };

  const isTextField = (element: Element): element is HTMLInputElement =>
    element instanceof HTMLInputElement
      ? !/^(hidden|submit|button|reset|image|checkbox|radio|file|range|color)$/u.test(element.type)
      : element instanceof HTMLSelectElement || element instanceof HTMLTextAreaElement;
  const labelOf = (element: HTMLInputElement): string => {
    const root = element.getRootNode() as Document | ShadowRoot;
    const ids = attribute(element, 'aria-labelledby').split(/\s+/u).filter(Boolean);
    const candidates = [
      [...(element.labels ?? [])].map((label) => label.textContent).join(' '),
      ids.map((id) => root.getElementById(id)?.textContent ?? '').join(' '),
      attribute(element, 'aria-label'),
      attribute(element, 'placeholder'),
      attribute(element, 'title'),
    ];
    return tidy(candidates.find((text) => text.trim() !== '') ?? '');
  };
  const withoutQuery = (address: string): string => {
    if (!URL.canParse(address, document.baseURI)) return 'unreadable';
    const url = new URL(address, document.baseURI);
    return /^https?:$/u.test(url.protocol) ? url.origin + (url.pathname.split(';')[0] ?? '') : url.protocol;
  };
  const actionOf = (element: Element, name: string): string => {
    const action = attribute(element, name);
    return withoutQuery(action === '' ? location.href : action);
  };
  const look = (selectors: readonly string[], closed: readonly ShadowRoot[]): Look => {
    const roots = rootsWith(closed);
    const all = roots.flatMap((root) => [...root.querySelectorAll('input, select, textarea')]);
    const fields = all.filter((element) => isTextField(element)).filter((element) => isVisible(element));
    const passwords = fields.filter((field) => field.type === 'password');
    const forms = new Set(fields.flatMap(({ form }) => (form ? [form] : [])));
    const actions = new Set([...forms].map((form) => actionOf(form, 'action')));
    for (const form of forms)
      for (const button of form.querySelectorAll('[formaction]'))
        if (isVisible(button)) actions.add(actionOf(button, 'formaction'));
    const found: Record<string, 'ready' | 'disabled' | 'absent'> = {};
    const places: string[] = [];
    for (const selector of selectors) {
      const element = find(selector, closed);
      const isOff =
        element !== null && (element.matches(':disabled') || attribute(element, 'aria-disabled') === 'true');
      const isLocked = element instanceof HTMLInputElement && element.readOnly;
      found[selector] = element === null ? 'absent' : isOff || isLocked ? 'disabled' : 'ready';
      const box = element?.getBoundingClientRect();
      places.push(box ? [box.x, box.y, box.width, box.height].map(Math.round).join() : '-');
    }
    return {
      address: here(),
      origin: globalThis.origin,
      isParsed: document.readyState !== 'loading',
      found,
      places: places.join(' '),
      fields: fields.map((field) => ({
        type: field.type,
        name: attribute(field, 'name').slice(0, 80),
        id: attribute(field, 'id').slice(0, 80),
        autocomplete: attribute(field, 'autocomplete').slice(0, 80),
        label: labelOf(field),
      })),
      actions: [...actions].sort(),
      asksForPassword: passwords.length > 0,
      sendsByAddress: passwords.some(
        (field) =>
          field.form !== null &&
          attribute(field, 'name') !== '' &&
          !/^(post|dialog)$/iu.test(attribute(field.form, 'method')),
      ),
    };
  };

  /** After two frames were drawn, or a quarter of a second: some pages are never drawn. */
  const frames = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const late = setTimeout(resolve, 250);
      const next = (left: number): void => {
        if (left > 0) {
          requestAnimationFrame(() => {
            next(left - 1);
          });
          return;
        }
        clearTimeout(late);
        resolve();
      };
      next(count);
    });

  const state = (element: Element): FieldState => {
    let isActive = document.hasFocus();
    for (let node: Element | null = element; isActive && node;) {
      const root = node.getRootNode() as Document | ShadowRoot;
      isActive = root.activeElement === node;
      node = root instanceof ShadowRoot ? root.host : null;
    }
    const hasValue = element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement;
    return { hasFocus: isActive && element.isConnected, length: hasValue ? element.value.length : 0, address: here() };
  };
  /** Brings it into view and marks what is in it, so that the first key replaces it. */
  const prepare = (element: Element): void => {
    element.scrollIntoView({ block: 'center', behavior: 'instant' });
    if (element instanceof HTMLElement) element.focus();
    if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) element.select();
  };
  /** Whether a click in its middle would reach it. */
  const isOnTop = (element: Element): boolean => {
    element.scrollIntoView({ block: 'center', behavior: 'instant' });
    const box = element.getBoundingClientRect();
    const root = element.getRootNode() as Document | ShadowRoot;
    const hit = root.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return hit !== null && (element.contains(hit) || (hit.contains(element) && hit !== document.body));
  };

  // A form that would send its password in the address is not sent by the browser itself: its script is not there yet.
  addEventListener(
    'submit',
    (event) => {
      const form = event.composedPath()[0];
      if (!(form instanceof HTMLFormElement) || /^(post|dialog)$/iu.test(attribute(form, 'method'))) return;
      if (form.querySelector('input[type="password"][name]')) event.preventDefault();
    },
    { capture: true },
  );

  // A click into a page that was not drawn yet is lost: it is counted whether one arrived.
  let arrived = 0;
  addEventListener(
    'click',
    (event) => {
      if (event.isTrusted) arrived += 1;
    },
    { capture: true },
  );
  const clicks = (): number => arrived;

  return { look, frames, find, clicks, isVisible, state, prepare, isOnTop, rootsWith, isTextField };
}

/** The kit as text; bundlers may leave calls of a helper that is not there inside. */
export const pageKitSource = `((__name) => (${makePageKit.toString()})())((made) => made)`;
