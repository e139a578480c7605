/**
 * SAML 2.0: what the address of an authentication request says (HTTP-Redirect binding). Answers travel in forms, so a
 * refusal is the system's to show; assertions are its own affair, Lanyard never sees them.
 */
import { inflateRawSync } from 'node:zlib';
import { createFederatedSignOn, type FederatedSystem, type Protocol } from './federation.js';
import type { SignOnMethod } from './signOn.js';

/** Real requests have about 1 kB; a longer one is not unpacked. */
const LONGEST_REQUEST = 100_000;

const saml: Protocol = {
  name: 'saml',
  readRequest: ({ searchParams }) => ({
    returnsTo: assertionConsumerOf(searchParams.get('SAMLRequest')),
    mark: null, // the answer's InResponseTo is in the form that is posted
  }),
  readAnswer: () => null,
};

export function createSamlSignOn(system: FederatedSystem): SignOnMethod {
  return createFederatedSignOn(system, saml);
}

/**
 * AssertionConsumerServiceURL of a request, or null where it names none or cannot be read: then the provider uses the
 * address that it knows. Saml-bindings-2.0, section 3.4.4.1: base64 of raw deflate.
 */
function assertionConsumerOf(request: string | null): string | null {
  if (request === null) return null;
  try {
    const xml = inflateRawSync(Buffer.from(request, 'base64'), { maxOutputLength: LONGEST_REQUEST }).toString('utf8');
    const found = /\sAssertionConsumerServiceURL\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(xml);
    const address = found?.[1] ?? found?.[2];
    return address === undefined ? null : address.replaceAll('&amp;', '&');
  } catch {
    return null;
  }
}
