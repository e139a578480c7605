/**
 * The catalogue of audit events, first form: everything Lanyard records, as one union by `type`.
 *
 * Who is signed in, in which session, when and where are NOT in the event: the recorder puts them into the
 * record's envelope. No event carries a secret, the text of a search, or a user name somebody mistyped
 * (people type passwords there): an unknown name is recorded as a keyed hash only.
 * Source: the table "What is recorded" of the audit specification; the DICOM and FHIR renderings are made from these.
 */
import type { CoverCard, IntentName, LockReason, Role } from '../../preload/contract.js';
import type { AlertAnswer, AuditFilter, ExportFormat } from '../../preload/auditContract.js';
import type { BadgeAction } from './badgeTap.js';

/** The patient an event is about: numbers only, never a name. */
export interface AuditedPatient {
  /** Ten digits, or null where none is known. */
  readonly nhsNumber: string | null;
  readonly identifiers: readonly AuditedIdentifier[];
}

export interface AuditedIdentifier {
  /** Assigning authority as in the configuration (`patients.identifiers[].authority`). */
  readonly authority: string;
  readonly value: string;
}

/** What a system's page was read to show; only what was really read is present. */
export interface ShownIdentity {
  readonly nhsNumber?: string;
  readonly localNumber?: AuditedIdentifier;
  /** YYYY-MM-DD */
  readonly dateOfBirth?: string;
  /** As the page wrote it. */
  readonly name?: string;
}

/** Why a session ended: by the clinician, after idling, by a colleague taking over, or because Lanyard stopped. */
/** other-program: of the joined context hub. */
export type SignOutReason = 'user' | 'idle' | 'take-over' | 'application-stopped' | 'other-program';

/**
 * What let the clinician back in. offline: the password, while no domain controller answered · pin, badge: a badge, with its
 * PIN or within the hours of the last password.
 */
export type UnlockedBy = 'password' | 'offline' | 'pin' | 'badge';

/** Why a view was covered: the card that covers it, or a reason without a card. */
export type CoverReason =
  | CoverCard['kind']
  | 'patient-changed'
  | 'patient-closed'
  /** Another study, encounter or errand of the same patient. */
  | 'beside-changed'
  | 'page-changed'
  | 'tab-in-background'
  | 'shell-raised'
  | 'session-locked'
  | 'session-ended';

