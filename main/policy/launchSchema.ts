/** The shape of systems[].context.launch: one entry for each kind of launch. Rules between keys are in launchChecks.ts. */
import { z } from 'zod';
import { keyEncodings } from '../domain/keyText.js';
import {
  addressTemplate,
  answerPath,
  file,
  macroText,
  parameterName,
  programTemplate,
  shortName,
  webAddress,
  words,
} from './values.js';

const fields = z.record(z.string().min(1).max(200), macroText).describe('Name → text with macros.');

const KeyFile = z
  .strictObject({
    file: file.describe('The file that holds it; relative to the configuration file.'),
    encoding: z.enum(keyEncodings).default('base64').describe('How the key is written in the file.'),
  })
  .describe('A key, by reference: it never stands in the configuration itself.');

const bytesAs = z.enum(['base64url', 'base64', 'hex']).default('base64url');
const days = z.int().min(0).max(36_500);

export const LaunchSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none').describe('The system is not told which patient was chosen.') }),
  z.strictObject({
    kind: z.literal('url-template').describe('An address with macros.'),
    template: addressTemplate,
  }),
  z.strictObject({
    kind: z.literal('study-lookup').describe('The patient’s studies are looked up over DICOMweb, then viewed.'),
    dicomWebRoot: webAddress,
    viewer: addressTemplate.describe('Address of the viewer; holds {studyInstanceUids}.'),
    authority: shortName.describe('Whose number is the PatientID: patients.identifiers[].authority.'),
  }),
  z.strictObject({
    kind: z.literal('smart').describe('Launched with the patient by SMART App Launch; needs signOn.method "smart".'),
    url: webAddress.describe('The application’s launch address; iss and launch are added.'),
  }),
  z.strictObject({
    kind: z.literal('form-post').describe('The page is asked for by a form (POST).'),
    url: webAddress,
    fields,
  }),
  z.strictObject({
    kind: z.literal('encrypted-parameters').describe('Parameters that only the system can read, one by one.'),
    url: webAddress,
    encrypted: fields,
    plain: fields.prefault({}).describe('Sent as they are; nothing of a patient.'),
    cipher: z.enum(['aes-256-gcm', 'aes-256-cbc-hmac-sha256']),
    key: KeyFile.describe('32 bytes.'),
    macKey: KeyFile.optional().describe('Of the HMAC, with aes-256-cbc-hmac-sha256: 32 bytes at least.'),
    encoding: bytesAs.describe('How the result is written.'),
    vectorSuffix: parameterName
      .optional()
      .describe('The random vector is a parameter of its own: the field’s name with this after it. Absent: in front.'),
  }),
  z.strictObject({
    kind: z.literal('signed-url').describe('An address with an end, signed by HMAC.'),
    template: addressTemplate.describe('Holds {expires}, and {notBefore} where the system wants it.'),
    canonical: macroText.optional().describe('What is signed. Absent: path and query as they are sent.'),
    algorithm: z.enum(['hmac-sha256', 'hmac-sha512']).default('hmac-sha256'),
    key: KeyFile.describe('16 bytes at least.'),
    parameter: parameterName.default('signature').describe('The parameter that holds the signature.'),
    encoding: bytesAs.describe('How the signature is written.'),
    validSeconds: z.int().min(5).max(600).default(60),
    skewSeconds: z.int().min(0).max(300).default(30).describe('How far clocks may differ: {notBefore} is before now.'),
    timeFormat: z.enum(['unix', 'iso']).default('unix').describe('Seconds since 1970, or 2026-11-22T08:00:00Z.'),
  }),
  z.strictObject({
    kind: z.literal('ticket').describe('A ticket is asked for, then the page is opened with it, once.'),
    request: z.strictObject({
      url: webAddress.describe('Where the ticket is asked for, by POST.'),
      format: z.enum(['json', 'form']).default('json'),
      fields,
      client: z
        .strictObject({ id: words, secret: KeyFile })
        .optional()
        .describe('Lanyard’s own account there, sent as HTTP Basic. Absent: the page’s own session counts.'),
    }),
    answer: answerPath.describe('Where the ticket stands in the JSON answer: "code", or "data.code".'),
    template: addressTemplate.describe('Holds {ticket}.'),
  }),
  z.strictObject({
    kind: z.literal('invoke-image-display').describe('IHE Invoke Image Display (RAD-106).'),
    url: webAddress.describe('Ends with IHEInvokeImageDisplay.'),
    requestType: z.enum(['PATIENT', 'STUDY']),
    authority: shortName.describe('Whose number is the patientID: patients.identifiers[].authority.'),
    assigningAuthority: parameterName
      .optional()
      .describe('PATIENT: CX-4 of patientID. Absent: the authority’s dicomIssuer.'),
    include: z
      .array(z.enum(['patientName', 'patientBirthDate']))
      .default([])
      .describe('PATIENT: sent besides the number.'),
    lowerDaysAgo: days.optional().describe('PATIENT: lowerDateTime, in days before now.'),
    upperDaysAgo: days.optional().describe('PATIENT: upperDateTime, in days before now.'),
    mostRecentResults: z.int().min(1).max(1000).optional(),
    modalitiesInStudy: z
      .array(z.string().regex(/^[A-Z0-9]{2,16}$/))
      .min(1)
      .max(20)
      .optional(),
    viewerType: parameterName.optional(),
    diagnosticQuality: z.boolean().optional(),
    keyImagesOnly: z.boolean().optional(),
    dicomWebRoot: webAddress
      .optional()
      .describe('Where the patient’s studies are looked up, and whose the loaded ones are.'),
    studiesBy: z.enum(['studyUID', 'accessionNumber']).default('studyUID').describe('STUDY: how they are named.'),
  }),
  z.strictObject({
    kind: z
      .literal('custom-protocol')
      .describe('A desktop program, opened through the operating system. What it shows is never checked.'),
    template: programTemplate.describe('Its scheme must be one of workstation.programSchemes.'),
  }),
]);

/** How a system is brought to an imaging study of the patient. */
export const StudyLaunchSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('same-launch').describe('As to the patient, but to this study only: "study-lookup", or STUDY.'),
  }),
  ...LaunchSchema.options,
]);
