/** A record as a FHIR R4 AuditEvent: what any FHIR server takes, and an export for whoever works with FHIR. */
import type { AuditEvent as FhirAuditEvent, AuditEventEntity, Coding, Identifier } from '@medplum/fhirtypes';
import type { AuditRecord } from '../record.js';
import { auditMessage, type AuditObject, type RenderingContext } from './auditMessage.js';
import type { Code } from './codes.js';

const dicomCodes = 'http://dicom.nema.org/resources/ontology/DCM';
const nhsNumbers = 'https://fhir.nhs.uk/Id/nhs-number';
const terminology = 'http://terminology.hl7.org/CodeSystem';

const person: Coding = { system: `${terminology}/audit-entity-type`, code: '1', display: 'Person' };
const systemObject: Coding = { system: `${terminology}/audit-entity-type`, code: '2', display: 'System Object' };
/** Why a record was opened that would have stayed closed. Source: HL7 v3, ActReason. */
const breakTheGlass: Coding = { system: `${terminology}/v3-ActReason`, code: 'BTG', display: 'break the glass' };
const role = (code: string, display: string): Coding => ({ system: `${terminology}/object-role`, code, display });

export function fhirAuditEvent(record: AuditRecord, context: RenderingContext): FhirAuditEvent {
  const { id, types, action, outcome, at, participants, objects } = auditMessage(record, context);
  const coding = ({ system, code, meaning }: Code): Coding => ({
    system: system === 'DCM' ? dicomCodes : context.codeSystem,
    code,
    display: meaning,
  });
  return {
    resourceType: 'AuditEvent',
    type: coding(id),
    subtype: types.map(coding),
    action,
    recorded: at,
    outcome: `${outcome}`,
    ...(record.event.type === 'breakGlass.opened' && { purposeOfEvent: [{ coding: [breakTheGlass] }] }),
    agent: participants.map(({ userId, alternativeUserId, isRequestor, roles }) => ({
      ...(roles.length === 0 ? {} : { role: roles.map((one) => ({ coding: [coding(one)] })) }),
      who: { identifier: { value: userId }, display: userId },
      ...(alternativeUserId === undefined ? {} : { altId: alternativeUserId }),
      requestor: isRequestor,
      network: { address: context.node, type: '1' }, // a machine's name
    })),
    source: {
      ...(context.site === null ? {} : { site: context.site }),
      observer: { identifier: { value: context.node }, display: context.node },
      type: [{ system: `${terminology}/security-source-type`, code: '1', display: 'User Device' }],
    },
    entity: objects.map((object) => entity(object, context)),
  };
}

function entity(object: AuditObject, context: RenderingContext): AuditEventEntity {
  switch (object.kind) {
    case 'patient':
      return {
        what: { type: 'Patient', identifier: patientIdentifier(object.authority, object.value, context) },
        type: person,
        role: role('1', 'Patient'),
        description: object.role,
      };
    case 'system':
      return { what: { identifier: { value: object.id } }, type: systemObject, role: role('13', 'Security Resource') };
    case 'query':
      return {
        type: systemObject,
        role: role('24', 'Query'),
        query: Buffer.from(object.text, 'utf8').toString('base64'),
      };
    case 'record':
      return {
        what: { identifier: { value: object.id } },
        type: systemObject,
        role: role('13', 'Security Resource'),
        detail: object.details.map(([type, value]) => ({ type, valueString: text(value) })),
      };
  }
}

/** An authority the configuration does not know by a URI is named in words: no URI is invented. */
function patientIdentifier(
  authority: string | null,
  value: string,
  { identifierSystems }: RenderingContext,
): Identifier {
  const system = authority === null ? nhsNumbers : identifierSystems[authority];
  return system === undefined ? { value, assigner: { display: authority ?? '' } } : { system, value };
}

/** A FHIR string: no control characters but tab and line breaks. Source: FHIR R4, datatypes, "string". */
function text(value: string): string {
  return value.replace(/[^\t\n\r\x20-\u{10FFFF}]/gu, '\uFFFD');
}
