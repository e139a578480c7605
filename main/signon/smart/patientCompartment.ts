/**
 * Which FHIR resources belong to one patient: the resource types an application may see, which of their searches are
 * about one patient only, and whether a resource that came back is really of that patient.
 *
 * Source: FHIR R4 (4.0.1), CompartmentDefinition/patient, narrowed to the types whose patient stands in one element.
 */

export interface Resource {
  readonly resourceType: string;
  readonly [element: string]: unknown;
}

/** Resource type → the element that says whose it is. */
const patientElement = new Map<string, string>([
  ...[
    'CarePlan',
    'CareTeam',
    'ClinicalImpression',
    'Communication',
    'Composition',
    'Condition',
    'DeviceRequest',
    'DiagnosticReport',
    'DocumentReference',
    'Encounter',
    'Flag',
    'Goal',
    'ImagingStudy',
    'List',
    'MedicationAdministration',
    'MedicationDispense',
    'MedicationRequest',
    'MedicationStatement',
    'Observation',
    'Procedure',
    'QuestionnaireResponse',
    'RiskAssessment',
    'ServiceRequest',
    'Specimen',
  ].map((type) => [type, 'subject'] as const),
  ...[
    'AllergyIntolerance',
    'Consent',
    'DetectedIssue',
    'EpisodeOfCare',
    'FamilyMemberHistory',
    'Immunization',
    'ImmunizationRecommendation',
    'NutritionOrder',
    'RelatedPerson',
    'VisionPrescription',
  ].map((type) => [type, 'patient'] as const),
]);

/** Of the parameters that change what comes back, these keep it what it is. */
const harmlessControls = new Set(['_id', '_lastUpdated', '_count', '_sort', '_summary', '_format', '_pretty', '_tag']);
const PATIENT_PARAMETERS = new Set(['patient', 'subject']);

export const compartmentTypes: readonly string[] = ['Patient', ...patientElement.keys()];

export function isCompartmentType(type: string): boolean {
  return type === 'Patient' || patientElement.has(type);
}

/**
 * A search as it may be forwarded, or null when it could be about anybody else: no patient, another one, several, a
 * chain through other resources, resources included from elsewhere.
 * @param base address under which the application knows this server, without a slash at the end
 */
export function searchOfPatient(
  type: string,
  parameters: URLSearchParams,
  patientId: string,
  base: string,
): URLSearchParams | null {
  const forwarded = new URLSearchParams();
  let isBound = false;
  for (const [name, value] of parameters) {
    if (name === '_format' || name === '_pretty') continue; // it is asked for as JSON, whatever this says
    if (name.startsWith('_') ? !harmlessControls.has(name) : !/^[a-z][a-z0-9-]*(?::[A-Za-z-]+)?$/.test(name))
      return null;
    const plain = name.split(':', 1)[0] ?? name;
    if (type === 'Patient') {
      if (name !== '_id') {
        if (!name.startsWith('_')) return null; // who has this name or number is not an application's question
      } else if (value !== patientId) return null;
      else isBound = true;
      forwarded.append(name, value);
    } else if (PATIENT_PARAMETERS.has(plain)) {
      if (name !== plain || !namesPatient(plain, value, patientId, base)) return null;
      isBound = true;
      forwarded.append(name, `Patient/${patientId}`);
    } else forwarded.append(name, value);
  }
  return isBound ? forwarded : null;
}

/** Whether a resource is this patient's, by what it says itself. References are relative here: Patient/123. */
export function belongsTo(resource: Resource, patientId: string): boolean {
  if (resource.resourceType === 'Patient') return resource['id'] === patientId;
  const element = patientElement.get(resource.resourceType);
  if (element === undefined) return false;
  const subject = resource[element];
  if (typeof subject !== 'object' || subject === null || !('reference' in subject)) return false;
  return typeof subject.reference === 'string' && subject.reference === `Patient/${patientId}`;
}

function namesPatient(parameter: string, value: string, patientId: string, base: string): boolean {
  const names = [`Patient/${patientId}`, `${base}/Patient/${patientId}`];
  if (parameter === 'patient') names.push(patientId);
  return names.includes(value);
}
