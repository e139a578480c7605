/** What went wrong, from a bind's diagnostic text or from an error of the network, TLS or the LDAP library. */
import { ResultCodeError } from 'ldapts';
import type { RefusalReason } from '../identity/directory.js';

/** LDAP result codes (RFC 4511 4.1.9). */
const STRONG_AUTH_REQUIRED = 8;
const CONFIDENTIALITY_REQUIRED = 13;
const INVALID_CREDENTIALS = 49;

/** "data 52e": the Windows error code, in hex, that AcceptSecurityContext gave ([MS-ERREF] 2.2). */
const reasons: Readonly<Record<string, RefusalReason>> = {
  '525': 'wrong-credentials',
  '52e': 'wrong-credentials',
  '52f': 'account-restriction',
  '530': 'outside-hours',
  '531': 'wrong-workstation',
  '532': 'password-expired',
  '533': 'account-disabled',
  '701': 'account-expired',
  '773': 'must-change-password',
  '775': 'locked-out',
};

/** `diagnostic`: "80090308: LdapErr: DSID-…, comment: AcceptSecurityContext error, data 52e, v1db1". */
export function refusalReason(diagnostic: string): RefusalReason {
  const code = /\bdata ([0-9a-f]{3,4})\b/i.exec(diagnostic)?.[1]?.toLowerCase();
  // A refusal without a code (a proxy, an old server) can only mean what result 49 means.
  return code === undefined ? 'wrong-credentials' : (reasons[code] ?? 'refused');
}

/** The bind was refused for this person: asking another controller would only count the wrong password twice. */
export function isRefusal(error: unknown): error is ResultCodeError {
  return error instanceof ResultCodeError && error.code === INVALID_CREDENTIALS;
}

/** Why one controller could not help; the next one may. */
export interface ControllerFailure {
  readonly kind: 'unreachable' | 'certificate' | 'strong-authentication' | 'directory-error';
  /** For IT: no user name, no text from the server. */
  readonly detail: string;
}

export function controllerFailure(error: unknown): ControllerFailure {
  if (error instanceof ResultCodeError) {
    const insists = error.code === STRONG_AUTH_REQUIRED || error.code === CONFIDENTIALITY_REQUIRED;
    return insists
      ? {
          kind: 'strong-authentication',
          detail: `it insists on a signed or encrypted connection (LDAP result ${error.code}): check directory.security`,
        }
      : { kind: 'directory-error', detail: `it answered with LDAP result ${error.code}` };
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
  if (code !== null && certificateErrors.has(code)) {
    return { kind: 'certificate', detail: `its certificate is not accepted (${code}): check directory.caFile` };
  }
  if (code !== null && code in networkErrors) return { kind: 'unreachable', detail: networkErrors[code] ?? code };
  if (error instanceof Error && /timed out/i.test(error.message)) {
    return { kind: 'directory-error', detail: 'it stopped answering' };
  }
  return {
    kind: 'directory-error',
    detail: code === null ? 'it closed the connection' : `connection failed (${code})`,
  };
}

const networkErrors: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it reset the connection',
  EHOSTUNREACH: 'there is no way to its address',
  ENETUNREACH: 'there is no way to its network',
  ENOTFOUND: 'its name is not known',
  EAI_AGAIN: 'its name could not be looked up',
  ENODATA: 'its name has no address',
  ESERVFAIL: 'its name could not be looked up',
  ETIMEOUT: 'its name could not be looked up in time',
  ECANCELLED: 'its name could not be looked up in time',
  ETIMEDOUT: 'it does not answer',
  ESTARTTLS: 'it does not offer StartTLS',
};

/** Node's names for certificates it does not accept (X509 verify results, and its own check of the name). */
const certificateErrors: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);
