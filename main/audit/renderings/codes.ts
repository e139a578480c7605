/**
 * Which codes each event of the catalogue has: the table "What is recorded" of the audit specification.
 *
 * DICOM's own codes (DCM) where DICOM has one, Lanyard's where it has none. The compiler refuses an event without codes.
 */
import type { AuditEvent, CoverReason, SignOutReason } from '../../domain/audit.js';

export interface Code {
  readonly system: 'DCM' | 'RFC-3881' | 'Lanyard';
  readonly code: string;
  readonly meaning: string;
}

/** EventActionCode. Source: DICOM PS3.15, A.5.1. */
export type Action = 'C' | 'R' | 'U' | 'D' | 'E';
/** EventOutcomeIndicator: success, minor failure, serious failure, major failure. Source: DICOM PS3.15, A.5.1. */
export type Outcome = 0 | 4 | 8 | 12;

export interface EventCodes {
  readonly id: Code;
  readonly types: readonly Code[];
  readonly action: Action;
  readonly outcome: Outcome;
}

const dcm = (code: string, meaning: string): Code => ({ system: 'DCM', code, meaning });
export const own = (code: string): Code => ({ system: 'Lanyard', code, meaning: code.replaceAll('-', ' ') });

const auditLogUsed = dcm('110101', 'Audit Log Used');
const applicationActivity = dcm('110100', 'Application Activity');
const exported = dcm('110106', 'Export');
const networkEntry = dcm('110108', 'Network Entry');
const patientRecord = dcm('110110', 'Patient Record');
const query = dcm('110112', 'Query');
const securityAlert = dcm('110113', 'Security Alert');
const userAuthentication = dcm('110114', 'User Authentication');
const applicationStart = dcm('110120', 'Application Start');
const applicationStop = dcm('110121', 'Application Stop');
const login = dcm('110122', 'Login');
const logout = dcm('110123', 'Logout');
const attach = dcm('110124', 'Attach');
const detach = dcm('110125', 'Detach');
const nodeAuthentication = dcm('110126', 'Node Authentication');
const emergencyStarted = dcm('110127', 'Emergency Override Started');
const restrictedFunction = dcm('110132', 'Use of Restricted Function');
const recordingStopped = dcm('110133', 'Audit Recording Stopped');
const recordingStarted = dcm('110134', 'Audit Recording Started');
const softwareConfiguration = dcm('110131', 'Software Configuration');
const securityAttributes = dcm('110137', 'User Security Attributes Changed');
const emergencyStopped = dcm('110138', 'Emergency Override Stopped');
export const application = dcm('110150', 'Application');

type Coding = { [Type in AuditEvent['type']]: (event: Extract<AuditEvent, { type: Type }>) => EventCodes };

function coded(id: Code, types: readonly Code[], action: Action, outcome: Outcome): () => EventCodes {
  return () => ({ id, types, action, outcome });
}

const signedOutBecause: Record<SignOutReason, readonly Code[]> = {
  user: [],
  idle: [own('idle')],
  'take-over': [own('forced'), own('switch')],
  'application-stopped': [own('forced'), own('application-stopped')],
  'other-program': [own('forced'), own('other-program')],
};

/** Part of every change of patient (0), or a tab that did not follow it (4), or what must never show (8). */
const coverOutcome: Record<CoverReason, Outcome> = {
  'patient-changed': 0,
  'patient-closed': 0,
  'beside-changed': 0,
  'page-changed': 0,
  'tab-in-background': 0,
  'shell-raised': 0,
  'session-locked': 0,
  'session-ended': 0,
  loading: 0,
  slow: 4,
  failed: 4,
  crashed: 4,
  hung: 4,
  silent: 4,
  'signed-out': 4,
  'signing-on': 0,
  'sign-in-needed': 4,
  'sign-in-changed': 4,
  'no-access': 4,
  'no-record': 4,
  'different-patient': 8,
  'audit-unavailable': 8,
};

