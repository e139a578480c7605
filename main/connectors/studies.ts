/**
 * A patient's studies in an image archive, over DICOMweb (QIDO-RS).
 *
 * Archives answer more than they were asked: an empty PatientID returns every study, filters ignore case, viewers
 * search for parts of numbers. So PatientID and issuer are compared exactly *in the answer*.
 * Tags: DICOM PS3.6. JSON: PS3.18 annex F.
 */
import { z } from 'zod';
import type { Patient } from '../../preload/contract.js';
import type { ImagingStudy } from '../domain/beside.js';
import { LanyardError } from '../domain/errors.js';
import type { ConnectedSystem, ConnectorTools, Launch } from './connector.js';

/** The newest studies are opened; more than this many would only slow the viewer. */
const MOST_STUDIES = 10;

const TAG = {
  studyDate: '00080020',
  accessionNumber: '00080050',
  patientName: '00100010',
  patientId: '00100020',
  issuerOfPatientId: '00100021',
  birthDate: '00100030',
  studyInstanceUid: '0020000D',
} as const;

const Attribute = z.looseObject({ Value: z.array(z.unknown()).optional() });
const DataSets = z.array(z.record(z.string(), Attribute));
type DataSet = z.infer<typeof DataSets>[number];

export interface Archive {
  /** Root of the archive's DICOMweb service, without a slash at the end. */
  readonly dicomWebRoot: string;
  /** Whose number stands in PatientID. */
  readonly authority: string;
}

/** One study as the archive describes it; empty where it does not say. */
export interface Study {
  readonly studyUID: string;
  readonly accessionNumber: string;
  /** YYYYMMDD */
  readonly studyDate: string;
  readonly patientId: string;
  readonly issuer: string;
  /** YYYYMMDD */
  readonly birthDate: string;
  /** FAMILY^GIVEN */
  readonly patientName: string;
}

/** The studies that are exactly this patient's, the newest first; or why none may be opened. */
export async function findOwnStudies(
  archive: Archive,
  system: ConnectedSystem,
  patient: Patient,
  tools: ConnectorTools,
  signal: AbortSignal,
): Promise<readonly Study[] | Extract<Launch, { kind: 'no-record' }>> {
  const number = patient.identifiers.find(({ authority }) => authority === archive.authority)?.value ?? '';
  // An empty PatientID would return every study of everybody.
  if (number === '') {
    return {
      kind: 'no-record',
      explanation: `${system.title} needs the patient's hospital number, and none is known.`,
    };
  }
  const studies = await queryStudies(archive, { PatientID: number }, tools, signal);
  const issuer = issuerOf(archive, tools);
  const own = studies.filter((study) => study.patientId === number && study.issuer === issuer);
  if (own.some((study) => contradictsBirthDate(study, patient))) {
    return {
      kind: 'no-record',
      explanation: `${system.title} holds this number for somebody with another birth date. Nothing is opened; call imaging support.`,
    };
  }
  const { study } = tools.beside ?? {};
  const wanted = study ? own.filter((one) => isStudy(one, study)) : own;
  if (own.length > 0 && wanted.length === 0)
    return { kind: 'no-record', explanation: `${system.title} has no such study of this patient.` };
  const opened = wanted
    .sort((one, other) => other.studyDate.localeCompare(one.studyDate))
    .filter(({ studyUID }) => studyUID !== '')
    .slice(0, MOST_STUDIES);
  return opened.length > 0
    ? opened
    : { kind: 'no-record', explanation: `${system.title} has no images of this patient.` };
}

/** What the archive answers, whoever it is about. */
export async function queryStudies(
  { dicomWebRoot }: Archive,
  filter: Record<string, string>,
  tools: ConnectorTools,
  signal: AbortSignal,
): Promise<Study[]> {
  const address = new URL(`${dicomWebRoot}/studies`);
  for (const [name, value] of Object.entries(filter)) address.searchParams.set(name, value);
  for (const tag of [TAG.issuerOfPatientId, TAG.birthDate, TAG.patientName, TAG.studyDate])
    address.searchParams.append('includefield', tag);
  const answer = DataSets.safeParse((await tools.getJson(address, signal)) ?? []);
  if (!answer.success) throw new LanyardError('unavailable', 'the archive did not answer with DICOM JSON');
  return answer.data.map((study) => ({
    studyUID: textOf(study, TAG.studyInstanceUid),
    accessionNumber: textOf(study, TAG.accessionNumber),
    studyDate: textOf(study, TAG.studyDate),
    patientId: textOf(study, TAG.patientId),
    issuer: textOf(study, TAG.issuerOfPatientId),
    birthDate: textOf(study, TAG.birthDate),
    patientName: textOf(study, TAG.patientName),
  }));
}

/** No issuer configured: the archive must name none either (''). A number of another issuer is somebody else's. */
export function issuerOf({ authority }: Archive, tools: ConnectorTools): string {
  return tools.authorities.find((known) => known.authority === authority)?.dicomIssuer ?? '';
}

/** Every number that is known of the study is this one's. */
function isStudy(one: Study, { studyInstanceUid, accessionNumber }: ImagingStudy): boolean {
  return (
    (studyInstanceUid ?? one.studyUID) === one.studyUID &&
    (accessionNumber ?? one.accessionNumber) === one.accessionNumber
  );
}

function contradictsBirthDate({ birthDate }: Study, patient: Patient): boolean {
  return birthDate !== '' && patient.birthDate !== null && birthDate !== patient.birthDate.replaceAll('-', '');
}

function textOf(study: DataSet, tag: string): string {
  const value = study[tag]?.Value?.[0];
  if (typeof value === 'string') return value.trim();
  const name = z.looseObject({ Alphabetic: z.string() }).safeParse(value);
  return name.success ? name.data.Alphabetic.trim() : '';
}
