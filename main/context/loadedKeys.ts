/** Which data a page has loaded, and which of it the page can be showing. */
export class LoadedKeys {
  readonly #answered = new Set<string>();
  #claimed: readonly string[] = [];
  #sinceMoved = new Set<string>();

  clear(): void {
    this.#answered.clear();
    this.#sinceMoved.clear();
    this.#claimed = [];
  }

  /** The page stands at another address now. */
  moved(claimed: readonly string[]): void {
    this.#claimed = claimed;
    this.#sinceMoved = new Set();
  }

  /** @returns whether this is news */
  answered(key: string | null): boolean {
    if (key === null || (this.#answered.has(key) && this.#sinceMoved.has(key))) return false;
    this.#answered.add(key);
    this.#sinceMoved.add(key);
    return true;
  }

  /** What the address claims, once all of it was loaded, and whatever else was loaded since. */
  shown(): string[] {
    if (this.#claimed.some((key) => !this.#answered.has(key))) return [];
    return [...new Set([...this.#claimed, ...this.#sinceMoved])].sort();
  }
}
