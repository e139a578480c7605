/** QIDO-RS study search (PS3.18 10.6) with the traps real archives have: pure, from query to answers. */
import { type DicomJson, type DicomValue, type Keyword, tags } from './dicomJson.js';
import { studyAttributes } from './headers.js';
import { type ImagedStudy, imagedStudies } from './studies.js';

/** What a study search returns without being asked (PS3.18 table 10.6.3-3). The issuer of the number is not among it. */
const ALWAYS: readonly Keyword[] = [
  'SpecificCharacterSet',
  'StudyDate',
  'StudyTime',
  'AccessionNumber',
  'ModalitiesInStudy',
  'PatientName',
  'PatientID',
  'PatientBirthDate',
  'PatientSex',
  'StudyInstanceUID',
  'StudyID',
  'NumberOfStudyRelatedSeries',
  'NumberOfStudyRelatedInstances',
];
const LARGEST_ANSWER = 200;

/**
 * As widespread archives do: a filter with an empty value matches **every** study, text is compared without regard to
 * case, `*` and `?` are wildcards. Whoever launches a viewer from the answer has to compare it exactly.
 */
export function searchStudies(query: URLSearchParams): readonly DicomJson[] {
  const matches = imagedStudies.filter((study) => {
    const attributes = studyAttributes(study);
    return [...query].every(([name, value]) => matchesAttribute(attributes, name, value));
  });
  const offset = Number(query.get('offset') ?? 0) || 0;
  const limit = Number(query.get('limit') ?? LARGEST_ANSWER) || LARGEST_ANSWER;
  return matches.slice(offset, offset + Math.min(limit, LARGEST_ANSWER)).map((study) => returned(study, query));
}

function returned(study: ImagedStudy, query: URLSearchParams): DicomJson {
  const attributes = studyAttributes(study);
  const asked = query.getAll('includefield').flatMap((fields) => fields.split(','));
  if (asked.includes('all')) return attributes;
  const wanted = new Set<string>([...ALWAYS.map((keyword) => tags[keyword]), ...asked.map(tagOf)]);
  return Object.fromEntries(Object.entries(attributes).filter(([tag]) => wanted.has(tag)));
}

function matchesAttribute(attributes: DicomJson, name: string, value: string): boolean {
  const attribute = attributes[tagOf(name)];
  if (!attribute || value === '') return true; // not a filter it knows, or universal matching (PS3.4 C.2.2.2.3)
  const text = firstText(attribute);
  if (attribute.vr === 'UI') return value.split(/[,\\]/).includes(text);
  if (attribute.vr === 'DA' && value.includes('-')) return withinDates(text, value);
  return value.split('\\').some((pattern) => wildcard(pattern).test(text));
}

function firstText({ vr, Value: [found] = [] }: DicomValue): string {
  if (vr === 'PN') return (found as { Alphabetic: string }).Alphabetic;
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}

function withinDates(date: string, range: string): boolean {
  const [from = '', to = ''] = range.split('-');
  return (from === '' || date >= from) && (to === '' || date <= to);
}

function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i');
}

/** A query names an attribute by keyword or by tag. */
function tagOf(name: string): string {
  return name in tags ? tags[name as Keyword] : name.toUpperCase();
}
