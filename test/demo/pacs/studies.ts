/** Which images the demo's picture archive holds, and of whom: sample images, stamped with people of the demo. */
import { LOCAL_NUMBER_ISSUER, patientByLocalNumber } from '../population.js';

/** Root of every UID of the demo: the decimal form of one random UUID (ITU-T X.667), so it belongs to nobody else. */
const UID_ROOT = '2.25.10926858775764465989539785227531993353';

export type SampleSet = 'brain' | 'chest' | 'angiography';

/** Who the archive says was imaged. */
export interface ImagedPerson {
  /** PatientID (0010,0020) */
  readonly patientId: string;
  /** IssuerOfPatientID (0010,0021) */
  readonly issuer: string;
  /** PN: FAMILY^Given^Middle^Prefix */
  readonly name: string;
  /** DA: YYYYMMDD */
  readonly birthDate: string;
  /** CS: M, F or O; empty when not known */
  readonly sex: 'M' | 'F' | 'O' | '';
}

export interface ImagedStudy {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly person: ImagedPerson;
  readonly samples: SampleSet;
  readonly modality: 'MR' | 'CT' | 'XA';
  readonly description: string;
  /** DA: YYYYMMDD */
  readonly date: string;
  readonly accessionNumber: string;
}

/** @param localNumber of somebody in the population */
function imagedPerson(localNumber: string): ImagedPerson {
  const patient = patientByLocalNumber(localNumber);
  if (!patient) throw new TypeError('this number is not in the population');
  const { family, given, prefix, birthDate, gender } = patient;
  return {
    patientId: localNumber,
    issuer: LOCAL_NUMBER_ISSUER,
    name: [family.toUpperCase(), given[0] ?? '', given.slice(1).join(' '), prefix ?? ''].join('^').replace(/\^+$/, ''),
    birthDate: birthDate.replaceAll('-', ''),
    sex: ({ female: 'F', male: 'M', other: 'O', unknown: '' } as const)[gender],
  };
}

/**
 * Imported discs of another hospital, whose numbers collide with ours: one is letter for letter the number of one of our
 * patients, one differs in case only. A launcher that does not compare PatientID and issuer exactly shows the wrong person.
 */
const visitors: readonly ImagedPerson[] = [
  { patientId: 'RM1000017', issuer: 'RX9', name: 'TESTVISITOR^OTTO', birthDate: '19700101', sex: 'M' },
  { patientId: 'rm1000025', issuer: 'RX9', name: 'TESTVISITOR^PAULA', birthDate: '19810202', sex: 'F' },
];
const [otto, paula] = visitors as [ImagedPerson, ImagedPerson];

export const imagedStudies: readonly ImagedStudy[] = (
  [
    [imagedPerson('RM1000017'), 'brain', 'MR', 'MR Head', '20261119'],
    [imagedPerson('RM1000017'), 'chest', 'CT', 'CT Chest', '20261121'],
    [imagedPerson('RM1000025'), 'chest', 'CT', 'CT Abdomen', '20261120'],
    [imagedPerson('RM1000033'), 'angiography', 'XA', 'Coronary angiogram', '20261118'],
    [imagedPerson('RM1000049'), 'brain', 'MR', 'MR Head', '20261104'],
    [imagedPerson('RM1000065'), 'brain', 'MR', 'MR Head', '20261012'],
    [imagedPerson('RM1000073'), 'chest', 'CT', 'CT Chest', '20261013'],
    [imagedPerson('RM1000081'), 'chest', 'CT', 'CT Chest', '20260930'],
    [imagedPerson('RM1000089'), 'brain', 'MR', 'MR Head', '20260929'],
    [imagedPerson('RM1000097'), 'chest', 'CT', 'CT Abdomen', '20260815'],
    [imagedPerson('RM1000105'), 'chest', 'CT', 'CT Chest', '20260131'],
    [imagedPerson('RM1000113'), 'chest', 'CT', 'CT Abdomen', '20261111'],
    [imagedPerson('RM1000137'), 'brain', 'MR', 'MR Head', '20260704'],
    [imagedPerson('RM1000153'), 'angiography', 'XA', 'Coronary angiogram', '20260603'],
    [otto, 'chest', 'CT', 'CT Chest (imported)', '20260501'],
    [paula, 'brain', 'MR', 'MR Head (imported)', '20260502'],
  ] as const
).map(([person, samples, modality, description, date], index) => ({
  studyInstanceUid: `${UID_ROOT}.${index + 1}`,
  seriesInstanceUid: `${UID_ROOT}.${index + 1}.1`,
  person,
  samples,
  modality,
  description,
  date,
  accessionNumber: `RAD${String(index + 1).padStart(4, '0')}`,
}));
