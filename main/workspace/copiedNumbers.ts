/** SECURITY(S11): a patient's number that was copied does not outlive the session it was copied in. */

/** What is needed of Electron's clipboard. */
export interface Clipboard {
  /** A promise in new Electrons only. */
  readText(): Promise<string> | string;
  clear(): void;
}

export class CopiedNumbers {
  readonly #numbers = new Set<string>();

  constructor(private readonly clipboard: Clipboard) {}

  /** Numbers of a patient who was chosen: the banner's copy button, and every page, may put them on the clipboard. */
  learn(...numbers: readonly (string | null)[]): void {
    for (const number of numbers) if (number !== null) this.#numbers.add(plain(number));
  }

  /** Empties the clipboard if one of them is on it; what somebody copied elsewhere stays. */
  async takeBack(): Promise<void> {
    const numbers = new Set(this.#numbers);
    if (numbers.has(plain(await this.clipboard.readText()))) this.clipboard.clear();
  }

  /** The same, once and for all: the session ends. */
  async forget(): Promise<void> {
    const done = this.takeBack();
    this.#numbers.clear();
    await done;
  }
}

function plain(number: string): string {
  return number.replace(/\s/g, '').toLowerCase();
}
