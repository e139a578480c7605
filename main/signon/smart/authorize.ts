/**
 * The authorisation request of a launched application (SMART App Launch 2, "Obtain authorization code"; RFC 6749,
 * section 4.1.1; RFC 7636). There is nothing to click: the clinician signed in to Lanyard and chose the patient.
 */
import { givenScopes, hasWord, type SmartScope } from '../../domain/smartScope.js';
import { SmartRefusal } from './refusal.js';

export interface SmartClient {
  readonly clientId: string;
  readonly redirectUris: readonly string[];
  readonly scopes: readonly string[];
}

export interface AuthorizationRequest {
  readonly launch: string;
  readonly challenge: string;
  readonly scopes: readonly SmartScope[];
  readonly nonce: string | null;
}

/**
 * SMART asks applications for 122 bits. What a text's entropy is cannot be seen; 16 characters is what the most used
 * library for such applications (fhirclient) sends, so less, or the same few characters over and over, is refused.
 */
const SHORTEST_STATE = 16;
const FEWEST_CHARACTERS = 6;
const LONGEST_STATE = 1024;

/**
 * Where the answer may go: only to an exact address of the exact client. Everything else stays on a page of Lanyard's.
 * @throws SmartRefusal
 */
export function redirectTarget(parameters: URLSearchParams, client: SmartClient): URL {
  const clientId = once(parameters, 'client_id');
  const redirectUri = once(parameters, 'redirect_uri');
  if (clientId !== client.clientId)
    throw new SmartRefusal(400, 'invalid_client', 'It did not give the name it is registered by.', 'client-mismatch');
  // SECURITY: compared as text: no prefix, no normalising, no default
  if (redirectUri === null || !client.redirectUris.includes(redirectUri))
    throw new SmartRefusal(
      400,
      'invalid_request',
      'It asked to be answered at an address that is not registered.',
      'client-mismatch',
    );
  return new URL(redirectUri);
}

/** @param issuer iss @throws SmartRefusal, to be told to the application */
export function readAuthorization(
  parameters: URLSearchParams,
  client: SmartClient,
  { issuer, givesFhirUser }: { readonly issuer: string; readonly givesFhirUser: boolean },
): AuthorizationRequest {
  for (const name of new Set(parameters.keys()))
    if (parameters.getAll(name).length > 1) throw invalid(`The parameter ${known(name)} is there twice.`);
  const state = parameters.get('state') ?? '';
  if (state.length < SHORTEST_STATE || new Set(state).size < FEWEST_CHARACTERS || state.length > LONGEST_STATE)
    throw new SmartRefusal(400, 'invalid_request', 'The parameter state is missing or too simple.', 'state-mismatch');
  if (parameters.get('response_type') !== 'code')
    throw new SmartRefusal(
      400,
      'unsupported_response_type',
      'Only response_type "code" is supported.',
      'client-mismatch',
    );
  if (parameters.get('aud')?.replace(/\/$/, '') !== issuer)
    throw new SmartRefusal(400, 'invalid_request', 'The parameter aud is not this server.', 'client-mismatch');
  const challenge = parameters.get('code_challenge') ?? '';
  if (parameters.get('code_challenge_method') !== 'S256' || !/^[A-Za-z0-9_-]{43}$/.test(challenge))
    throw new SmartRefusal(400, 'invalid_request', 'PKCE with S256 is required.', 'client-mismatch');
  const scopes = givenScopes(parameters.get('scope') ?? '', client.scopes).filter(
    (scope) => givesFhirUser || scope.kind !== 'word' || scope.word !== 'fhirUser',
  );
  if (!hasWord(scopes, 'launch'))
    throw new SmartRefusal(400, 'invalid_scope', 'The scope "launch" is required.', 'client-mismatch');
  const nonce = parameters.get('nonce');
  if (nonce !== null && nonce.length > LONGEST_STATE) throw invalid('The parameter nonce is too long.');
  return { launch: parameters.get('launch') ?? '', challenge, scopes, nonce };
}

/** Null where it is missing or there twice. */
function once(parameters: URLSearchParams, name: string): string | null {
  const [value, ...more] = parameters.getAll(name);
  return value === undefined || more.length > 0 ? null : value;
}

/** The name of a parameter is the caller's own text, so only short plain ones are said back. */
function known(name: string): string {
  return /^[a-z_]{1,30}$/.test(name) ? name : 'with an odd name';
}

function invalid(message: string): SmartRefusal {
  return new SmartRefusal(400, 'invalid_request', message, 'client-mismatch');
}
