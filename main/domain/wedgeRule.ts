/** How a badge reader that types is told from a person. */

export interface WedgeRule {
  /** What the reader types first; "" where it types nothing. */
  readonly prefix: string;
  /** Signs of the number, without prefix. */
  readonly length: number;
  readonly alphabet: 'decimal' | 'hexadecimal';
  /** The longest pause between two of its keys, in milliseconds; people need 50 and more. */
  readonly mostGapMs: number;
}

/** Of an NHS number, which people type and paste into the patient search. */
const NHS_NUMBER_LENGTH = 10;

/** Why this rule would take what people type for a badge, as a sentence for IT; null: it would not. */
export function refusalOfWedgeRule({
  prefix,
  length,
  alphabet,
}: Pick<WedgeRule, 'prefix' | 'length' | 'alphabet'>): string | null {
  return prefix === '' && length === NHS_NUMBER_LENGTH && alphabet === 'decimal'
    ? 'Ten digits and Enter are also an NHS number. Let the reader type a prefix, and write it here.'
    : null;
}
