// Proves that a configuration cannot send a password, a ticket or a token outside a system's own origins.
import { expect, test } from 'vitest';
import type { ConfigurationProblem } from '../../main/policy/configuration.js';
import { parseConfiguration } from '../../main/policy/parseConfiguration.js';
import { minimal, options } from './policyExample.js';

const EPR = 'https://epr.ward.example.nhs';
const recipe = {
  origin: EPR,
  path: '/login',
  steps: [{ userName: { selector: '#user' }, password: { selector: '#password' } }],
};
const form = { method: 'form', recipe };
const smart = {
  method: 'smart',
  clientId: 'growth-chart',
  redirectUris: [`${EPR}/callback`],
  scopes: ['launch', 'patient/Observation.rs'],
};
const provider = {
  id: 'trust',
  title: 'Trust sign-in',
  url: 'https://sso.ward.example.nhs/',
  signOn: { method: 'negotiate' },
};

interface Parts {
  readonly signOn?: object;
  readonly launch?: object;
  readonly providers?: readonly object[];
  readonly vault?: object;
  readonly mode?: string;
  readonly system?: object;
}

function problemsOf({ signOn, launch, providers, vault, mode, system }: Parts): readonly ConfigurationProblem[] {
  const { systems, ...rest } = minimal();
  const [first, ...others] = systems;
  const root = {
    ...rest,
    workstation: { mode: mode ?? 'shared' },
    systems: [{ ...first, ...(signOn && { signOn }), ...(launch && { context: { launch } }), ...system }, ...others],
    ...(providers && { identityProviders: providers }),
    ...(vault && { vault }),
  };
  const reading = parseConfiguration(JSON.stringify(root), options);
  return reading.ok ? [] : reading.problems;
}

const smartLaunch = { kind: 'smart', url: `${EPR}/launch` };

test.each<[what: string, parts: Parts]>([
  ['SMART', { signOn: smart, launch: smartLaunch }],
  ['a form', { signOn: form }],
  ['a form that is learnt', { signOn: { method: 'form' } }],
  [
    'a form in two steps',
    {
      signOn: {
        method: 'form',
        recipe: { ...recipe, steps: [{ userName: { selector: '#u' } }, { password: { selector: '#p' } }] },
      },
    },
  ],
  [
    'a form in a frame of another listed origin',
    {
      signOn: { method: 'form', recipe: { ...recipe, frame: { origin: 'https://login.example' } } },
      system: { origins: [EPR, 'https://login.example'] },
    },
  ],
  ['Kerberos on its own host', { signOn: { method: 'negotiate', hosts: ['epr.ward.example.nhs'], otherwise: form } }],
  ['an identity provider', { signOn: { method: 'oidc', provider: 'trust' }, providers: [provider] }],
  ['a roaming file', { vault: { store: 'roaming-file', folder: '/home' } }],
  ['a keychain', { vault: { store: 'keychain' }, mode: 'windows-user' }],
])('accepts %s', (_what, parts) => {
  expect(problemsOf(parts)).toEqual([]);
});

const recipeWith = (more: object): Parts => ({ signOn: { method: 'form', recipe: { ...recipe, ...more } } });
const withProvider = (more: object, id = 'trust'): Parts => ({
  signOn: { method: 'saml', provider: id },
  providers: [{ ...provider, ...more }],
});

