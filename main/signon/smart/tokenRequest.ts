/** The exchange of a code for a token: what a public client with PKCE must send (RFC 6749, section 4.1.3; RFC 7636). */
import { createHash } from 'node:crypto';
import { equalSecrets } from '../../context/hub/secretMap.js';
import type { CodeFacts } from './grants.js';
import { SmartRefusal } from './refusal.js';

export interface TokenRequest {
  readonly code: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly verifier: string;
}

/** @throws SmartRefusal */
export function readTokenRequest(body: string): TokenRequest {
  const form = new URLSearchParams(body);
  for (const name of new Set(form.keys()))
    if (form.getAll(name).length > 1) throw new SmartRefusal(400, 'invalid_request', 'A parameter is there twice.');
  if (form.get('grant_type') !== 'authorization_code')
    throw new SmartRefusal(400, 'unsupported_grant_type', 'Only "authorization_code" is supported.', 'token-refused');
  if (form.has('client_secret') || form.has('client_assertion'))
    throw new SmartRefusal(400, 'invalid_client', 'This application is registered as public.', 'client-mismatch');
  const [code, clientId, redirectUri, verifier] = ['code', 'client_id', 'redirect_uri', 'code_verifier'].map(
    (name) => form.get(name) ?? '',
  );
  if (!code || !clientId || !redirectUri || !verifier)
    throw new SmartRefusal(400, 'invalid_request', 'code, client_id, redirect_uri and code_verifier are required.');
  return { code, clientId, redirectUri, verifier };
}

/** @throws SmartRefusal */
export function checkTokenRequest({ clientId, redirectUri, verifier }: TokenRequest, facts: CodeFacts): void {
  if (clientId !== facts.clientId || redirectUri !== facts.redirectUri)
    throw new SmartRefusal(400, 'invalid_grant', 'client_id or redirect_uri is another one.', 'client-mismatch');
  // RFC 7636, section 4.1: 43 to 128 unreserved characters
  const isVerifier = /^[A-Za-z0-9\-._~]{43,128}$/.test(verifier);
  const digest = createHash('sha256').update(verifier).digest('base64url');
  if (!isVerifier || !equalSecrets(digest, facts.challenge))
    throw new SmartRefusal(400, 'invalid_grant', 'code_verifier does not fit.', 'client-mismatch');
}
