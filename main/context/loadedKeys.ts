/**
 * Which data a page has loaded since the launch. Once it has loaded somebody's data it may show it again at any time,
 * without asking anybody: so everything counts that was loaded, whatever address the page stands at by now.
 */
export class LoadedKeys {
  readonly #answered = new Set<string>();
  #claimed: readonly string[] = [];

  clear(): void {
    this.#answered.clear();
    this.#claimed = [];
  }

  /** Nothing was loaded, and the page claims to show nothing. */
  get isEmpty(): boolean {
    return this.#answered.size === 0 && this.#claimed.length === 0;
  }

  /** The page stands at another address now. */
  moved(claimed: readonly string[]): void {
    this.#claimed = claimed;
  }

  /** @returns whether this is news */
  answered(key: string | null): boolean {
    if (key === null || this.#answered.has(key)) return false;
    this.#answered.add(key);
    return true;
  }

  /** Everything that was loaded, once all that the address claims is among it; until then nothing. */
  shown(): string[] {
    return this.#claimed.every((key) => this.#answered.has(key)) ? [...this.#answered].sort() : [];
  }
}
