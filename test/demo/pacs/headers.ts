/** The headers of the demo's studies, series and images: the sample's image attributes, stamped with the study's person. */
import { type DicomJson, type DicomValue, tags } from './dicomJson.js';
import { sampleImages } from './sampleImages.js';
import type { ImagedStudy } from './studies.js';

export function studyAttributes(study: ImagedStudy): DicomJson {
  const { person } = study;
  return {
    [tags.SpecificCharacterSet]: text('CS', 'ISO_IR 192'),
    [tags.StudyDate]: text('DA', study.date),
    [tags.StudyTime]: text('TM', '090000'),
    [tags.AccessionNumber]: text('SH', study.accessionNumber),
    [tags.ModalitiesInStudy]: text('CS', study.modality),
    [tags.StudyDescription]: text('LO', study.description),
    [tags.PatientName]: { vr: 'PN', Value: [{ Alphabetic: person.name }] },
    [tags.PatientID]: text('LO', person.patientId),
    [tags.IssuerOfPatientID]: text('LO', person.issuer),
    [tags.PatientBirthDate]: text('DA', person.birthDate),
    [tags.PatientSex]: text('CS', person.sex),
    [tags.StudyInstanceUID]: text('UI', study.studyInstanceUid),
    [tags.StudyID]: text('SH', study.accessionNumber),
    [tags.NumberOfStudyRelatedSeries]: { vr: 'IS', Value: [1] },
    [tags.NumberOfStudyRelatedInstances]: { vr: 'IS', Value: [sampleImages(study.samples).length] },
  };
}

export function seriesAttributes(study: ImagedStudy): DicomJson {
  return {
    [tags.SpecificCharacterSet]: text('CS', 'ISO_IR 192'),
    [tags.Modality]: text('CS', study.modality),
    [tags.SeriesDate]: text('DA', study.date),
    [tags.SeriesDescription]: text('LO', study.description),
    [tags.StudyInstanceUID]: text('UI', study.studyInstanceUid),
    [tags.SeriesInstanceUID]: text('UI', study.seriesInstanceUid),
    [tags.SeriesNumber]: { vr: 'IS', Value: [1] },
    [tags.NumberOfSeriesRelatedInstances]: { vr: 'IS', Value: [sampleImages(study.samples).length] },
  };
}

/** The whole header of every image of the study's one series. */
export function instances(study: ImagedStudy): readonly DicomJson[] {
  return sampleImages(study.samples).map((image, index) => ({
    ...studyAttributes(study),
    ...seriesAttributes(study),
    ...image.attributes,
    [tags.AvailableTransferSyntaxUID]: text('UI', image.transferSyntax),
    [tags.SOPInstanceUID]: text('UI', sopInstanceUid(study, index)),
    [tags.FrameOfReferenceUID]: text('UI', `${study.seriesInstanceUid}.0`),
    [tags.InstanceNumber]: { vr: 'IS', Value: [index + 1] },
  }));
}

export function sopInstanceUid(study: ImagedStudy, index: number): string {
  return `${study.seriesInstanceUid}.${index + 1}`;
}

function text(vr: string, value: string): DicomValue {
  return value === '' ? { vr } : { vr, Value: [value] };
}