const coding: Coding = {
  'application.started': coded(applicationActivity, [applicationStart], 'E', 0),
  'application.stopped': coded(applicationActivity, [applicationStop], 'E', 0),
  'configuration.changed': coded(securityAlert, [softwareConfiguration, own('configuration-changed')], 'U', 0),
  'network.lost': coded(networkEntry, [detach, own('network-lost')], 'E', 4),
  'network.back': coded(networkEntry, [attach, own('network-back')], 'E', 0),
  'workstation.roamed': coded(networkEntry, [attach, own('roamed')], 'E', 0),
  'workstation.disconnected': coded(networkEntry, [detach], 'E', 0),
  'workstation.reconnected': coded(networkEntry, [attach], 'E', 0),
  'session.signedIn': coded(userAuthentication, [login], 'E', 0),
  'session.refused': ({ reason }) => ({
    id: userAuthentication,
    types: [login],
    action: 'E',
    outcome: reason === 'locked-out' ? 8 : 4,
  }),
  'session.signedOut': ({ reason }) => ({
    id: userAuthentication,
    types: [logout, ...signedOutBecause[reason]],
    action: 'E',
    outcome: 0,
  }),
  'session.idleWarned': coded(userAuthentication, [own('idle-warned')], 'E', 0),
  'session.idleEnded': coded(userAuthentication, [own('idle-ended')], 'E', 0),
  'session.locked': ({ reason }) => ({
    id: userAuthentication,
    types: [own('lock'), own(`lock-${reason}`)],
    action: 'E',
    outcome: 0,
  }),
  'session.unlocked': ({ by }) => ({
    id: userAuthentication,
    types: [login, own('unlock'), own(`unlock-${by}`)],
    action: 'E',
    outcome: 0,
  }),
  'badge.tapped': ({ action }) => ({
    id: userAuthentication,
    types: [own('badge-tapped'), own(`badge-${action}`)],
    action: 'E',
    outcome: 0,
  }),
  'badge.enrolled': coded(userAuthentication, [own('badge-enrolled')], 'E', 0),
  'badge.removed': coded(userAuthentication, [own('badge-removed')], 'E', 0),
  'session.unlockRefused': ({ reason }) => ({
    id: userAuthentication,
    types: [login, own('unlock')],
    action: 'E',
    outcome: reason === 'locked-out' ? 8 : 4,
  }),
  'session.takenOver': coded(userAuthentication, [logout, own('switch')], 'E', 0),
  'session.workLost': coded(userAuthentication, [logout, own('work-lost')], 'E', 4),
  'password.expiryWarned': coded(userAuthentication, [own('password-expiry-warned')], 'E', 0),
  'password.changeAsked': coded(securityAlert, [securityAttributes, own('password-change-asked')], 'U', 0),
  'password.changeEnded': ({ outcome }) => ({
    id: securityAlert,
    types: [securityAttributes, own(`password-change-${outcome}`)],
    action: 'U',
    outcome: outcome === 'changed' ? 0 : outcome === 'uncertain' ? 8 : 4,
  }),
  'patient.searched': coded(query, [own('patient-search')], 'E', 0),
  'patient.chosen': coded(patientRecord, [own('context-set')], 'R', 0),
  'patient.changeHeld': coded(patientRecord, [own('context-held')], 'R', 4),
  'patient.changeAnswered': coded(patientRecord, [own('context-answered')], 'E', 0),
  'breakGlass.refused': coded(securityAlert, [restrictedFunction, own('restricted-refused')], 'E', 4),
  'breakGlass.asked': coded(securityAlert, [restrictedFunction, own('restricted-asked')], 'E', 0),
  'breakGlass.declined': coded(securityAlert, [restrictedFunction, own('restricted-declined')], 'E', 0),
  'breakGlass.opened': coded(securityAlert, [emergencyStarted], 'E', 0),
  'breakGlass.ended': coded(securityAlert, [emergencyStopped], 'E', 0),
  'privacy.alerted': coded(securityAlert, [emergencyStarted, own('privacy-alerted')], 'E', 0),
  'link.broken': coded(patientRecord, [own('link-broken')], 'E', 4),
  'link.rejoined': coded(patientRecord, [own('link-rejoined')], 'E', 0),
  'beside.opened': ({ subject }) => ({
    id: patientRecord,
    types: [own(`${subject}-open`)],
    action: 'R',
    outcome: 0,
  }),
  'beside.closed': ({ subject }) => ({
    id: patientRecord,
    types: [own(`${subject}-close`)],
    action: 'R',
    outcome: 0,
  }),
  'intent.raised': coded(patientRecord, [own('intent-raised')], 'E', 0),
  'intent.answered': ({ outcome }) => ({
    id: patientRecord,
    types: [own(`intent-${outcome}`)],
    action: 'E',
    outcome: outcome === 'refused' ? 4 : 0,
  }),
  'patient.closed': coded(patientRecord, [own('context-clear')], 'R', 0),
  'system.displayed': ({ verified }) => ({
    id: patientRecord,
    types: [own(verified ? 'displayed' : 'displayed-unverified')],
    action: 'R',
    outcome: 0,
  }),
  'system.covered': ({ reason }) => {
    const outcome = coverOutcome[reason];
    return { id: patientRecord, types: [own(outcome === 0 ? 'covered' : 'context-follow')], action: 'R', outcome };
  },
  'system.slept': coded(applicationActivity, [applicationStop, own('asleep')], 'E', 0),
  'system.woken': coded(applicationActivity, [applicationStart, own('woken')], 'E', 0),
  'navigation.blocked': coded(securityAlert, [restrictedFunction, own('navigation-blocked')], 'E', 4),
  'permission.refused': coded(securityAlert, [restrictedFunction, own('permission-refused')], 'E', 4),
  'certificate.refused': coded(securityAlert, [nodeAuthentication, own('certificate-refused')], 'E', 8),
  'download.refused': coded(exported, [own('download')], 'R', 4),
  'outside.asked': coded(securityAlert, [own('outside-asked')], 'E', 0),
  'outside.opened': coded(securityAlert, [own('outside-opened')], 'E', 0),
  'outside.declined': coded(securityAlert, [own('outside-declined')], 'E', 4),
  'signOn.attempted': coded(userAuthentication, [login, own('credential-used')], 'E', 0),
  'signOn.ended': ({ outcome }) => ({
    id: userAuthentication,
    types: [login, own(`sign-on-${outcome}`)],
    action: 'E',
    outcome: outcome === 'signed-on' || outcome === 'by-hand' ? 0 : 4,
  }),
  'signOn.blocked': ({ reason }) => ({
    id: securityAlert,
    types: [restrictedFunction, own(`sign-on-blocked-${reason}`)],
    action: 'E',
    outcome: 8,
  }),
  'signOn.stored': ({ change }) => ({
    id: userAuthentication,
    types: [login, own(`credential-${change}`)],
    action: 'E',
    outcome: change === 'refused' ? 4 : 0,
  }),
  'signOn.learnt': coded(userAuthentication, [login, own('recipe-learnt')], 'E', 0),
  'signOn.tokenIssued': coded(userAuthentication, [nodeAuthentication, own('token')], 'E', 0),
  'support.unmasked': coded(securityAlert, [own('support-unmasked')], 'R', 0),
  'audit.viewed': coded(auditLogUsed, [own('view')], 'R', 0),
  'audit.exported': coded(auditLogUsed, [own('export')], 'R', 0),
  'audit.refused': coded(auditLogUsed, [own('view'), restrictedFunction], 'R', 8),
  'alert.answered': ({ answer }) => ({
    id: securityAlert,
    types: [own(`alert-${answer}`)],
    action: 'U',
    outcome: answer === 'escalated' ? 4 : 0,
  }),
  'trail.refused': ({ because }) => ({
    id: securityAlert,
    types: [own('fork'), own(`trail-${because}`)],
    action: 'E',
    outcome: 12,
  }),
  'trail.disagreed': coded(securityAlert, [own('fork'), own('checkpoint')], 'E', 12),
  'trail.retained': ({ change }) => ({
    id: securityAlert,
    types: [own('retention'), own(`retention-${change}`)],
    action: change === 'deleted' ? 'D' : 'U',
    outcome: 0,
  }),
  'contextHub.started': coded(applicationActivity, [applicationStart, own('context-hub')], 'E', 0),
  'contextHub.stopped': ({ reason }) => ({
    id: applicationActivity,
    types: [applicationStop, own('context-hub')],
    action: 'E',
    outcome: reason === 'crashed' ? 8 : 0,
  }),
  'contextHub.joined': coded(applicationActivity, [applicationStart, own('context-hub-joined')], 'E', 0),
  'contextHub.left': ({ reason }) => ({
    id: applicationActivity,
    types: [applicationStop, own('context-hub-joined')],
    action: 'E',
    outcome: reason === 'lost' ? 4 : 0,
  }),
  'contextHub.asked': ({ outcome }) => ({
    id: patientRecord,
    types: [own(`context-${outcome}`)],
    action: 'E',
    outcome: outcome === 'accepted' ? 0 : 4,
  }),
  'live.refused': ({ reason }) => ({
    id: securityAlert,
    types: [restrictedFunction, own(`live-refused-${reason}`)],
    action: 'E',
    outcome: 8,
  }),
  'chain.open': coded(securityAlert, [recordingStarted], 'E', 0),
  'chain.close': coded(securityAlert, [recordingStopped], 'E', 0),
  'chain.heartbeat': coded(securityAlert, [own('heartbeat')], 'E', 0),
  'chain.crashFound': coded(applicationActivity, [applicationStop, own('crash')], 'E', 12),
  'chain.clockJumped': coded(securityAlert, [own('clock-jump')], 'E', 4),
  'chain.resumed': coded(securityAlert, [own('audit-delayed')], 'E', 8),
  'chain.tornLineCut': coded(securityAlert, [own('torn-line-cut')], 'E', 4),
};

/** Every type of the catalogue. */
export const eventTypes = Object.keys(coding) as readonly AuditEvent['type'][];

/** Of a type that this version does not know: that something was recorded, and what it is called. */
export function codesOf(event: AuditEvent): EventCodes {
  if (!Object.hasOwn(coding, event.type))
    return { id: securityAlert, types: [own(event.type)], action: 'E', outcome: 4 };
  const code = coding[event.type] as (event: AuditEvent) => EventCodes;
  return code(event);
}