export type AuditEvent =
  // ── The program ──
  | { readonly type: 'application.started'; readonly version: string }
  | { readonly type: 'application.stopped' }
  | {
      /** Found at a start: it runs with another configuration than the last time. Both are SHA-256, lower-case hex. */
      readonly type: 'configuration.changed';
      readonly before: string;
      readonly after: string;
    }
  // ── Where: the Citrix or Windows session around the program ──
  /** Of the computer; back only after it was lost. */
  | { readonly type: 'network.lost' }
  | { readonly type: 'network.back' }
  | {
      /** The same session goes on under another client name. */
      readonly type: 'workstation.roamed';
      /** Name of the computer in front of which somebody sits; null: none is known. */
      readonly from: string | null;
      readonly to: string | null;
    }
  | { readonly type: 'workstation.disconnected'; readonly clientName: string | null }
  | { readonly type: 'workstation.reconnected'; readonly clientName: string | null }
  // ── Who ──
  | {
      readonly type: 'session.signedIn';
      readonly user: string;
      readonly roles: readonly Role[];
      /** As the directory has it; absent: it has none, or the record is of an older version. */
      readonly displayName?: string;
      /** Of the computer in front of which they sit, where the session is shown on another one than this. */
      readonly clientName?: string;
    }
  | {
      readonly type: 'session.refused';
      /** Principal name (user@domain) where the directory knows the user, else null. */
      readonly user: string | null;
      /** Keyed hash (lower-case hex) of the name as typed, where the directory does not know it, else null. */
      readonly typedNameHash: string | null;
      /** Stable name of the refusal, as in SignInOutcome.reason. */
      readonly reason: string;
    }
  | { readonly type: 'session.signedOut'; readonly user: string; readonly reason: SignOutReason }
  | { readonly type: 'session.idleWarned'; readonly user: string }
  /** Somebody was there after all. */
  | { readonly type: 'session.idleEnded'; readonly user: string }
  | { readonly type: 'session.locked'; readonly user: string; readonly reason: LockReason }
  | { readonly type: 'session.unlocked'; readonly user: string; readonly by: UnlockedBy }
  | {
      /** Before anything but a lock follows from it; after the lock. A tap that did nothing is not recorded. */
      readonly type: 'badge.tapped';
      /** Principal name of whom the badge belongs to; null: nobody that is known. */
      readonly user: string | null;
      readonly action: BadgeAction['kind'];
    }
  /** After the directory accepted their password, and before the badge counts. */
  | { readonly type: 'badge.enrolled'; readonly user: string; readonly newPin: boolean }
  /** By its owner, or by support. Before it counts no more. */
  | { readonly type: 'badge.removed'; readonly user: string; readonly by: string }
  | {
      /** At the lock of `user`. */
      readonly type: 'session.unlockRefused';
      readonly user: string;
      /** Stable name of the refusal, as in SignInOutcome.reason; cancelled: given up. */
      readonly reason: string;
    }
  | {
      /** A colleague was let in at the lock of `user`; before anything of theirs is ended. */
      readonly type: 'session.takenOver';
      readonly user: string;
      /** Principal name of the colleague. */
      readonly by: string;
    }
  | {
      /** A locked session ends, and with it what these systems had not saved; before it ends. */
      readonly type: 'session.workLost';
      readonly user: string;
      readonly systems: readonly string[];
    }
  // ── Their passwords; never one, not even its length ──
  | { readonly type: 'password.expiryWarned'; readonly user: string; readonly daysLeft: number }
  | {
      /** Before the directory is asked. chosen: by whoever is signed in; else on the sign-in page, which demanded it. */
      readonly type: 'password.changeAsked';
      readonly user: string | null;
      /** As of session.refused; null where the user is known. */
      readonly typedNameHash: string | null;
      readonly because: 'chosen' | 'must-change' | 'expired';
    }
  | {
      readonly type: 'password.changeEnded';
      readonly user: string | null;
      /** uncertain: the directory stopped answering after it was asked. */
      readonly outcome: 'changed' | 'refused' | 'uncertain' | 'unavailable';
      /** Stable name of a refusal. */
      readonly reason: string | null;
    }
  // ── Which patient ──
  | {
      readonly type: 'patient.searched';
      readonly kind: 'nhs-number' | 'local-number' | 'name-and-birth-date';
      /** How many patients the search found; never what was typed. */
      readonly found: number;
    }
  | {
      readonly type: 'patient.chosen';
      readonly patient: AuditedPatient;
      /** Grows with every choice. */
      readonly epoch: number;
      readonly previous: AuditedPatient | null;
    }
  | { readonly type: 'patient.closed'; readonly patient: AuditedPatient; readonly epoch: number }
  | {
      /** A change of patient waits: these have unsaved work, object, or do not answer. Nothing has moved. */
      readonly type: 'patient.changeHeld';
      /** Who is wanted; null: the patient is to be closed. */
      readonly patient: AuditedPatient | null;
      /** Another program, asked over the context hub: `program …`, refused or silent. */
      readonly systems: readonly {
        readonly systemId: string;
        readonly kind: 'unsaved' | 'busy' | 'refused' | 'silent';
      }[];
    }
  | {
      /** continue: their unsaved work is given up · break-link: they stay with the patient before. */
      readonly type: 'patient.changeAnswered';
      readonly answer: 'continue' | 'cancel' | 'break-link';
      readonly systems: readonly string[];
    }
  // ── Restricted records ──
  | {
      /** Such a record was wanted, and nobody may give a reason. */
      readonly type: 'breakGlass.refused';
      readonly patient: AuditedPatient;
      /** What the record is called in the configuration. */
      readonly restrictions: readonly string[];
    }
  | {
      /** Before the clinician is asked for a reason. */
      readonly type: 'breakGlass.asked';
      readonly patient: AuditedPatient;
      readonly restrictions: readonly string[];
    }
  | { readonly type: 'breakGlass.declined'; readonly patient: AuditedPatient }
  | {
      /** Before the record opens. */
      readonly type: 'breakGlass.opened';
      /** By which the alert names this line. */
      readonly reference: string;
      readonly patient: AuditedPatient;
      readonly restrictions: readonly string[];
      /** One of the configured. */
      readonly reason: string;
      /** The clinician's own. */
      readonly words: string;
    }
  | {
      /** The session in which it was opened is over. */
      readonly type: 'breakGlass.ended';
      readonly reference: string;
      readonly patient: AuditedPatient;
    }
  | {
      /** For the privacy officer. SECURITY: the reference alone, nothing of a patient. */
      readonly type: 'privacy.alerted';
      readonly reference: string;
    }
  | {
      /** A system stays with this patient from now on. */
      readonly type: 'link.broken';
      readonly systemId: string;
      readonly patient: AuditedPatient | null;
    }
  | {
      /** It follows the shared patient again; this is the one it stayed with. */
      readonly type: 'link.rejoined';
      readonly systemId: string;
      readonly patient: AuditedPatient | null;
    }
  // ── What is open beside the patient ──
  | {
      /** An imaging study or an encounter of the chosen patient; before any system is brought there. */
      readonly type: 'beside.opened';
      readonly subject: 'study' | 'encounter';
      /** Its numbers, as it was named. */
      readonly numbers: readonly string[];
      /** Who asked: the clinician, a page (systemId) or another program (its own word). */
      readonly by: 'clinician' | 'page' | 'program';
      readonly systemId: string | null;
      readonly subscriberName: string | null;
      readonly patient: AuditedPatient;
      readonly epoch: number;
    }
  | {
      readonly type: 'beside.closed';
      readonly subject: 'study' | 'encounter';
      readonly because: 'clinician' | 'program' | 'patient-changed';
      readonly patient: AuditedPatient;
      /** Of the patient to whom it belonged. */
      readonly epoch: number;
    }
  | {
      /** Something of the patient is wanted in another system. */
      readonly type: 'intent.raised';
      readonly intent: IntentName;
      /** The page that asks; null: the clinician, in the shell. */
      readonly systemId: string | null;
      readonly patient: AuditedPatient | null;
      /** Who can do it. */
      readonly systems: readonly string[];
    }
  | {
      /** Before the system is brought there. */
      readonly type: 'intent.answered';
      readonly intent: IntentName;
      readonly outcome: 'opened' | 'cancelled' | 'refused';
      /** Where it was opened; null: nowhere. */
      readonly systemId: string | null;
      /** only-one: nobody else can · remembered: chosen once for always. null: nowhere. */
      readonly choice: 'only-one' | 'asked' | 'remembered' | null;
    }
  // ── What each system showed ──
  | {
      readonly type: 'system.displayed';
      /** `systems[].id` of the configuration. */
      readonly systemId: string;
      readonly shown: ShownIdentity;
      /** True: read back and equal to the chosen patient. False: shown although nothing could verify it. */
      readonly verified: boolean;
      readonly epoch: number;
      /** When it was uncovered (ISO 8601). */
      readonly at: string;
    }
  | {
      readonly type: 'system.covered';
      readonly systemId: string;
      /** LinkState at that moment. */
      readonly link: string;
      readonly reason: CoverReason;
      readonly epoch: number;
      /** How long the page had been visible until now, in milliseconds; 0: it never was in this epoch. */
      readonly displayedMs: number;
    }
  | {
      /** Its page was closed to save memory; hidden: nobody had seen it for as long as the configuration says. */
      readonly type: 'system.slept';
      readonly systemId: string;
      readonly because: 'hidden' | 'memory';
    }
  /** Somebody went to it: its page is opened anew. */
  | { readonly type: 'system.woken'; readonly systemId: string }
  // ── What was refused ──
  | {
      readonly type: 'navigation.blocked';
      readonly systemId: string;
      /** Origin only: a full address may hold a patient. "null" for addresses without one. */
      readonly origin: string;
      readonly context: 'top' | 'frame' | 'popup' | 'redirect';
    }
  | {
      readonly type: 'permission.refused';
      readonly systemId: string;
      readonly permission: string;
      readonly origin: string;
    }
  | {
      readonly type: 'certificate.refused';
      readonly systemId: string | null;
      readonly host: string;
      /** Chromium's name of the error: net::ERR_CERT_AUTHORITY_INVALID. */
      readonly error: string;
    }
  | { readonly type: 'download.refused'; readonly systemId: string; readonly origin: string }
  | { readonly type: 'outside.asked'; readonly systemId: string; readonly host: string }
  | {
      readonly type: 'outside.opened';
      /** null: a link of the downtime page. */
      readonly systemId: string | null;
      readonly host: string;
    }
  | { readonly type: 'outside.declined'; readonly systemId: string; readonly host: string }
  // ── Signing on to the systems; never a secret, not even its length ──
  | {
      /** Before anything is typed or answered. */
      readonly type: 'signOn.attempted';
      /** `systems[].id`, or `identityProviders[].id`. */
      readonly systemId: string;
      readonly method: 'negotiate' | 'http' | 'form' | 'oidc' | 'saml' | 'smart';
      /** Where it goes to: origin only. */
      readonly origin: string;
    }
  | {
      readonly type: 'signOn.ended';
      readonly systemId: string;
      readonly method: 'negotiate' | 'http' | 'form' | 'oidc' | 'saml' | 'smart';
      readonly outcome:
        'signed-on' | 'refused' | 'credentials-needed' | 'page-changed' | 'not-learnt' | 'unavailable' | 'by-hand';
    }
  | {
      /** Something asked for credentials, a ticket or a token that must not have them. Nothing was typed, nothing sent. */
      readonly type: 'signOn.blocked';
      readonly systemId: string;
      /** "further origins": of a page that asked for too many. */
      readonly origin: string;
      readonly reason:
        | 'unlisted-host'
        | 'not-encrypted'
        | 'proxy'
        | 'scheme'
        | 'asked-again'
        | 'other-page'
        | 'other-frame'
        | 'page-changed'
        | 'launch-expired'
        | 'launch-replayed'
        | 'state-mismatch'
        | 'client-mismatch'
        | 'token-refused';
      /** How often the same happened since the line before, without a line of its own. Absent: never. */
      readonly leftOut?: number;
    }
  | {
      readonly type: 'signOn.stored';
      readonly systemId: string;
      readonly change: 'stored' | 'removed' | 'refused' | 'password-changed';
    }
  | { readonly type: 'signOn.learnt'; readonly systemId: string; readonly origin: string; readonly fingerprint: string }
  | {
      /** A token of the SMART launcher: by its id only. */
      readonly type: 'signOn.tokenIssued';
      readonly systemId: string;
      readonly tokenId: string;
      readonly patient: AuditedPatient;
    }
  // ── The context hub, through which other programs follow and lead ──
  | { readonly type: 'contextHub.started'; readonly port: number }
  | { readonly type: 'contextHub.stopped'; readonly reason: 'session-ended' | 'crashed' }
  /** The hub of another program; host with its port, as in its address. */
  | { readonly type: 'contextHub.joined'; readonly host: string }
  | { readonly type: 'contextHub.left'; readonly reason: 'session-ended' | 'lost' }
  | {
      /** Another program asked for a change of patient; accepted: before the line that says who was chosen or closed. */
      readonly type: 'contextHub.asked';
      /** What the program calls itself; its own word. */
      readonly subscriberName: string;
      /** FHIRcast's name of the event: Patient-open. */
      readonly event: string;
      readonly outcome: 'accepted' | 'refused';
    }
  // ── Live channels, over which a page hears of its patient and may ask for something ──
  | {
      /** What a page said there and Lanyard did not act upon. */
      readonly type: 'live.refused';
      readonly systemId: string;
      /** Of the page. */
      readonly origin: string;
      readonly reason:
        | 'malformed'
        | 'too-large'
        | 'too-often'
        | 'other-frame'
        | 'wrong-handle'
        | 'no-scope'
        | 'may-not-lead'
        | 'not-verified';
      /** How often the same happened since the line before, without a line of its own. Absent: never. */
      readonly leftOut?: number;
    }
  // ── The support view ──
  | {
      /** Support staff asked who the masked patients are; before they were told. */
      readonly type: 'support.unmasked';
      /** As given: 10 to 300 characters. */
      readonly reason: string;
      readonly patients: readonly AuditedPatient[];
    }
  // ── The audit trail itself: who looked at it, and what became of it ──
  | {
      /** Before any row of the answer is shown. 110101. */
      readonly type: 'audit.viewed';
      /** Principal name of who asked. */
      readonly user: string;
      /** Which question; see domain/auditQuestions.ts. */
      readonly question: string;
      readonly filter: AuditFilter;
      /** Why, where the identities were asked for; null: they stay masked. */
      readonly reason: string | null;
      /** spool: the trail of this computer alone. */
      readonly place: 'server' | 'spool';
    }
  | {
      /** Before the file is written. */
      readonly type: 'audit.exported';
      readonly user: string;
      readonly question: string;
      readonly filter: AuditFilter;
      readonly reason: string;
      readonly format: ExportFormat;
      readonly records: number;
      /** SHA-256 of the file, lower-case hex. */
      readonly hash: string;
    }
  | {
      /** Somebody without the role asked; they were shown nothing. user null: somebody the directory does not know. */
      readonly type: 'audit.refused';
      readonly user: string | null;
      readonly because: 'no-role' | 'not-authenticated' | 'unknown-certificate';
    }
  | {
      /** The privacy officer's word on an access by break-glass, before it stands in the queue. */
      readonly type: 'alert.answered';
      readonly user: string;
      /** Of breakGlass.opened. */
      readonly reference: string;
      readonly answer: AlertAnswer;
      readonly note: string;
    }
  | {
      /** At the server: a record that does not go on from what is held of its chain. It is kept apart. */
      readonly type: 'trail.refused';
      readonly chain: string;
      readonly sequence: number;
      readonly because: TrailRefusal;
      /** Who brought it: the name in their certificate. */
      readonly peer: string;
    }
  | {
      /** At the server: the witness holds another tree than the database, or a longer one. */
      readonly type: 'trail.disagreed';
      readonly size: number;
    }
  | {
      readonly type: 'trail.retained';
      /** deleted: a month's records were deleted · held, released: a legal hold on everything about one subject. */
      readonly change: 'deleted' | 'held' | 'released';
      readonly user: string;
      /** "2026-11" of a deletion; of a hold, its name. */
      readonly subject: string;
      readonly records: number;
    }
  // ── The recording itself: written by the recorder only ──
  | {
      readonly type: 'chain.open';
      /** Random id of this chain: 32 hex digits (16 bytes). */
      readonly chain: string;
      readonly version: string;
      readonly node: string;
      /** Name of the computer; absent: as node, or of an older version. */
      readonly host?: string;
      /** The chain before this one on this workstation, or null for the first. */
      readonly previous: PreviousChain | null;
      /** How every record of this chain is authenticated; null: no auditor's key is configured, hashes only. */
      readonly mac: SealedFirstKey | null;
    }
  | { readonly type: 'chain.close' }
  | {
      /** Every 60 s while somebody is signed in: a gap in time is then a gap in the recording. */
      readonly type: 'chain.heartbeat';
    }
  | {
      /** Found at the start: the chain before has no end. Lanyard or the computer crashed, or its tail was cut. */
      readonly type: 'chain.crashFound';
      readonly chain: string;
      /** Number of its last whole record; null where that record cannot be read. */
      readonly sequence: number | null;
    }
  | {
      /**
       * The wall clock moved by more than 2 s against the monotonic one since the record before: somebody set it, or
       * the computer slept (on systems whose monotonic clock sleeps too).
       */
      readonly type: 'chain.clockJumped';
      /** Milliseconds; negative: it was set back. */
      readonly byMs: number;
    }
  | {
      /** Records could not be written for a while; everything was covered meanwhile. */
      readonly type: 'chain.resumed';
      /** When the first record was refused (ISO 8601). */
      readonly since: string;
      /** How many records were refused; what they asked for did not happen. */
      readonly refused: number;
      /** The operating system's name of the first error: ENOSPC, EROFS, ENOENT … */
      readonly error: string;
    }
  | {
      /** A record at the end of the previous chain was only half on disk (power cut, crash): it was cut off. */
      readonly type: 'chain.tornLineCut';
      readonly chain: string;
      /** Bytes cut. */
      readonly bytes: number;
      /** SHA-256 of the bytes cut, lower-case hex. */
      readonly hash: string;
    };

