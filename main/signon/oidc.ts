/**
 * OpenID Connect: what the addresses of its authorization request and of a refused answer say. The tokens are the
 * system's own affair; Lanyard never sees them.
 */
import { createFederatedSignOn, type FederatedSystem, type Protocol } from './federation.js';
import type { SignOnMethod } from './signOn.js';

/** The provider was asked not to show a page (prompt=none), and would have to. OpenID Connect Core, section 3.1.2.6. */
const SIGN_IN_HELPS = ['login_required', 'interaction_required', 'account_selection_required'];
/** The others that may be named to people: a page's own text is never repeated. RFC 6749, section 4.1.2.1. */
const KNOWN = [
  ...SIGN_IN_HELPS,
  'access_denied',
  'consent_required',
  'invalid_request',
  'invalid_scope',
  'request_not_supported',
  'server_error',
  'temporarily_unavailable',
  'unauthorized_client',
  'unsupported_response_type',
];

const oidc: Protocol = {
  name: 'oidc',
  readRequest: ({ searchParams }) => ({
    returnsTo: searchParams.get('redirect_uri'),
    mark: searchParams.get('state'),
  }),
  readAnswer: (address) => {
    // response_mode "query" or "fragment"
    for (const parameters of [address.searchParams, new URLSearchParams(address.hash.slice(1))]) {
      const error = parameters.get('error');
      const reason = KNOWN.find((known) => known === error);
      if (reason === undefined && !parameters.has('code')) continue;
      const refusal = reason === undefined ? null : { reason, signInMayHelp: SIGN_IN_HELPS.includes(reason) };
      return { mark: parameters.get('state'), refusal };
    }
    return null;
  },
};

export function createOidcSignOn(system: FederatedSystem): SignOnMethod {
  return createFederatedSignOn(system, oidc);
}
