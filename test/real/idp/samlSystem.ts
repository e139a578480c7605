/** A service provider of SAML 2.0 (node-saml): signed requests, signed assertions, one answer for each request. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SAML, ValidateInResponseTo } from '@node-saml/node-saml';
import { readBody } from '../../demo/http.js';
import { refuse, type RelyingSystem, startRelyingSystem } from './relyingSystem.js';

export interface SamlParty {
  readonly metadata: string;
  start(provider: { readonly url: string; readonly assertionCertificate: string }): Promise<RelyingSystem>;
}

const OPENSSL_MS = 10_000;

/** The provider wants to know the metadata before it starts; the system wants to know the provider's certificate. */
export function samlParty(port: number): SamlParty {
  const origin = `http://127.0.0.1:${port}`;
  const { key, certificate } = selfSigned();
  const settings = (provider: string, idpCert: string) =>
    new SAML({
      issuer: 'urn:test:letters',
      audience: 'urn:test:letters',
      callbackUrl: `${origin}/assertion`,
      logoutCallbackUrl: `${origin}/signed-out`,
      entryPoint: `${provider}saml/singleSignOn`,
      logoutUrl: `${provider}saml/singleLogout`,
      idpCert,
      privateKey: key,
      publicCert: certificate,
      signatureAlgorithm: 'sha256',
      wantAuthnResponseSigned: false,
      wantAssertionsSigned: true,
      identifierFormat: null,
      authnRequestBinding: 'HTTP-Redirect',
      disableRequestedAuthnContext: true,
      validateInResponseTo: ValidateInResponseTo.always,
    });
  return {
    metadata: settings('https://provider.invalid/', certificate).generateServiceProviderMetadata(null, certificate),
    start: async ({ url, assertionCertificate }) => {
      const saml = settings(url, assertionCertificate);
      return startRelyingSystem({
        name: 'Letters',
        cookie: 'letters_session',
        port,
        askProvider: async ({ response }, returnTo) => {
          response.writeHead(302, { location: await saml.getAuthorizeUrlAsync(returnTo, undefined, {}) }).end();
        },
        answer: async (exchange, sessions) => {
          const { pathname } = exchange.url;
          if (pathname !== '/assertion' && pathname !== '/signed-out') return false;
          const form = Object.fromEntries(new URLSearchParams((await readBody(exchange.request, 1_000_000)) ?? ''));
          try {
            if (pathname === '/signed-out') {
              const { profile } = await saml.validatePostRequestAsync(form);
              sessions.end(({ userName }) => userName === profile.nameID);
              exchange.response.writeHead(200, { 'content-type': 'text/html' }).end('signed out');
              return true;
            }
            const { profile } = await saml.validatePostResponseAsync(form);
            if (!profile) refuse(exchange, 'the answer holds nobody');
            else {
              const returnTo = /^\/(?!\/)/.test(form['RelayState'] ?? '') ? (form['RelayState'] ?? '/') : '/';
              sessions.begin(
                exchange,
                { userName: profile.nameID, providerSession: profile.sessionIndex ?? null },
                returnTo,
              );
            }
          } catch (error) {
            refuse(exchange, error instanceof Error ? error.message : 'unknown');
          }
          return true;
        },
      });
    },
  };
}

function selfSigned(): { key: string; certificate: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'saml-party-'));
  try {
    const [key, certificate] = [path.join(folder, 'key.pem'), path.join(folder, 'certificate.pem')];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '30',
        '-subj',
        '/CN=letters',
        '-keyout',
        key,
        '-out',
        certificate,
      ],
      { stdio: 'ignore', timeout: OPENSSL_MS },
    );
    return { key: readFileSync(key, 'utf8'), certificate: readFileSync(certificate, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
