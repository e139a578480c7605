/** A results system that signs people in by OpenID Connect: code flow with PKCE, state, nonce; ID token verified. */
import { createHash, randomBytes } from 'node:crypto';
import { request as ask } from 'node:https';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose';
import { refuse, type RelyingSystem, startRelyingSystem } from './relyingSystem.js';

export interface OidcSystemOptions {
  readonly port: number;
  readonly clientId: string;
  /** The issuer, with a slash at the end. */
  readonly provider: string;
  /** PEM: vouches for the provider's certificate. */
  readonly authority: string;
}

interface Asked {
  readonly verifier: string;
  readonly nonce: string;
  readonly returnTo: string;
}

const ANSWER_MS = 10_000;

export async function startOidcSystem({
  port,
  clientId,
  provider,
  authority,
}: OidcSystemOptions): Promise<RelyingSystem> {
  const asked = new Map<string, Asked>();
  const redirectUri = `http://127.0.0.1:${port}/callback`;
  const random = () => randomBytes(24).toString('base64url');
  return startRelyingSystem({
    name: 'Results',
    cookie: 'results_session',
    port,
    askProvider: async ({ response }, returnTo) => {
      const [state, verifier, nonce] = [random(), random() + random(), random()];
      asked.set(state, { verifier, nonce, returnTo });
      const parameters = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: 'openid profile',
        state,
        nonce,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      response.writeHead(302, { location: `${provider}oauth2/authorize?${parameters.toString()}` }).end();
    },
    answer: async (exchange, sessions) => {
      const { searchParams, pathname } = exchange.url;
      if (pathname === '/signed-out') {
        const session = searchParams.get('sid');
        // LemonLDAP::NG 2.16 writes the subject where the standard wants its session's name
        if (session !== null)
          sessions.end(({ providerSession, userName }) => providerSession === session || userName === session);
        exchange.response.writeHead(200, { 'content-type': 'text/html' }).end('signed out');
        return true;
      }
      if (pathname !== '/callback') return false;
      const state = searchParams.get('state') ?? '';
      const mine = asked.get(state);
      asked.delete(state);
      if (!mine) {
        refuse(exchange, 'this answer was not asked for');
        return true;
      }
      const body = new URLSearchParams({
        grant_type: 'authorization_code',
        code: searchParams.get('code') ?? '',
        redirect_uri: redirectUri,
        client_id: clientId,
        code_verifier: mine.verifier,
      });
      const tokens = JSON.parse(await fetchText(`${provider}oauth2/token`, authority, body.toString())) as Partial<
        Record<string, string>
      >;
      const keys = JSON.parse(await fetchText(`${provider}oauth2/jwks`, authority)) as JSONWebKeySet;
      const { payload } = await jwtVerify(tokens['id_token'] ?? '', createLocalJWKSet(keys), {
        issuer: provider,
        audience: clientId,
      });
      if (payload['nonce'] !== mine.nonce) refuse(exchange, 'the nonce is another one');
      else {
        const { sub = '', sid } = payload;
        sessions.begin(
          exchange,
          { userName: sub, providerSession: typeof sid === 'string' ? sid : null },
          mine.returnTo,
        );
      }
      return true;
    },
  });
}

/** @param body present: posted as a form */
function fetchText(address: string, ca: string, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const question = ask(
      address,
      { ca, method: body === undefined ? 'GET' : 'POST', headers, timeout: ANSWER_MS },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () => {
          resolve(Buffer.concat(chunks).toString('utf8'));
        });
        answer.once('error', reject);
      },
    );
    question.once('timeout', () => question.destroy(new Error('the identity provider did not answer in time')));
    question.once('error', reject);
    question.end(body);
  });
}
