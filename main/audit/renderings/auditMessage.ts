/**
 * What DICOM's and FHIR's renderings of a record have in common: who took part, and what it was about.
 *
 * Nothing of a record is lost: every member of its event stands as a detail of the object that is the record itself.
 */
import type { AuditEvent } from '../../domain/audit.js';
import { involvedPatients } from '../auditedPatients.js';
import { canonicalJson } from '../canonicalJson.js';
import type { AuditRecord, ChainId } from '../record.js';
import { application, type Code, codesOf, type EventCodes, own } from './codes.js';

/** What a record does not say because its chain does, and what the site calls its things. */
export interface RenderingContext {
  readonly chain: ChainId;
  /** Of chain.open: the workstation. */
  readonly node: string;
  /** Of chain.open: Lanyard's version. */
  readonly version: string;
  /** The trust, by its ODS code where it has one; null: not said. */
  readonly site: string | null;
  /** URI of the code system of Lanyard's own codes. */
  readonly codeSystem: string;
  /** FHIR identifier system (URI) of each assigning authority the site has (`patients.identifiers`). */
  readonly identifierSystems: Readonly<Record<string, string>>;
}

/** Default of RenderingContext.codeSystem. */
export const lanyardCodeSystem = 'https://lanyard.health/fhir/CodeSystem/audit';

interface Participant {
  readonly userId: string;
  readonly alternativeUserId?: string;
  readonly isRequestor: boolean;
  readonly roles: readonly Code[];
}

export type AuditObject =
  | {
      readonly kind: 'patient';
      /** Null: the NHS number. */
      readonly authority: string | null;
      readonly value: string;
      /** Which patient, where one record is about two. */
      readonly role: 'patient' | 'previous patient';
    }
  | { readonly kind: 'system'; readonly id: string }
  | { readonly kind: 'query'; readonly text: string }
  | {
      readonly kind: 'record';
      /** Chain and number: names this record among all. */
      readonly id: string;
      readonly details: readonly (readonly [type: string, value: string])[];
    };

export interface AuditMessage extends EventCodes {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly participants: readonly Participant[];
  readonly objects: readonly AuditObject[];
}

export function auditMessage(record: AuditRecord, context: RenderingContext): AuditMessage {
  try {
    return messageOf(record, context);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // It lacks what its type should have: somebody altered it. It is told of all the same, or nothing after it would be.
    const event = { type: `${record.event.type} (incomplete)` } as unknown as AuditEvent;
    return messageOf({ ...record, event }, context);
  }
}

function messageOf(record: AuditRecord, { chain, version }: RenderingContext): AuditMessage {
  const { event, sequence, at } = record;
  return {
    ...codesOf(event),
    at,
    participants: [
      ...usersOf(record),
      { userId: 'Lanyard', alternativeUserId: version, isRequestor: false, roles: [application] },
    ],
    objects: [
      ...patientsOf(event),
      ...('systemId' in event && event.systemId !== null ? [{ kind: 'system', id: event.systemId } as const] : []),
      ...(event.type === 'patient.searched' ? [{ kind: 'query', text: event.kind } as const] : []),
      { kind: 'record', id: `${chain}-${sequence}`, details: detailsOf(record) },
    ],
  };
}

function usersOf({ event, user }: AuditRecord): Participant[] {
  const isOutside = user === null && (event.type === 'password.changeAsked' || event.type === 'password.changeEnded');
  if (event.type === 'session.refused' || isOutside)
    return [
      {
        userId: event.user ?? 'unknown',
        ...('typedNameHash' in event && event.typedNameHash !== null
          ? { alternativeUserId: `keyed-hash:${event.typedNameHash}` }
          : {}),
        isRequestor: true,
        roles: [],
      },
    ];
  if (user === null)
    return 'user' in event && typeof event.user === 'string'
      ? [{ userId: event.user, isRequestor: true, roles: [] }]
      : [];
  const roles = event.type === 'session.signedIn' ? event.roles.map((role) => own(`role-${role}`)) : [];
  return [{ userId: user, isRequestor: true, roles }];
}

function patientsOf(event: AuditEvent): AuditObject[] {
  return involvedPatients(event).flatMap(({ patient: { nhsNumber, identifiers }, role }) => [
    ...(nhsNumber === null ? [] : [{ kind: 'patient', authority: null, value: nhsNumber, role } as const]),
    ...identifiers.map(({ authority, value }) => ({ kind: 'patient', authority, value, role }) as const),
  ]);
}

function detailsOf({ event, session, sequence }: AuditRecord): [string, string][] {
  const details: [string, unknown][] = [
    ['sequence', sequence],
    ['session', session],
    ...Object.entries(event).filter(([name]) => name !== 'type'),
    ['event', event.type],
  ];
  return details
    .map(([name, value]): [string, string] => [name, typeof value === 'string' ? value : canonicalJson(value ?? null)])
    .filter(([, value]) => value.trim() !== '' && value !== 'null');
}
