/**
 * What may be open beside the chosen patient: an imaging study, an encounter. Both are named by numbers only, and both
 * belong to that patient: context/deeperContext.ts keeps them.
 */

/** At least one of the two is known. */
export interface ImagingStudy {
  /** (0020,000D) */
  readonly studyInstanceUid: string | null;
  /** (0008,0050) */
  readonly accessionNumber: string | null;
}

export interface Encounter {
  /** FHIR identifier systems with their values; at least one. */
  readonly numbers: readonly { readonly system: string; readonly value: string }[];
}

/** One value, never changed: another study is another value. */
export interface Beside {
  readonly study: ImagingStudy | null;
  readonly encounter: Encounter | null;
}

/** The two must not contradict each other, and share one number at least. */
export function isSameStudy(one: ImagingStudy, other: ImagingStudy): boolean {
  const pairs = [
    [one.studyInstanceUid, other.studyInstanceUid],
    [one.accessionNumber, other.accessionNumber],
  ].filter((pair) => !pair.includes(null));
  return pairs.length > 0 && pairs.every(([mine, theirs]) => mine === theirs);
}

export function isSameEncounter(one: Encounter, other: Encounter): boolean {
  const shared = one.numbers.filter(({ system }) => other.numbers.some((number) => number.system === system));
  return (
    shared.length > 0 &&
    shared.every(({ system, value }) =>
      other.numbers.some((number) => number.system === system && number.value === value),
    )
  );
}

/** DICOM PS3.5 §9.1: numbers without a zero in front and dots between them, 64 characters at most. */
export function isStudyUid(text: string): boolean {
  return text.length <= 64 && /^[0-2](?:\.(?:0|[1-9]\d*))+$/u.test(text);
}

/** A short text without what has a meaning in DICOM or in a list (SH: 16; some archives write more). */
export function isAccessionNumber(text: string): boolean {
  return /^[^\\,*?\p{C}]{1,64}$/u.test(text) && text.trim() === text;
}

/** Of a number in a web address or a FHIR identifier. */
export function isPlainNumber(text: string): boolean {
  return /^[^\p{C}]{1,100}$/u.test(text) && text.trim() === text;
}
