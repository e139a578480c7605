/**
 * The real systems of the tests as lanyard.json describes them. Where each page shows whose record it is was found by
 * looking at the real pages (OpenMRS O3 12.3, OHIF 3.13.2, our page in front of the FHIR engine).
 */
import { LOCAL_NUMBER_ISSUER, LOCAL_NUMBER_SYSTEM } from '../demo/population.js';

export interface RealSystems {
  /** Origins without a slash at the end. */
  readonly epr: string;
  readonly pacs: string;
  readonly dicomWebRoot: string;
  readonly fhir: string;
  readonly fhirBaseUrl: string;
}

/** One line below the name: "65 yrs · 12-Apr-1961 · NHS number: 9990000018 · Hospital number: RM1000017". */
const o3Banner = 'header[aria-label="patient banner"]';
const o3Line = `${o3Banner} div:has(> span > label[for^="patient-banner-identifier-"])`;
const o3Number = `${o3Line} > span > label[for^="patient-banner-identifier-"]`;
/** The name is beside the patient's tags: "Amara TESTPATIENT". Most class names of O3 change with every build. */
const o3Identity = {
  nhsNumber: { selector: o3Number, pattern: '^NHS number:\\s*(\\d{10})$' },
  localNumber: { selector: o3Number, pattern: '^Hospital number:\\s*(\\S+)$', authority: 'rm3' },
  // September is "Sept" here
  dateOfBirth: { selector: `${o3Line} > span:nth-of-type(3)`, format: 'DD-MMM-YYYY' },
  name: {
    selector: `${o3Banner} div:has(> [data-extension-slot-name="patient-banner-tags-slot"]) > span:first-child`,
    format: 'Given FAMILY',
  },
} as const;

const ohifHeader = '.self-start.font-bold + .text-muted-foreground.flex';
/**
 * OHIF's header, visible with `showPatientInfo: 'visibleReadOnly'`: name, then number, sex and birth date in one line.
 * It names whoever was loaded last, not who is in the picture, so
 * the studies it loaded (`source: 'dicomweb'`) are the better witness. The name above
 * is cut after 27 characters and no good for comparing.
 */
const ohifHeaderIdentity = {
  localNumber: { selector: `${ohifHeader} > div:nth-child(1)`, authority: 'rm3' },
  dateOfBirth: { selector: `${ohifHeader} > div:nth-child(3)`, format: 'DD-MMM-YYYY' },
} as const;

/**
 * The keys `patients` and `systems` of lanyard.json.
 * @param imagesReadFrom where the identity of the images comes from: the studies the viewer loaded, or its header
 */
export function realSystemsConfiguration(
  { epr, pacs, dicomWebRoot, fhir, fhirBaseUrl }: RealSystems,
  imagesReadFrom: 'dicomweb' | 'header' = 'dicomweb',
) {
  return {
    patients: {
      fhirBaseUrl,
      identifiers: [
        {
          authority: 'rm3',
          title: 'Hospital number',
          system: LOCAL_NUMBER_SYSTEM,
          dicomIssuer: LOCAL_NUMBER_ISSUER,
          pattern: 'RM\\d{7}',
        },
      ],
    },
    systems: [
      {
        id: 'epr',
        title: 'Patient record',
        kind: 'web',
        url: `${epr}/openmrs/spa/search`,
        roles: ['clinician'],
        signOn: { method: 'none', signInPage: { paths: ['/openmrs/spa/login'] } },
        context: {
          launch: { kind: 'url-template', template: `${epr}/openmrs/spa/patient/{fhirId}/chart/Patient%20Summary` },
        },
        identity: o3Identity,
      },
      {
        id: 'pacs',
        title: 'Images',
        kind: 'pacs',
        url: `${pacs}/`,
        roles: ['clinician'],
        context: {
          launch: {
            kind: 'study-lookup',
            dicomWebRoot,
            viewer: `${pacs}/viewer?StudyInstanceUIDs={studyInstanceUids}`,
            authority: 'rm3',
          },
        },
        identity: imagesReadFrom === 'dicomweb' ? { source: 'dicomweb' } : ohifHeaderIdentity,
      },
      {
        id: 'results',
        title: 'Results',
        kind: 'web',
        url: `${fhir}/`,
        roles: ['clinician'],
        context: {
          launch: {
            kind: 'url-template',
            template: `${fhir}/results?identifier=${encodeURIComponent(`${LOCAL_NUMBER_SYSTEM}|`)}{localNumber:rm3}`,
          },
        },
        identity: {
          nhsNumber: { selector: '[data-nhs-number]' },
          localNumber: { selector: '[data-local-number]', authority: 'rm3' },
          dateOfBirth: { selector: '.dob', format: 'DD-MMM-YYYY' },
          name: { selector: 'h1', format: 'FAMILY, Given' },
        },
      },
    ],
  };
}
