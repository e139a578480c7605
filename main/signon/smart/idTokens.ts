/** Who the clinician is, as a signed statement for an application that may ask (OpenID Connect Core, section 2). */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';

export interface SmartClinician {
  /** Stable and unique for this clinician: the principal name. */
  readonly subject: string;
  /** Address of their Practitioner resource; null: not known, and the scope fhirUser is never given. */
  readonly fhirUser: string | null;
}

export interface IdTokenFacts {
  readonly issuer: string;
  readonly audience: string;
  readonly nonce: string | null;
  readonly withFhirUser: boolean;
  /** Milliseconds since 1970, as `expiresAt`. */
  readonly now: number;
  readonly expiresAt: number;
}

export interface IdTokens {
  readonly givesFhirUser: boolean;
  /** Compact JWS, ES256. */
  sign(facts: IdTokenFacts): Promise<string>;
  /** A JSON Web Key Set. */
  publicKeys(): object;
}

/** With a key of its own, that ends with the session. */
export async function createIdTokens({ subject, fhirUser }: SmartClinician): Promise<IdTokens> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return {
    givesFhirUser: fhirUser !== null,
    publicKeys: () => ({ keys: [{ ...jwk, kid, use: 'sig', alg: 'ES256' }] }),
    sign: ({ issuer, audience, nonce, withFhirUser, now, expiresAt }) =>
      new SignJWT({ ...(nonce !== null && { nonce }), ...(withFhirUser && fhirUser !== null && { fhirUser }) })
        .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt(Math.floor(now / 1000))
        .setExpirationTime(Math.floor(expiresAt / 1000))
        .sign(privateKey),
  };
}