/** Why the audit server does not take a record into the trail. */
export type TrailRefusal =
  /** No record, or not in its one form. */
  | 'unreadable'
  /** Another record of this number is held already. */
  | 'fork'
  /** Its hash does not fit what it says and the record before it. */
  | 'altered'
  /** Records before it were never sent. */
  | 'gap';

export interface PreviousChain {
  readonly chain: string;
  /** Hash of its last whole record, lower-case hex; null where that record cannot be read. */
  readonly head: string | null;
  /** Number of its last whole record; null where that record cannot be read. */
  readonly sequence: number | null;
  /** False: its last record is not chain.close, so Lanyard crashed, or the tail was cut. */
  readonly closed: boolean;
}

/** The first key of a chain's MACs, readable by the auditor alone. */
export interface SealedFirstKey {
  /** mac_n = HMAC-SHA-256(k_n, h_n); k_(n+1) = HMAC-SHA-256(k_n, scheme). */
  readonly scheme: 'lanyard/evolve/1';
  /** First 16 hex digits of SHA-256 over the auditor's X25519 public key. */
  readonly auditor: string;
  /** k_1 in a libsodium sealed box (crypto_box_seal), base64. */
  readonly sealedKey: string;
}

/** Events other parts of Lanyard may record; the chain's own are made by the recorder. */
export type RecordableEvent = Exclude<AuditEvent, { type: `chain.${string}` }>;

/** What a part needs in order to record. Throws LanyardError('audit-unavailable') when the line is not on disk. */
export interface AuditPort {
  record(event: RecordableEvent): void;
}
