/** What the launcher refuses: to the application's program as OAuth or FHIR says it, never with a value in it. */
import type { AuditEvent } from '../../domain/audit.js';

export type BlockedReason = Extract<AuditEvent, { type: 'signOn.blocked' }>['reason'];

export class SmartRefusal extends Error {
  override readonly name = 'SmartRefusal';
  constructor(
    /** HTTP status. */
    readonly status: number,
    /** OAuth error (RFC 6749, sections 4.1.2.1 and 5.2), or a code of FHIR's IssueType. */
    readonly code: string,
    /** A plain sentence; never a token, code, patient or address. */
    message: string,
    /** Null: not worth a line of the audit trail. */
    readonly blocked: BlockedReason | null = null,
  ) {
    super(message);
  }
}
