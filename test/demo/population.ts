/**
 * The people of the demo hospital: 40 invented patients, always the same, with everybody a patient search can confuse.
 *
 * NHS numbers are from the range that is never issued (999 000 0000 – 999 999 9999) with a valid check digit; family
 * names say what they are. The demo's systems and the real systems of the tests show the same people.
 */

export const NHS_NUMBER_SYSTEM = 'https://fhir.nhs.uk/Id/nhs-number';
export const LOCAL_NUMBER_SYSTEM = 'https://rm3.test/mrn';
/** Who gives the local numbers: the hospital's own master patient index. In DICOM: IssuerOfPatientID. */
export const LOCAL_NUMBER_ISSUER = 'RM3';

export type Gender = 'male' | 'female' | 'other' | 'unknown';

export interface DemoPatient {
  /** Id of the FHIR Patient, and of the patient in the EPR: a UUID that is always the same. */
  readonly id: string;
  /** Hospital number ("RM1000017"); every patient has one. */
  readonly localNumber: string;
  /** Numbers of records that were merged into this one. */
  readonly formerLocalNumbers: readonly string[];
  /** Ten digits, or null where none is known. */
  readonly nhsNumber: string | null;
  readonly family: string;
  readonly given: readonly string[];
  readonly prefix: string | null;
  /** What the patient likes to be called. */
  readonly preferred: string | null;
  readonly formerFamily: string | null;
  readonly gender: Gender;
  /** YYYY-MM-DD */
  readonly birthDate: string;
  /** `date` (YYYY-MM-DD) is null where only the fact of the death is known. */
  readonly deceased: { readonly date: string | null } | null;
  /** Local number of the record that this one was merged into. */
  readonly replacedBy: string | null;
  /** The record carries the label "restricted". */
  readonly isRestricted: boolean;
}

type Particulars = Partial<
  Pick<DemoPatient, 'formerLocalNumbers' | 'preferred' | 'formerFamily' | 'deceased' | 'replacedBy' | 'isRestricted'>
>;

