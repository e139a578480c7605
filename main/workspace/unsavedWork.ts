/**
 * Is there unsaved work on a page? Its frames are asked what leaving would ask them: a "beforeunload" event of our own,
 * which leads nowhere. Like the browser, a page that nobody has touched is not believed to have any.
 */

/** @param selector of what shows unsaved work on the page, by configuration; null: none */
export function unsavedWorkProbe(selector: string | null): string {
  return `(() => {
  const event = document.createEvent('BeforeUnloadEvent');
  event.initEvent('beforeunload', false, true);
  window.dispatchEvent(event);
  const marked = ${JSON.stringify(selector)};
  return {
    holds: event.defaultPrevented || (event.returnValue !== '' && event.returnValue !== true),
    touched: navigator.userActivation?.hasBeenActive ?? true,
    marked: marked !== null && document.querySelector(marked) !== null,
  };
})()`;
}

/**
 * Does a field of this document hold anything else than it came with? Asked before a page is closed by Lanyard itself,
 * where a page that says nothing of its unsaved work must not lose it: a page that fills its own fields stays, too.
 */
export const CHANGED_FIELDS_PROBE = `(() => {
  const fields = [...document.querySelectorAll('input, textarea, select, [contenteditable]')];
  return fields.some((field) => {
    if (field.isContentEditable) return field.textContent.trim() !== '';
    if (field instanceof HTMLSelectElement) {
      const options = [...field.options];
      const saysWhich = field.multiple || options.some((option) => option.defaultSelected);
      return saysWhich ? options.some((option) => option.selected !== option.defaultSelected) : field.selectedIndex > 0;
    }
    if (field.type === 'checkbox' || field.type === 'radio') return field.checked !== field.defaultChecked;
    if (field.type === 'file') return field.value !== '';
    return field.type !== 'hidden' && field.value !== field.defaultValue;
  });
})()`;

/** @param answers of the main frame first, then of every frame in it; anything else than an answer says nothing */
export function holdsUnsavedWork(answers: readonly unknown[]): boolean {
  const read = answers.map(readAnswer);
  const isTouched = read[0]?.touched ?? false;
  return read.some((answer) => answer?.marked === true) || (isTouched && read.some((answer) => answer?.holds === true));
}

interface ProbeAnswer {
  readonly holds: boolean;
  readonly touched: boolean;
  readonly marked: boolean;
}

function readAnswer(answer: unknown): ProbeAnswer | null {
  if (typeof answer !== 'object' || answer === null) return null;
  const { holds, touched, marked } = answer as Record<string, unknown>;
  return { holds: holds === true, touched: touched === true, marked: marked === true };
}
