/** Puts a text on the clipboard. The shell's pages hold no permissions, the asynchronous clipboard's included. */

/** Works only inside a click or key press; false: the browser refused. */
export function copyText(text: string): boolean {
  let copied = false;
  const answer = (event: ClipboardEvent): void => {
    if (event.clipboardData === null) return;
    event.clipboardData.setData('text/plain', text);
    event.preventDefault();
    event.stopImmediatePropagation();
    copied = true;
  };
  document.addEventListener('copy', answer, { capture: true });
  try {
    // Deprecated, without a successor that asks no permission: navigator.clipboard would need one granted to the shell.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    return document.execCommand('copy') && copied;
  } finally {
    document.removeEventListener('copy', answer, { capture: true });
  }
}
