/** How an application finds out what this launcher can do: SMART configuration, OpenID configuration, metadata. */
import { compartmentTypes } from './patientCompartment.js';

export interface Endpoints {
  /** iss: the FHIR server as this application knows it, without a slash at the end. */
  readonly issuer: string;
  readonly authorize: string;
  readonly token: string;
}

export interface Abilities {
  readonly scopes: readonly string[];
  readonly openId: boolean;
  readonly encounter: boolean;
}

/** SMART App Launch 2.2, "Conformance": .well-known/smart-configuration */
export function smartConfiguration(
  { issuer, authorize, token }: Endpoints,
  { scopes, openId, encounter }: Abilities,
): object {
  return {
    ...(openId && { issuer, jwks_uri: jwksAddress(issuer) }),
    authorization_endpoint: authorize,
    token_endpoint: token,
    token_endpoint_auth_methods_supported: ['none'],
    grant_types_supported: ['authorization_code'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    scopes_supported: scopes,
    capabilities: [
      'launch-ehr',
      'client-public',
      'context-ehr-patient',
      ...(encounter ? ['context-ehr-encounter'] : []),
      'context-banner',
      'permission-patient',
      'permission-v1',
      'permission-v2',
      ...(openId ? ['sso-openid-connect'] : []),
    ],
  };
}

/** OpenID Connect Discovery 1.0, section 3. */
export function openIdConfiguration({ issuer, authorize, token }: Endpoints, { scopes }: Abilities): object {
  return {
    issuer,
    authorization_endpoint: authorize,
    token_endpoint: token,
    jwks_uri: jwksAddress(issuer),
    scopes_supported: scopes,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
    token_endpoint_auth_methods_supported: ['none'],
    code_challenge_methods_supported: ['S256'],
  };
}

/** @param date YYYY-MM-DD */
export function capabilityStatement({ issuer, authorize, token }: Endpoints, date: string): object {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date,
    kind: 'instance',
    implementation: { description: 'One patient’s record, through Lanyard', url: issuer },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json'],
    rest: [
      {
        mode: 'server',
        security: {
          cors: true,
          service: [
            {
              coding: [
                { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
              ],
            },
          ],
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: [
                { url: 'authorize', valueUri: authorize },
                { url: 'token', valueUri: token },
              ],
            },
          ],
        },
        resource: compartmentTypes.map((type) => ({
          type,
          interaction: [{ code: 'read' }, { code: 'search-type' }],
        })),
      },
    ],
  };
}

function jwksAddress(issuer: string): string {
  return `${issuer}/.well-known/jwks.json`;
}