export const population: readonly DemoPatient[] = [
  // the ordinary case: everything is known
  patient('RM1000017', '9990000018', 'TESTPATIENT', ['Amara'], 'Mrs', 'female', '1961-04-12'),
  patient('RM1000025', '9990000026', 'TESTPATIENT', ['Brian'], 'Mr', 'male', '1948-08-30'),
  patient('RM1000033', '9990000034', 'TESTPATIENT', ['Chloe'], 'Ms', 'female', '1990-01-02'),
  // a child
  patient('RM1000041', '9990000042', 'TESTPATIENT', ['Dara'], 'Master', 'male', '2020-03-01'),
  // twin of the next
  patient('RM1000049', '9990000050', 'TESTPATIENT', ['Ella', 'Rose'], 'Miss', 'female', '2019-05-17'),
  // twin of the one before
  patient('RM1000057', '9990000069', 'TESTPATIENT', ['Elsa', 'Ruth'], 'Miss', 'female', '2019-05-17'),
  // same name and birth date as the next, another person
  patient('RM1000065', '9990000077', 'TESTPATIENT', ['David'], 'Mr', 'male', '1975-03-09'),
  // same name and birth date as the one before, another person
  patient('RM1000073', '9990000085', 'TESTPATIENT', ['David'], 'Mr', 'male', '1975-03-09'),
  // two letters and the number apart from the next
  patient('RM1000081', '9990000093', 'TESTPATIENT', ['Joan'], 'Mrs', 'female', '1932-11-05'),
  // two letters and the number apart from the one before
  patient('RM1000089', '9990000107', 'TESTPATEINT', ['Joan'], 'Mrs', 'female', '1932-11-05'),
  // changed her surname
  patient('RM1000097', '9990000115', 'TESTPATIENT', ['Fiona'], 'Mrs', 'female', '1984-06-21', {
    formerFamily: 'TESTMAIDEN',
  }),
  // has died
  patient('RM1000105', '9990000123', 'TESTPATIENT', ['George'], 'Mr', 'male', '1938-01-19', {
    deceased: { date: '2026-02-03' },
  }),
  // a visitor from abroad: no NHS number
  patient('RM1000113', null, 'TESTPATIENT', ['Hana'], 'Ms', 'female', '1997-09-30'),
  // a duplicate record, merged into the next
  patient('RM1000121', null, 'TESTPATIENT', ['Ian'], 'Mr', 'male', '1969-12-24', { replacedBy: 'RM1000129' }),
  // the record that was kept
  patient('RM1000129', '9990000166', 'TESTPATIENT', ['Ian', 'Peter'], 'Mr', 'male', '1969-12-24', {
    formerLocalNumbers: ['RM1000121'],
  }),
  // accents; their DICOM needs UTF-8
  patient('RM1000137', '9990000174', 'TESTPATIENT-ÅNGSTRÖM', ['Zoë', 'Élodie'], 'Dr', 'female', '1979-02-14'),
  // an apostrophe, a hyphen and an accent
  patient('RM1000145', '9990000182', "TESTPATIENT-O'DEMO", ['Siân'], 'Mrs', 'female', '1956-10-03'),
  // a name that fits no column
  patient(
    'RM1000153',
    '9990000190',
    'TESTPATIENT-FEATHERSTONEHAUGH-CHOLMONDELEY-MAINWARING',
    ['Maximilienne', 'Alexandrina', 'Theodora', 'Wilhelmina'],
    'The Right Honourable',
    'female',
    '1944-07-07',
  ),
  // gender not known
  patient('RM1000161', '9990000204', 'TESTPATIENT', ['Sam'], null, 'unknown', '2001-04-04'),
  // gender neither male nor female
  patient('RM1000169', '9990000212', 'TESTPATIENT', ['Robin'], 'Mx', 'other', '1993-08-15'),
  // a baby: no NHS number yet
  patient('RM1000177', null, 'TESTPATIENT', ['Baby'], null, 'female', '2026-11-20'),
  // born on a leap day, over a hundred
  patient('RM1000185', '9990000239', 'TESTPATIENT', ['Ivy'], 'Mrs', 'female', '1924-02-29'),
  // has died, the date is not known
  patient('RM1000193', '9990000247', 'TESTPATIENT', ['Jack'], 'Mr', 'male', '1951-05-25', { deceased: { date: null } }),
  // is called something else than her given name
  patient('RM1000201', '9990000255', 'TESTPATIENT', ['Margaret'], 'Mrs', 'female', '1947-12-01', {
    preferred: 'Peggy',
  }),
  // a hyphenated given name
  patient('RM1000209', '9990000263', 'TESTPATIENT', ['Mary-Ann'], 'Miss', 'female', '2004-02-10'),
  // sounds like the one before; day and month swapped
  patient('RM1000217', '9990000271', 'TESTPATIENT', ['Marie', 'Ann'], 'Miss', 'female', '2004-10-02'),
  // short names
  patient('RM1000225', '9990000298', 'TESTDEMO', ['Li'], 'Mr', 'male', '1982-01-31'),
  // sounds like the one before; two digits swapped
  patient('RM1000233', '9990000301', 'TESTDEMO', ['Lee'], 'Mr', 'male', '1982-01-13'),
  patient('RM1000241', '9990000328', 'TESTPATIENT', ['Nadia'], 'Dr', 'female', '1988-03-27'),
  patient('RM1000249', '9990000336', 'TESTPATIENT', ['Oscar'], 'Mr', 'male', '1966-09-09'),
  patient('RM1000257', '9990000344', 'TESTPATIENT', ['Priya'], 'Mrs', 'female', '1973-11-11'),
  patient('RM1000265', '9990000352', 'TESTPATIENT', ['Quentin'], 'Mr', 'male', '1959-06-30'),
  // born on the last day of a year
  patient('RM1000273', '9990000360', 'TESTPATIENT', ['Rosa'], 'Ms', 'female', '1995-12-31'),
  // born on the first day of a year
  patient('RM1000281', '9990000379', 'TESTPATIENT', ['Tariq'], 'Mr', 'male', '1980-01-01'),
  patient('RM1000289', '9990000387', 'TESTPATIENT', ['Uma'], 'Mrs', 'female', '1953-04-18'),
  patient('RM1000297', '9990000395', 'TESTPATIENT', ['Victor'], 'Mr', 'male', '1936-10-22'),
  // a restricted record
  patient('RM1000305', '9990000409', 'TESTPATIENT', ['Wendy'], 'Mrs', 'female', '1964-02-28', { isRestricted: true }),
  patient('RM1000313', '9990000417', 'TESTPATIENT', ['Xavier'], 'Master', 'male', '2013-07-16'),
  patient('RM1000321', '9990000425', 'TESTPATIENT', ['Yusuf'], 'Mr', 'male', '1999-05-05'),
  patient('RM1000329', '9990000433', 'TESTPATIENT', ['Zara'], 'Miss', 'female', '2009-09-19'),
];

/** FHIR Patient.meta.security of a restricted record. Source: HL7 v3 Confidentiality. */
export const RESTRICTED_LABEL = { system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code: 'R' };

export function patientByNhsNumber(nhsNumber: string): DemoPatient | undefined {
  return population.find((patient) => patient.nhsNumber === nhsNumber);
}

/** @param localNumber a current number: records merged into another one are found under their own old number */
export function patientByLocalNumber(localNumber: string): DemoPatient | undefined {
  return population.find((patient) => patient.localNumber === localNumber);
}

export function patientById(id: string): DemoPatient | undefined {
  return population.find((patient) => patient.id === id);
}

function patient(
  localNumber: string,
  nhsNumber: string | null,
  family: string,
  given: readonly string[],
  prefix: string | null,
  gender: Gender,
  birthDate: string,
  particulars: Particulars = {},
): DemoPatient {
  return {
    id: `00000000-0000-4000-8000-${localNumber.slice(2).padStart(12, '0')}`,
    localNumber,
    nhsNumber,
    family,
    given,
    prefix,
    gender,
    birthDate,
    formerLocalNumbers: [],
    preferred: null,
    formerFamily: null,
    deceased: null,
    replacedBy: null,
    isRestricted: false,
    ...particulars,
  };
}
