/**
 * IHE Invoke Image Display (RAD-106): the viewer is asked for a patient's images, or for exactly named studies.
 * Source: IHE Radiology Technical Framework, Invoke Image Display.
 */
import { LanyardError } from '../../domain/errors.js';
import type { InvokeImageDisplayRule, Launch } from '../connector.js';
import { findOwnStudies, type Study } from '../studies.js';
import { isNoRecord, launchTools, type LaunchWork, needs, type NoRecord } from './work.js';

const DAY = 24 * 60 * 60 * 1000;

type Parameters = readonly (readonly [name: string, value: string | undefined])[];

export async function launchByInvokeImageDisplay(rule: InvokeImageDisplayRule, work: LaunchWork): Promise<Launch> {
  const studies = rule.requestType === 'PATIENT' ? null : await findStudies(rule, work);
  if (studies && isNoRecord(studies)) return studies;
  const asked = studies ? studyParameters(rule, studies, work) : patientParameters(rule, work);
  if (isNoRecord(asked)) return asked;
  const address = new URL(rule.url);
  const parameters: Parameters = [
    ['requestType', rule.requestType],
    ...asked,
    ['viewerType', rule.viewerType],
    ['diagnosticQuality', rule.diagnosticQuality?.toString()],
    ['keyImagesOnly', rule.keyImagesOnly?.toString()],
  ];
  for (const [name, value] of parameters) if (value !== undefined) address.searchParams.append(name, value);
  const wanted = work.tools.beside?.study && studies?.map(({ studyUID }) => studyUID);
  return { kind: 'address', address, ...(wanted && { wanted }) };
}

function patientParameters(rule: InvokeImageDisplayRule, work: LaunchWork): Parameters | NoRecord {
  const { patient, tools } = work;
  const number = patient.identifiers.find(({ authority }) => authority === rule.authority)?.value ?? '';
  // HL7's own delimiters would name another patient, or another authority.
  if (number === '' || /[\^&~|\\\s]/u.test(number)) return needs("the patient's hospital number", work);
  const authority =
    rule.assigningAuthority ?? tools.authorities.find((known) => known.authority === rule.authority)?.dicomIssuer;
  if (authority === undefined)
    throw new LanyardError('configuration', 'It is not said which assigning authority it knows the number by');
  const birthDate = patient.birthDate;
  if (rule.include.includes('patientBirthDate') && birthDate === null)
    return needs("the patient's date of birth", work);
  return [
    ['patientID', `${number}^^^${authority}`], // CX
    ['patientName', rule.include.includes('patientName') ? dicomName(work) : undefined],
    ['patientBirthDate', rule.include.includes('patientBirthDate') ? birthDate?.replaceAll('-', '') : undefined], // DA
    ['lowerDateTime', timeBefore(rule.lowerDaysAgo, work)],
    ['upperDateTime', timeBefore(rule.upperDaysAgo, work)],
    ['mostRecentResults', rule.mostRecentResults?.toString()],
    ['modalitiesInStudy', rule.modalitiesInStudy?.join(',')],
  ];
}

async function findStudies(rule: InvokeImageDisplayRule, work: LaunchWork): Promise<readonly Study[] | NoRecord> {
  const { system, patient, tools, signal } = work;
  const { dicomWebRoot, authority } = rule;
  if (dicomWebRoot === undefined) throw new LanyardError('configuration', 'It is not said where its studies are');
  return findOwnStudies({ dicomWebRoot, authority }, system, patient, tools, signal);
}

function studyParameters(
  rule: InvokeImageDisplayRule,
  studies: readonly Study[],
  { system }: LaunchWork,
): Parameters | NoRecord {
  const numbers = [...new Set(studies.map((study) => study[rule.studiesBy]))].filter((number) => number !== '');
  if (numbers.length === 0)
    return { kind: 'no-record', explanation: `${system.title} has no images of this patient that it can open.` };
  return [[rule.studiesBy, numbers.join(',')]];
}

/** PN: family^given^middle, without a character that has a meaning there. */
function dicomName({ patient: { name } }: LaunchWork): string {
  const plain = (text: string): string => text.replace(/[\^=\\\p{Cc}]/gu, ' ').trim();
  const [given = '', ...middle] = name.given;
  return [name.family, given, middle.join(' ')].map(plain).join('^').replace(/\^+$/u, '');
}

/** dateTime of XML Schema, in UTC. */
function timeBefore(days: number | undefined, work: LaunchWork): string | undefined {
  if (days === undefined) return undefined;
  return new Date(launchTools(work).now() - days * DAY).toISOString().replace(/\.\d+Z$/u, 'Z');
}