test.each<[what: string, parts: Parts, at: string, message: RegExp, suggestion: RegExp | null]>([
  ['a SMART launch without SMART', { launch: smartLaunch }, 'systems[0].context.launch.kind', /registered/, /"smart"/],
  ['SMART without its launch', { signOn: smart }, 'systems[0].signOn.method', /launch address/, /"smart"/],
  [
    'a launch elsewhere',
    { signOn: smart, launch: { kind: 'smart', url: 'https://epr.ward.example.nsh/launch' } },
    'systems[0].context.launch.url',
    /not inside/,
    /mean "https:\/\/epr/,
  ],
  [
    'an answer elsewhere',
    { signOn: { ...smart, redirectUris: ['https://evil.example/x'] }, launch: smartLaunch },
    'systems[0].signOn.redirectUris[0]',
    /not inside/,
    /Add/,
  ],
  [
    'an answer with a fragment',
    { signOn: { ...smart, redirectUris: [`${EPR}/#x`] }, launch: smartLaunch },
    'systems[0].signOn.redirectUris[0]',
    /after #/,
    null,
  ],
  [
    'a scope that writes',
    { signOn: { ...smart, scopes: ['launch', 'patient/Observation.write'] }, launch: smartLaunch },
    'systems[0].signOn.scopes[1]',
    /never gives/,
    /to read/,
  ],
  [
    'scopes without launch',
    { signOn: { ...smart, scopes: ['patient/Observation.rs'] }, launch: smartLaunch },
    'systems[0].signOn.scopes',
    /Without/,
    /"launch"/,
  ],
  [
    'SMART of an image viewer',
    { signOn: smart, launch: smartLaunch, system: { kind: 'pacs' } },
    'systems[0].context.launch.kind',
    /image viewer/,
    /"web"/,
  ],
  [
    'a ticket for a look-alike host',
    { signOn: { method: 'negotiate', hosts: ['epr.ward.examp1e.nhs'] } },
    'systems[0].signOn.hosts[0]',
    /not a host/,
    /mean "epr\.ward\.example\.nhs"/,
  ],
  [
    'a password for another host',
    { signOn: { method: 'http', hosts: ['elsewhere.org'] } },
    'systems[0].signOn.hosts[0]',
    /not a host/,
    /Add/,
  ],
  [
    'a recipe elsewhere',
    recipeWith({ origin: 'https://evil.example' }),
    'systems[0].signOn.recipe.origin',
    /outside/,
    /Add/,
  ],
  [
    'a recipe on a look-alike',
    recipeWith({ origin: 'https://epr.vvard.example.nhs' }),
    'systems[0].signOn.recipe.origin',
    /outside/,
    /mean "https:\/\/epr\.ward/,
  ],
  [
    'a recipe over http',
    recipeWith({ origin: 'http://epr.ward.example.nhs' }),
    'systems[0].signOn.recipe.origin',
    /Only https/,
    null,
  ],
  [
    'a frame over http',
    {
      ...recipeWith({ frame: { origin: 'http://epr.ward.example.nhs' } }),
      system: { origins: [EPR, 'http://epr.ward.example.nhs'] },
    },
    'systems[0].signOn.recipe.frame.origin',
    /Only https/,
    null,
  ],
  [
    'a frame elsewhere',
    recipeWith({ frame: { origin: 'https://evil.example' } }),
    'systems[0].signOn.recipe.frame.origin',
    /outside/,
    /Add/,
  ],
  [
    'a recipe without a password',
    recipeWith({ steps: [{ userName: { selector: '#u' } }] }),
    'systems[0].signOn.recipe.steps',
    /where the password/,
    /"password"/,
  ],
  [
    'a recipe without a name',
    recipeWith({ steps: [{ password: { selector: '#p' } }] }),
    'systems[0].signOn.recipe.steps',
    /where the user name/,
    /"userName"/,
  ],
  [
    'the same behind Kerberos',
    {
      signOn: {
        method: 'negotiate',
        otherwise: { method: 'form', recipe: { ...recipe, origin: 'https://evil.example' } },
      },
    },
    'systems[0].signOn.otherwise.recipe.origin',
    /outside/,
    null,
  ],
  [
    'a provider that is not there',
    withProvider({}, 'trsut'),
    'systems[0].signOn.provider',
    /no identity provider "trsut"/,
    /mean "trust"/,
  ],
  ['a provider nobody uses', { providers: [provider] }, 'identityProviders[0].id', /No system/, /remove/],
  [
    'a provider called like a system',
    withProvider({ id: 'epr' }, 'epr'),
    'identityProviders[0].id',
    /id of a system/,
    /another/,
  ],
  [
    'two providers of one name',
    { signOn: { method: 'oidc', provider: 'trust' }, providers: [provider, provider] },
    'identityProviders[1].id',
    /used already by identityProviders\[0\]/,
    null,
  ],
  [
    'a provider’s start elsewhere',
    withProvider({ origins: ['https://login.example'] }),
    'identityProviders[0].url',
    /not inside/,
    /Add/,
  ],
  [
    'a provider’s end elsewhere',
    withProvider({ signOutUrl: 'https://evil.example/out' }),
    'identityProviders[0].signOutUrl',
    /not inside/,
    /Add/,
  ],
  [
    'a provider’s ticket elsewhere',
    withProvider({ signOn: { method: 'negotiate', hosts: ['sso.ward.example.com'] } }),
    'identityProviders[0].signOn.hosts[0]',
    /not a host/,
    /mean "sso/,
  ],
  [
    'a provider’s recipe elsewhere',
    withProvider({ signOn: form }),
    'identityProviders[0].signOn.recipe.origin',
    /outside/,
    null,
  ],
  [
    'a provider with a form and no sign of being signed in',
    withProvider({ signOn: { method: 'form' } }),
    'identityProviders[0].signedIn',
    /signed in/,
    /selector/,
  ],
  [
    'a sign of being signed in that says nothing',
    withProvider({ signedIn: {} }),
    'identityProviders[0].signedIn',
    /signed in/,
    /selector/,
  ],
  ['a keychain that is shared', { vault: { store: 'keychain' } }, 'vault.store', /shared/, /"memory"/],
  [
    'a roaming file without a password',
    { vault: { store: 'roaming-file', folder: '/h' }, mode: 'windows-user' },
    'vault.store',
    /types none/,
    /"keychain"/,
  ],
  ['a roaming file nowhere', { vault: { store: 'roaming-file' } }, 'vault.store', /where/, /"folder"/],
  ['a folder for nothing', { vault: { folder: '/h' } }, 'vault.folder', /Only/, /Remove/],
])('refuses %s', (_what, parts, at, message, suggestion) => {
  const problems = problemsOf(parts);
  const problem = problems.find(({ path }) => path === at);
  expect(problem, JSON.stringify(problems)).toBeDefined();
  expect(problem?.message).toMatch(message);
  if (suggestion) expect(problem?.suggestion).toMatch(suggestion);
});
