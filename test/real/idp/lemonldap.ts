/** What LemonLDAP::NG is told, on top of Debian's default configuration: Active Directory, Kerberos, who may rely on it. */
import type { DomainController } from '../ad/domainController.js';

export interface OidcClient {
  /** client_id; a public client, which must use PKCE. */
  readonly id: string;
  readonly redirectUris: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  /** OpenID Connect Front-Channel Logout: shown in a frame when somebody signs out. */
  readonly frontChannelLogoutUri?: string;
}

export interface SamlServiceProvider {
  /** Letters only: the provider's name for it. */
  readonly id: string;
  readonly metadata: string;
}

export interface LemonldapOptions {
  /** https://idp.ward.example.nhs/ */
  readonly url: string;
  readonly folder: string;
  readonly controller: DomainController;
  readonly clients: readonly OidcClient[];
  readonly serviceProviders: readonly SamlServiceProvider[];
  /** PEM: private and public key of the ID tokens, private key and certificate of the assertions. */
  readonly keys: {
    readonly oidcPrivate: string;
    readonly oidcPublic: string;
    readonly samlPrivate: string;
    readonly samlCertificate: string;
  };
}

/** The main parts are as in the product's documentation, "Kerberos", "Active Directory", "OpenID Connect", "SAML". */
export function lemonldapConfiguration(base: object, options: LemonldapOptions): object {
  const { url, folder, controller, clients, serviceProviders, keys } = options;
  const directory = 'DC=ward,DC=example,DC=nhs';
  const filter = '(&(sAMAccountName=$user)(objectClass=person))';
  const sessions = (name: string) => ({ Directory: `${folder}/${name}`, LockDirectory: `${folder}/${name}/lock` });
  return {
    ...base,
    domain: controller.domain,
    portal: url,
    // with TLS the cookie may be sent from other sites (a SAML request that is posted), without it would be dropped
    securedCookie: 1,
    sameSite: 'None',
    globalStorageOptions: {
      ...sessions('sessions'),
      generateModule: 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256',
    },
    localSessionStorageOptions: {
      cache_depth: 3,
      cache_root: `${folder}/cache`,
      default_expires_in: 600,
      directory_umask: '007',
      namespace: 'lemonldap-ng-sessions',
    },
    persistentStorageOptions: sessions('psessions'),
    notification: 0,
    notificationStorageOptions: { dirName: `${folder}/notifications` },
    // 2.16 forgets to allow the frames of its own sign-out page where the system speaks OpenID Connect
    cspDefault: `'self'; frame-src 'self' ${clients.flatMap(frameOriginOf).join(' ')}`,
    portalDisplayRegister: 0,
    portalDisplayResetPassword: 0,
    stayConnected: 0,
    captcha_login_enabled: 0,
    requireToken: 0,

    // a ticket first, silently by a script of the sign-in page; else the form
    authentication: 'Combination',
    combination: '[K, L] or [L, L]',
    combModules: { K: { type: 'Kerberos', for: 1 }, L: { type: 'AD', for: 0 } },
    krbKeytab: `${folder}/idp.keytab`,
    krbByJs: 1,
    krbRemoveDomain: 1,
    passwordDB: 'AD',
    registerDB: 'Null',
    ldapServer: `ldaps://${controller.name}`,
    ldapVerify: 'require',
    ldapCAFile: `${folder}/authority.pem`,
    ldapBase: directory,
    managerDn: `CN=svc.lanyard,OU=Services,OU=Trust,${directory}`,
    managerPassword: controller.serviceAccount.password,
    AuthLDAPFilter: filter,
    LDAPFilter: filter,
    ldapExportedVars: { uid: 'sAMAccountName', cn: 'cn', mail: 'mail', sn: 'sn', givenName: 'givenName' },
    ADPwdMaxAge: 0,
    ADPwdExpireWarning: 0,

    issuerDBOpenIDConnectActivation: 1,
    oidcServiceMetaDataIssuer: url,
    oidcServicePrivateKeySig: keys.oidcPrivate,
    oidcServicePublicKeySig: keys.oidcPublic,
    oidcServiceKeyIdSig: 'test-1',
    oidcServiceAllowAuthorizationCodeFlow: 1,
    oidcRPMetaDataOptions: Object.fromEntries(clients.map((client) => [client.id, clientOptions(client)])),
    oidcRPMetaDataExportedVars: Object.fromEntries(
      clients.map(({ id }) => [id, { email: 'mail', name: 'cn', family_name: 'sn', given_name: 'givenName' }]),
    ),

    issuerDBSAMLActivation: 1,
    samlEntityID: `${url}saml/metadata`,
    samlOrganizationName: 'Test Hospital',
    samlOrganizationDisplayName: 'Test Hospital',
    samlOrganizationURL: url,
    samlServicePrivateKeySig: keys.samlPrivate,
    samlServicePublicKeySig: keys.samlCertificate,
    samlServiceSignatureMethod: 'RSA_SHA256',
    samlSPMetaDataXML: Object.fromEntries(
      serviceProviders.map(({ id, metadata }) => [id, { samlSPMetaDataXML: metadata }]),
    ),
    samlSPMetaDataOptions: Object.fromEntries(serviceProviders.map(({ id }) => [id, SERVICE_PROVIDER])),
    samlSPMetaDataExportedAttributes: Object.fromEntries(
      serviceProviders.map(({ id }) => [id, { uid: '1;uid', cn: '1;cn' }]),
    ),
  };
}

function frameOriginOf({ frontChannelLogoutUri }: OidcClient): string[] {
  return frontChannelLogoutUri === undefined ? [] : [new URL(frontChannelLogoutUri).origin];
}

function clientOptions({ id, redirectUris, postLogoutRedirectUris = [], frontChannelLogoutUri }: OidcClient): object {
  const name = (option: string) => `oidcRPMetaDataOptions${option}`;
  return {
    [name('ClientID')]: id,
    [name('Public')]: 1,
    [name('RequirePKCE')]: 1,
    [name('RedirectUris')]: redirectUris.join(' '),
    [name('PostLogoutRedirectUris')]: postLogoutRedirectUris.join(' '),
    [name('IDTokenSignAlg')]: 'RS256',
    [name('BypassConsent')]: 1,
    [name('AccessTokenExpiration')]: 3600,
    [name('IDTokenExpiration')]: 3600,
    [name('UserIDAttr')]: 'uid',
    ...(frontChannelLogoutUri !== undefined && {
      [name('LogoutUrl')]: frontChannelLogoutUri,
      [name('LogoutType')]: 'front',
      [name('LogoutSessionRequired')]: 1,
    }),
  };
}

const SERVICE_PROVIDER = {
  samlSPMetaDataOptionsNameIDFormat: 'unspecified',
  samlSPMetaDataOptionsNameIDSessionKey: 'uid',
  samlSPMetaDataOptionsSignSSOMessage: 1,
  samlSPMetaDataOptionsCheckSSOMessageSignature: 1,
  samlSPMetaDataOptionsSignSLOMessage: 1,
  samlSPMetaDataOptionsCheckSLOMessageSignature: 1,
  samlSPMetaDataOptionsEncryptionMode: 'none',
  samlSPMetaDataOptionsSignatureMethod: 'RSA_SHA256',
  samlSPMetaDataOptionsNotOnOrAfterTimeout: 72000,
  samlSPMetaDataOptionsSessionNotOnOrAfterTimeout: 72000,
};
