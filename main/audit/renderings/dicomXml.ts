/**
 * A record as a DICOM audit message (PS3.15, A.5), on one line: what a hospital's audit repository takes over syslog.
 * auditMessage.rng, in this folder, is its schema.
 */
import type { AuditRecord } from '../record.js';
import { auditMessage, type AuditObject, type RenderingContext } from './auditMessage.js';
import { type Code, own } from './codes.js';

/** Object identifier of NHS numbers. Source: HL7's registry of object identifiers. */
const nhsNumberOid = '2.16.840.1.113883.2.1.4.1';

type Attributes = Readonly<Record<string, string | null>>;

export function dicomXml(record: AuditRecord, context: RenderingContext): string {
  const { id, types, action, outcome, at, participants, objects } = auditMessage(record, context);
  const codeElement = (name: string, { system, code, meaning }: Code): string =>
    element(name, {
      'csd-code': code,
      codeSystemName: system === 'Lanyard' ? context.codeSystem : system,
      displayName: meaning,
      originalText: meaning,
    });
  return element('AuditMessage', {}, [
    element(
      'EventIdentification',
      { EventActionCode: action, EventDateTime: at, EventOutcomeIndicator: String(outcome) },
      [codeElement('EventID', id), ...types.map((type) => codeElement('EventTypeCode', type))],
    ),
    ...participants.map(({ userId, alternativeUserId, isRequestor, roles }) =>
      element(
        'ActiveParticipant',
        {
          UserID: userId,
          AlternativeUserID: alternativeUserId ?? null,
          UserIsRequestor: String(isRequestor),
          NetworkAccessPointID: context.node,
          NetworkAccessPointTypeCode: '1', // a machine's name
        },
        roles.map((role) => codeElement('RoleIDCode', role)),
      ),
    ),
    element('AuditSourceIdentification', { AuditEnterpriseSiteID: context.site, AuditSourceID: context.node }, [
      element('AuditSourceTypeCode', { 'csd-code': '1' }), // end-user interface
    ]),
    ...objects.map((object) => {
      const { attributes, type, content } = objectParts(object);
      return element('ParticipantObjectIdentification', attributes, [
        codeElement('ParticipantObjectIDTypeCode', type),
        ...content,
      ]);
    }),
  ]);
}

function objectParts(object: AuditObject): { attributes: Attributes; type: Code; content: string[] } {
  const named = (name: string): string => `<ParticipantObjectName>${escape(name)}</ParticipantObjectName>`;
  const system = (id: string, role: string): Attributes => ({
    ParticipantObjectID: id,
    ParticipantObjectTypeCode: '2',
    ParticipantObjectTypeCodeRole: role,
  });
  switch (object.kind) {
    case 'patient':
      return {
        // HL7 v2 CX: number, check digit, its scheme, assigning authority.
        attributes: {
          ParticipantObjectID: `${cx(object.value)}^^^${object.authority === null ? `&${nhsNumberOid}&ISO` : cx(object.authority)}`,
          ParticipantObjectTypeCode: '1',
          ParticipantObjectTypeCodeRole: '1',
        },
        type: { system: 'RFC-3881', code: '2', meaning: 'Patient Number' },
        content: [named(object.role)],
      };
    case 'system':
      return { attributes: system(object.id, '13'), type: own('system-id'), content: [named(object.id)] };
    case 'query':
      return {
        attributes: system('patient-search', '24'),
        type: own('search-kind'),
        content: [`<ParticipantObjectQuery>${base64(object.text)}</ParticipantObjectQuery>`],
      };
    case 'record':
      return {
        attributes: system(object.id, '13'),
        type: own('audit-record'),
        content: [
          named('audit record'),
          ...object.details.map(([type, value]) => element('ParticipantObjectDetail', { type, value: base64(value) })),
        ],
      };
  }
}

/** A value inside a CX: its separators escaped. Source: HL7 v2.5, chapter 2.7. */
function cx(value: string): string {
  const escapes: Record<string, string> = { '\\': 'E', '^': 'S', '&': 'T', '|': 'F', '~': 'R' };
  return value.replace(/[\\^&|~]/g, (character) => `\\${escapes[character] ?? ''}\\`);
}

function element(name: string, attributes: Attributes, content: readonly string[] = []): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => (value === null ? '' : ` ${key}="${escape(value)}"`))
    .join('');
  return content.length === 0 ? `<${name}${written}/>` : `<${name}${written}>${content.join('')}</${name}>`;
}

/** Text for XML 1.0: what it cannot hold at all (control characters, lone surrogates) becomes U+FFFD. */
function escape(text: string): string {
  return text
    .replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
