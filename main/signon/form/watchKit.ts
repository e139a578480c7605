/**
 * Runs inside a sign-in page while Lanyard watches somebody sign in there with their consent: in an isolated world, which
 * the page can neither see nor call. Only what a person did counts (trusted events, visible fields). It is turned into
 * text, so it stands for itself.
 */

/** Handed to main through a binding that only this world has. */
export type WatchReport =
  /** A person has begun to fill a field: what the page is now is worth keeping. */
  | { readonly kind: 'touched' }
  /** Enter was pressed or something was clicked, with these fields filled. */
  | {
      readonly kind: 'sent';
      readonly userName: WatchedField | null;
      readonly password: WatchedField | null;
      /** A password box could be seen, filled or not. */
      readonly showsPassword: boolean;
      /** "enter", or the selector of what was clicked. */
      readonly submit: string;
    };

export interface WatchedField {
  readonly selector: string;
  readonly value: string;
}

/** Name of the binding, in the isolated world only. */
export const WATCH_BINDING = 'lanyardSaw';

function startWatching(binding: string) {
  const send = (report: WatchReport): void => {
    (globalThis as unknown as Record<string, ((text: string) => void) | undefined>)[binding]?.(JSON.stringify(report));
  };
  const touched = new WeakSet<Element>();

  const roots = (): (Document | ShadowRoot)[] => {
    const found: (Document | ShadowRoot)[] = [document];
    for (const root of found)
      for (const element of root.querySelectorAll('*')) if (element.shadowRoot) found.push(element.shadowRoot);
    return found;
  };
  const isVisible = (element: Element): boolean => {
    const box = element.getBoundingClientRect();
    return (
      element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && box.width >= 8 && box.height >= 6
    );
  };
  const all = (selector: string): Element[] =>
    roots().flatMap((root) => [...root.querySelectorAll(selector)].filter((element) => isVisible(element)));
  const isText = (element: Element | undefined): element is HTMLInputElement =>
    element instanceof HTMLInputElement &&
    !/^(hidden|submit|button|reset|image|checkbox|radio|file|range|color)$/u.test(element.type);

  /** The shortest selector that finds this element alone; names drawn by lot are not used. */
  const selectorOf = (element: Element): string | null => {
    const tag = element.localName;
    const byAttribute = ['name', 'autocomplete', 'aria-label', 'placeholder', 'data-testid', 'type'].flatMap((name) => {
      const value = element.getAttribute(name);
      return value !== null && value !== '' && value.length < 100 ? [`${tag}[${name}=${JSON.stringify(value)}]`] : [];
    });
    const isLot = /\d{3,}|\d[a-z]+\d|:/iu.test(element.id);
    const byId = element.id !== '' && !isLot ? [`#${CSS.escape(element.id)}`] : [];
    for (const selector of [...byId, ...byAttribute, tag])
      if (all(selector).length === 1 && all(selector)[0] === element) return selector;
    const path: string[] = [];
    for (let node: Element | null = element; node; node = node.parentElement) {
      const { localName } = node;
      const brothers: readonly Element[] = [...(node.parentNode?.children ?? [])];
      const sameTag = brothers.filter((brother) => brother.localName === localName);
      path.unshift(`${localName}:nth-of-type(${sameTag.indexOf(node) + 1})`);
    }
    const selector = path.join(' > ');
    return all(selector).length === 1 ? selector : null;
  };

  const report = (submit: string): void => {
    const fields = all('input').filter((element) => isText(element));
    const passwords = fields.filter(({ type }) => type === 'password');
    const password = passwords.find((field) => touched.has(field) && field.value !== '');
    const before = fields.slice(0, password ? fields.indexOf(password) : fields.length);
    const name = before.findLast(
      (field) => field.type !== 'password' && field.value !== '' && !field.readOnly && !field.disabled,
    );
    const read = (field: HTMLInputElement | undefined): WatchedField | null => {
      const selector = field ? selectorOf(field) : null;
      return field && selector !== null ? { selector, value: field.value } : null;
    };
    if (!password && !(name && touched.has(name))) return;
    send({
      kind: 'sent',
      userName: read(name),
      password: read(password),
      showsPassword: passwords.length > 0,
      submit,
    });
  };

  addEventListener(
    'input',
    (event) => {
      const field = event.composedPath()[0];
      if (!event.isTrusted || !(field instanceof Element) || !isText(field)) return;
      if (!touched.has(field)) send({ kind: 'touched' });
      touched.add(field);
    },
    { capture: true },
  );
  addEventListener(
    'keydown',
    (event) => {
      const hit = event.composedPath()[0];
      if (!event.isTrusted || !(hit instanceof Element) || !/^(Enter| )$/u.test(event.key)) return;
      if (isText(hit)) {
        if (event.key === 'Enter') report('enter');
        return;
      }
      // A button is pressed by keyboard as well; a ticked box is none.
      const button = hit.closest(
        'button, a, [role="button"], input:is([type="submit"], [type="button"], [type="image"])',
      );
      const selector = button ? selectorOf(button) : null;
      if (selector !== null) report(selector);
    },
    { capture: true },
  );
  // mousedown, not click: some pages send their form before the button is let go.
  addEventListener(
    'mousedown',
    (event) => {
      const hit = event.composedPath()[0];
      if (!event.isTrusted || !(hit instanceof Element) || isText(hit)) return;
      const button = hit.closest('button, input, a, [role="button"]') ?? hit;
      const selector = selectorOf(button);
      if (selector !== null) report(selector);
    },
    { capture: true },
  );
}

/** As text; bundlers may leave calls of a helper that is not there inside. */
export const watchKitSource = `((__name) => (${startWatching.toString()})(${JSON.stringify(WATCH_BINDING)}))((made) => made)`;
