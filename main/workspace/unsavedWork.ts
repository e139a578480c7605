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
