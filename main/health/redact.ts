/** Takes patients, people and secrets out of text before it is written anywhere but the audit trail. */

/** What is always taken out, whoever it belongs to. */
const ALWAYS: readonly [RegExp, string][] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/)(?:[^\s/@]+@)?([^\s/?#'"]+)[^\s'"]*/giu, '$1$2/…'], // addresses: host only
  [/(?<!\d)\d{3}[\s\u00a0-]?\d{3}[\s\u00a0-]?\d{4}(?!\d)/gu, '[number]'],
  [/(?<![\d.])\d{6,}(?![\d.])/gu, '[number]'],
  [/\b\d{1,2}[-/. ](?:\d{1,2}|[a-z]{3,9})[-/. ]\d{4}\b|\b\d{4}-\d{2}-\d{2}(?!T)/giu, '[date]'],
  [/\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b/gu, '[person]'],
  [/\b[A-Z][A-Z0-9-]{1,14}\\[\w.-]+/gu, '[person]'],
];

/** Shorter strings would take ordinary words out with them. */
const SHORTEST = 3;

export class Redactor {
  readonly #known = new Set<string>();

  /** From now on none of these appears in anything redacted here, whatever its capitals. */
  learn(...sensitive: readonly (string | null | undefined)[]): void {
    for (const text of sensitive)
      if (text && text.trim().length >= SHORTEST) this.#known.add(text.trim().toLowerCase());
  }

  redact(text: string): string {
    let clean = text;
    for (const known of [...this.#known].sort((one, other) => other.length - one.length))
      clean = clean.replace(new RegExp(escapeRegExp(known), 'giu'), '[removed]');
    for (const [pattern, instead] of ALWAYS) clean = clean.replace(pattern, instead);
    return clean;
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');
}
