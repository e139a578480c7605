/** The text of lanyard.json, and the policy over it → a configuration that can be relied on, or every mistake in it at once. Pure. */
import path from 'node:path';
import { type Configuration, type ConfigurationProblem, ConfigurationSchema } from './configuration.js';
import { type Surroundings, crossCheck } from './crossChecks.js';
import { readJsonText } from './jsonText.js';
import { namePolicy, overlayPolicy, type PolicyValue } from './policyOverlay.js';
import { describeIssues } from './problems.js';

export interface ParseOptions extends Surroundings {
  /** Absolute folder of the configuration file: file names in it are relative to this. */
  readonly folder: string;
  /** The machine's policy, which wins over the file; absent: there is none. */
  readonly policy?: readonly PolicyValue[];
}

export type ConfigurationReading =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

const mostProblems = 100;

/** Never throws, whatever the text. Nothing is defaulted that was written wrongly. */
export function parseConfiguration(text: string, options: ParseOptions): ConfigurationReading {
  const reading = readJsonText(text.replace(/^\uFEFF/, ''));
  if (!reading.ok) return reading;
  const {
    raw,
    places,
    problems: mistakes,
  } = options.policy && options.policy.length > 0
    ? overlayPolicy(reading.value, options.policy)
    : { raw: reading.value, places: new Map<string, string>(), problems: [] };
  const parsed = ConfigurationSchema.safeParse(raw);
  const problems = [
    ...mistakes,
    ...namePolicy(
      [
        ...(parsed.success ? [] : describeIssues(parsed.error.issues, raw, ConfigurationSchema)),
        ...crossCheck(raw, options),
      ],
      places,
    ),
  ];
  if (!parsed.success || problems.length > 0) return { ok: false, problems: inOrder(problems).slice(0, mostProblems) };
  return { ok: true, configuration: complete(parsed.data, options.folder) };
}

/** In the order of the file's parts, so that a person can mend from top to bottom. */
function inOrder(problems: readonly ConfigurationProblem[]): ConfigurationProblem[] {
  const parts = Object.keys(ConfigurationSchema.shape);
  const rank = ({ path: where }: ConfigurationProblem): number => {
    const index = parts.indexOf(/^[^.[]*/.exec(where)?.[0] ?? '');
    return index < 0 ? -1 : index;
  };
  return problems.toSorted(
    (one, other) => rank(one) - rank(other) || one.path.localeCompare(other.path, 'en', { numeric: true }),
  );
}

/** Fills in what follows from other keys: the origin of a system's start page, absolute file names. */
function complete(parsed: ReturnType<typeof ConfigurationSchema.parse>, folder: string): Configuration {
  const absolute = (name: string): string => path.resolve(folder, name);
  const { systems, directory, patients, audit, identityProviders, vault, contextHub, badges } = parsed;
  const { serviceAccount } = directory;
  const rest = { ...parsed };
  delete rest.$schema;
  return {
    ...rest,
    directory: {
      ...withFiles(directory, ['caFile'], absolute),
      ...(serviceAccount && { serviceAccount: withFiles(serviceAccount, ['passwordFile'], absolute) }),
    },
    patients: withFiles(patients, ['identifierMap'], absolute),
    audit: {
      ...withFiles(audit, ['spoolFolder'], absolute),
      ...(audit.syslog && { syslog: withFiles(audit.syslog, ['caFile', 'clientCertificate', 'clientKey'], absolute) }),
      ...(audit.server && { server: withFiles(audit.server, ['caFile', 'clientCertificate', 'clientKey'], absolute) }),
      ...(audit.fhir && {
        fhir: withFiles(audit.fhir, ['caFile', 'clientCertificate', 'clientKey', 'tokenFile'], absolute),
      }),
    },
    ...(badges && { badges: withFiles(badges, ['folder', 'keyFile'], absolute) }),
    ...(contextHub && {
      contextHub: {
        ...contextHub,
        ...(contextHub.join && {
          join: withFiles(contextHub.join, ['file', 'caFile'], absolute),
        }),
      },
    }),
    vault: withFiles(vault, ['folder'], absolute),
    identityProviders: identityProviders.map((provider) => ({
      ...provider,
      origins: provider.origins ?? [new URL(provider.url).origin],
    })),
    systems: systems.map((system) => ({
      ...system,
      origins: system.origins ?? [new URL(system.url).origin],
      context: withKeyFilesOf(system.context, absolute),
      ...(system.intents && {
        intents: system.intents.map((one) => ({
          ...one,
          ...(one.launch && { launch: withKeyFiles(one.launch, absolute) }),
        })),
      }),
    })),
  };
}

type SystemContext = Configuration['systems'][number]['context'];
type LaunchRule = SystemContext['launch'];

function withKeyFilesOf(context: SystemContext, absolute: (name: string) => string): SystemContext {
  const { launch, study, encounter } = context;
  return {
    ...context,
    launch: withKeyFiles(launch, absolute),
    ...(study && { study: study.kind === 'same-launch' ? study : withKeyFiles(study, absolute) }),
    ...(encounter && { encounter: withKeyFiles(encounter, absolute) }),
  };
}

/** The launch with the absolute names of its key files. */
function withKeyFiles(launch: LaunchRule, absolute: (name: string) => string): LaunchRule {
  const found = <T extends { readonly file: string }>(key: T): T => ({ ...key, file: absolute(key.file) });
  switch (launch.kind) {
    case 'signed-url':
      return { ...launch, key: found(launch.key) };
    case 'encrypted-parameters':
      return { ...launch, key: found(launch.key), ...(launch.macKey && { macKey: found(launch.macKey) }) };
    case 'ticket': {
      const { client } = launch.request;
      if (!client) return launch;
      return { ...launch, request: { ...launch.request, client: { ...client, secret: found(client.secret) } } };
    }
    case 'none':
    case 'url-template':
    case 'study-lookup':
    case 'smart':
    case 'form-post':
    case 'invoke-image-display':
    case 'custom-protocol':
      return launch;
  }
}

/** The same with these files and folders absolute, where they are named. */
function withFiles<T extends object>(of: T, names: readonly (keyof T)[], absolute: (name: string) => string): T {
  const changed = { ...of };
  for (const name of names) {
    const value = changed[name];
    if (typeof value === 'string') Object.assign(changed, { [name]: absolute(value) });
  }
  return changed;
}
