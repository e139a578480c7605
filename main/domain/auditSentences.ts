/** One sentence for every event of the catalogue, for people who read the trail. Without identities: those have columns of their own. */
import type { AuditEvent } from './audit.js';

type Sentences = { [Type in AuditEvent['type']]: (event: Extract<AuditEvent, { type: Type }>) => string };

const list = (names: readonly string[]): string => (names.length === 0 ? 'no system' : names.join(', '));
const spaced = (word: string): string => word.replaceAll('-', ' ');
const often = (leftOut: number | undefined): string => (leftOut === undefined ? '' : `, and ${leftOut} times more`);
const at = (name: string | null): string => (name === null ? '' : ` at ${name}`);

const sentences: Sentences = {
  'application.started': ({ version }) => `Lanyard ${version} started`,
  'application.stopped': () => 'Lanyard was closed',
  'configuration.changed': () => 'Lanyard runs with another configuration than before',
  'network.lost': () => 'The network of this computer was lost',
  'network.back': () => 'The network of this computer is back',
  'workstation.roamed': ({ from, to }) => `The session moved from ${from ?? 'a computer'} to ${to ?? 'another one'}`,
  'workstation.disconnected': ({ clientName }) => `The session was disconnected${at(clientName)}`,
  'workstation.reconnected': ({ clientName }) => `The session was connected again${at(clientName)}`,
  'session.signedIn': ({ roles }) => `Signed in (${roles.length === 0 ? 'without a role' : roles.join(', ')})`,
  'session.refused': ({ reason }) => `Sign-in refused: ${spaced(reason)}`,
  'session.signedOut': ({ reason }) => `Signed out (${spaced(reason)})`,
  'session.idleWarned': () => 'Warned of the lock: nobody touched anything',
  'session.idleEnded': () => 'Somebody was there after all',
  'session.locked': ({ reason }) => `Locked (${spaced(reason)})`,
  'session.unlocked': ({ by }) => `Unlocked (${by})`,
  'badge.tapped': ({ action }) => `Badge tapped: ${spaced(action)}`,
  'badge.enrolled': ({ newPin }) => (newPin ? 'Badge enrolled with a PIN' : 'Badge enrolled'),
  'badge.removed': () => 'Badge removed',
  'session.unlockRefused': ({ reason }) => `Unlocking refused: ${spaced(reason)}`,
  'session.takenOver': () => 'A colleague took the workstation over',
  'session.workLost': ({ systems }) => `Work that was not saved was lost in ${list(systems)}`,
  'password.expiryWarned': ({ daysLeft }) => `Warned: the password expires in ${daysLeft} days`,
  'password.changeAsked': ({ because }) => `Password change asked for (${spaced(because)})`,
  'password.changeEnded': ({ outcome }) => `Password change: ${outcome}`,
  'patient.searched': ({ kind, found }) => `Looked for a patient by ${spaced(kind)}: ${found} found`,
  'patient.chosen': ({ previous }) => (previous === null ? 'Opened a patient' : 'Changed to another patient'),
  'patient.closed': () => 'Closed the patient',
  'patient.changeHeld': ({ systems }) =>
    `A change of patient waited for ${list(systems.map(({ systemId, kind }) => `${systemId} (${kind})`))}`,
  'patient.changeAnswered': ({ answer, systems }) => `Answered “${spaced(answer)}” about ${list(systems)}`,
  'breakGlass.refused': ({ restrictions }) => `Was kept from a restricted record (${list(restrictions)})`,
  'breakGlass.asked': ({ restrictions }) => `Was asked why a restricted record is needed (${list(restrictions)})`,
  'breakGlass.declined': () => 'Left the restricted record closed',
  'breakGlass.opened': ({ restrictions, reason }) => `Broke the glass (${list(restrictions)}): ${reason}`,
  'breakGlass.ended': () => 'The access by break-glass ended',
  'privacy.alerted': () => 'The privacy officer was alerted',
  'link.broken': ({ systemId }) => `${systemId} was let stay with its patient`,
  'link.rejoined': ({ systemId }) => `${systemId} follows the shared patient again`,
  'beside.opened': ({ subject, by }) =>
    `${subject === 'study' ? 'An imaging study' : 'An encounter'} opened (by ${by})`,
  'beside.closed': ({ subject, because }) =>
    `${subject === 'study' ? 'The imaging study' : 'The encounter'} closed (${spaced(because)})`,
  'intent.raised': ({ intent, systemId }) => `${intent} asked for${systemId === null ? '' : ` by ${systemId}`}`,
  'intent.answered': ({ intent, outcome, systemId }) =>
    `${intent}: ${outcome}${systemId === null ? '' : ` in ${systemId}`}`,
  'system.displayed': ({ systemId, verified, shown }) =>
    Object.keys(shown).length === 0
      ? `${systemId} showed a page without a patient`
      : `${systemId} showed the patient${verified ? '' : ', not verified'}`,
  'system.covered': ({ systemId, reason, displayedMs }) =>
    `${systemId} was covered (${spaced(reason)})${displayedMs > 0 ? ` after ${Math.round(displayedMs / 100) / 10} s` : ''}`,
  'system.slept': ({ systemId, because }) => `${systemId} was closed to save memory (${because})`,
  'system.woken': ({ systemId }) => `${systemId} was opened anew`,
  'navigation.blocked': ({ systemId, origin }) => `${systemId} was kept from ${origin}`,
  'permission.refused': ({ systemId, permission }) => `${systemId} was refused: ${permission}`,
  'certificate.refused': ({ host, error }) => `The certificate of ${host} was refused (${error})`,
  'download.refused': ({ systemId }) => `A download from ${systemId} was refused`,
  'outside.asked': ({ host }) => `Asked whether ${host} may open in the browser`,
  'outside.opened': ({ host }) => `${host} was opened in the browser`,
  'outside.declined': ({ host }) => `${host} was not opened`,
  'signOn.attempted': ({ systemId, method }) => `Signing on to ${systemId} (${method})`,
  'signOn.ended': ({ systemId, outcome }) => `Sign-on to ${systemId}: ${spaced(outcome)}`,
  'signOn.blocked': ({ systemId, reason, leftOut }) =>
    `${systemId} was not given credentials (${spaced(reason)})${often(leftOut)}`,
  'signOn.stored': ({ systemId, change }) => `Stored sign-in of ${systemId}: ${spaced(change)}`,
  'signOn.learnt': ({ systemId }) => `The sign-in page of ${systemId} was learnt`,
  'signOn.tokenIssued': ({ systemId }) => `${systemId} was given a token`,
  'contextHub.started': () => 'The context hub started',
  'contextHub.stopped': ({ reason }) => `The context hub stopped (${spaced(reason)})`,
  'contextHub.joined': ({ host }) => `Joined the context hub at ${host}`,
  'contextHub.left': ({ reason }) => `Left the joined context hub (${spaced(reason)})`,
  'contextHub.asked': ({ subscriberName, event, outcome }) => `${subscriberName} asked for ${event}: ${outcome}`,
  'live.refused': ({ systemId, reason, leftOut }) =>
    `What ${systemId} asked for was refused (${spaced(reason)})${often(leftOut)}`,
  'support.unmasked': ({ patients }) => `Support was told who ${patients.length} masked patients are`,
  'audit.viewed': ({ question }) => `Looked at the audit trail: ${spaced(question)}`,
  'audit.exported': ({ question, format, records }) =>
    `Exported ${records} records of the audit trail as ${format}: ${spaced(question)}`,
  'audit.refused': ({ because }) => `Was kept from the audit trail (${spaced(because)})`,
  'alert.answered': ({ answer }) => `An access by break-glass was judged: ${answer}`,
  'trail.refused': ({ sequence, because, peer }) => `Record ${sequence} from ${peer} was kept apart (${because})`,
  'trail.disagreed': ({ size }) => `The witness does not agree with the database (tree of ${size} records)`,
  'trail.retained': ({ change, subject, records }) => `Retention: ${change} ${subject}, ${records} records`,
  'chain.open': ({ version }) => `Recording began (Lanyard ${version})`,
  'chain.close': () => 'Recording ended',
  'chain.heartbeat': () => 'Still recording',
  'chain.crashFound': () => 'Lanyard had crashed, or the end of the trail was cut',
  'chain.clockJumped': ({ byMs }) => `The clock jumped by ${Math.round(byMs / 1000)} s`,
  'chain.resumed': ({ refused, error }) => `Recording goes on after ${refused} refused records (${error})`,
  'chain.tornLineCut': ({ bytes }) => `Half a record of ${bytes} bytes was cut off`,
};

/** @param event as it was read: of a newer version, its type is the sentence */
export function sentenceOf(event: AuditEvent): string {
  const sentence = Object.hasOwn(sentences, event.type)
    ? (sentences[event.type] as ((event: AuditEvent) => string) | undefined)
    : undefined;
  try {
    return sentence?.(event) ?? event.type;
  } catch (error) {
    if (error instanceof TypeError) return event.type; // it lacks what its type should have: somebody altered it
    throw error;
  }
}
