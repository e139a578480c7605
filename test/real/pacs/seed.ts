/**
 * Fills the archive with the studies of the demo (test/demo/pacs/studies.ts): the same people, numbers and UIDs, but as
 * real DICOM files, stamped with DCMTK's dcmodify and stored by the archive itself.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { sopInstanceUid } from '../../demo/pacs/headers.js';
import { sampleFiles, sampleWindow } from '../../demo/pacs/sampleImages.js';
import type { ImagedStudy } from '../../demo/pacs/studies.js';
import type { Orthanc } from './orthanc.js';

const run = promisify(execFile);
const STAMP_MS = 30_000;
const STORE_MS = 30_000;

/** @param work a folder for the stamped files, removed again */
export async function seed(orthanc: Orthanc, studies: readonly ImagedStudy[], work: string): Promise<void> {
  await mkdir(work, { recursive: true });
  try {
    for (const study of studies)
      await Promise.all(
        sampleFiles(study.samples).map((sample, index) => seedOne(orthanc, study, sample, index, work)),
      );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function seedOne(orthanc: Orthanc, study: ImagedStudy, sample: string, index: number, work: string) {
  const file = path.join(work, `${sopInstanceUid(study, index)}.dcm`);
  await copyFile(sample, file);
  const stamps = stampsOf(study, index).flatMap(([attribute, value]) => ['-i', `${attribute}=${value}`]);
  await run('dcmodify', ['-nb', '-imt', '-q', ...stamps, file], { timeout: STAMP_MS });
  const response = await fetch(`${orthanc.url}/instances`, {
    method: 'POST',
    body: await readFile(file),
    headers: { authorization: orthanc.authorization, 'content-type': 'application/dicom' },
    signal: AbortSignal.timeout(STORE_MS),
  });
  if (!response.ok)
    throw new Error(`the archive refused a stamped sample: ${response.status} ${await response.text()}`);
}

function stampsOf(study: ImagedStudy, index: number): readonly (readonly [string, string])[] {
  const { person, seriesInstanceUid } = study;
  const { center, width } = sampleWindow(study.samples);
  return [
    ['SpecificCharacterSet', 'ISO_IR 192'],
    ['PatientName', person.name],
    ['PatientID', person.patientId],
    ['IssuerOfPatientID', person.issuer],
    ['PatientBirthDate', person.birthDate],
    ['PatientSex', person.sex],
    ['StudyInstanceUID', study.studyInstanceUid],
    ['SeriesInstanceUID', seriesInstanceUid],
    ['SOPInstanceUID', sopInstanceUid(study, index)],
    ['FrameOfReferenceUID', `${seriesInstanceUid}.0`],
    ['StudyDate', study.date],
    ['SeriesDate', study.date],
    ['StudyTime', '090000'],
    ['AccessionNumber', study.accessionNumber],
    ['StudyID', study.accessionNumber],
    ['StudyDescription', study.description],
    ['SeriesDescription', study.description],
    ['InstanceNumber', String(index + 1)],
    ['WindowCenter', String(center)],
    ['WindowWidth', String(width)],
  ];
}
