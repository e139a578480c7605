/**
 * Rules between two keys of the configuration: ids that must be unique, names that must exist elsewhere, addresses
 * that must stay inside a system's origins, rules that must suffice to verify a patient.
 *
 * They read the raw file, not the parsed one, so that they are found together with every other mistake.
 */
import { nearest } from '../domain/editDistance.js';
import type { ConfigurationProblem } from './configuration.js';
import { checkAuthority, checkLaunch, type FileProblem, isOverArchive } from './launchChecks.js';
import { checkLive } from './liveChecks.js';
import {
  listAt,
  numberAt,
  originOf,
  originsOf,
  type Path,
  pathText,
  type Report,
  textAt,
  textsAt,
  valueAt,
} from './rawValue.js';
import { refusalOfWedgeRule } from '../domain/wedgeRule.js';
import { readSmartScope } from '../domain/smartScope.js';
import { checkSignOns } from './signOnChecks.js';

export interface Surroundings {
  /** Kinds of the connectors found. */
  readonly kinds: readonly string[];
  /** Why a file named in the configuration cannot be used, or null when it can. The name is as written. */
  readonly fileProblem: FileProblem;
  /** Only an unpackaged build (or the test variant) may show demo accounts. */
  readonly demoAllowed: boolean;
}

export function crossCheck(raw: unknown, surroundings: Surroundings): ConfigurationProblem[] {
  const problems: ConfigurationProblem[] = [];
  const report: Report = (path, message, suggestion = null) => {
    problems.push({ path: pathText(path), message, suggestion });
  };
  checkFiles(raw, surroundings, report);
  checkDirectory(raw, report);
  checkSession(raw, report);
  checkUnique(raw, ['patients', 'identifiers'], 'authority', report);
  checkUnique(raw, ['patients', 'identifiers'], 'system', report);
  checkRestricted(raw, report);
  checkBadges(raw, report);
  checkDeliveries(raw, report);
  checkUnique(raw, ['systems'], 'id', report);
  listAt(raw, 'systems').forEach((_, index) => {
    checkSystem(raw, ['systems', index], surroundings, report);
  });
  checkSignOns(raw, report);
  if (valueAt(raw, ['contextHub', 'join']) !== undefined)
    for (const key of ['host', 'port', 'programs'])
      if (valueAt(raw, ['contextHub', key]) !== undefined)
        report(['contextHub', key], 'Lanyard either runs a context hub or joins one.', 'Remove this key, or "join".');
  checkPrograms(raw, report);
  listAt(raw, 'downtime', 'links').forEach((_, index) => {
    const path = ['downtime', 'links', index, 'url'];
    if (
      textAt(raw, ...path)
        ?.toLowerCase()
        .startsWith('http:')
    )
      report(path, 'Only https addresses open in the browser.', 'Write "https:", or leave the link away.');
  });
  if (!surroundings.demoAllowed && valueAt(raw, ['demo']) !== undefined)
    report(['demo'], 'An installed Lanyard shows no demo accounts.', 'Remove this key.');
  return problems;
}

function checkFiles(raw: unknown, { fileProblem }: Surroundings, report: Report): void {
  const paths = [
    ['directory', 'caFile'],
    ['directory', 'serviceAccount', 'passwordFile'],
    ['patients', 'identifierMap'],
    ['contextHub', 'join', 'caFile'],
    ['badges', 'keyFile'],
    ['audit', 'syslog', 'caFile'],
    ['audit', 'syslog', 'clientCertificate'],
    ['audit', 'syslog', 'clientKey'],
    ['audit', 'server', 'caFile'],
    ['audit', 'server', 'clientCertificate'],
    ['audit', 'server', 'clientKey'],
    ['audit', 'fhir', 'caFile'],
    ['audit', 'fhir', 'clientCertificate'],
    ['audit', 'fhir', 'clientKey'],
    ['audit', 'fhir', 'tokenFile'],
  ];
  for (const path of paths) {
    const name = textAt(raw, ...path);
    if (name === undefined || name === '') continue;
    const problem = fileProblem(name);
    if (problem !== null) report(path, problem, 'File names are relative to the configuration file.');
  }
}

/** Half of a certificate is none; and what is on record goes nowhere unencrypted. */
function checkDeliveries(raw: unknown, report: Report): void {
  for (const to of ['syslog', 'fhir']) {
    const path = ['audit', to];
    const [certificate, key] = ['clientCertificate', 'clientKey'].map(
      (name) => textAt(raw, ...path, name) !== undefined,
    );
    if (certificate !== key)
      report(
        [...path, certificate ? 'clientKey' : 'clientCertificate'],
        'A client certificate and its key belong together: one of them is missing.',
        'Name both files, or neither.',
      );
  }
  for (const to of ['server', 'fhir']) {
    const path = ['audit', to, 'url'];
    if (
      textAt(raw, ...path)
        ?.toLowerCase()
        .startsWith('http:') === true
    )
      report(path, 'The audit trail goes nowhere unencrypted.', 'Write "https:".');
  }
}

function checkPrograms(raw: unknown, report: Report): void {
  const programs = ['contextHub', 'programs'];
  checkUnique(raw, programs, 'id', report);
  listAt(raw, ...programs).forEach((_, index) => {
    for (const scope of textsAt(raw, ...programs, index, 'scopes'))
      if (readSmartScope(scope.text)?.kind !== 'hub')
        report(
          [...programs, index, 'scopes', scope.index],
          `No program is given the scope "${scope.text}".`,
          'A scope reads fhircast/EVENT.read or fhircast/EVENT.write; EVENT may be *.',
        );
  });
}

/** A label that stands there twice would be restricted by one line and open by the other. */
function checkRestricted(raw: unknown, report: Report): void {
  const met = new Set<string>();
  listAt(raw, 'patients', 'restricted', 'labels').forEach((_, index) => {
    const path = ['patients', 'restricted', 'labels', index];
    const label = JSON.stringify([textAt(raw, ...path, 'system'), textAt(raw, ...path, 'code')]);
    if (met.has(label)) report(path, 'This label is listed already.', 'Keep one line for each system and code.');
    met.add(label);
  });
  const reasons = textsAt(raw, 'patients', 'restricted', 'reasons');
  reasons.forEach(({ text, index }, place) => {
    if (reasons.findIndex((other) => other.text === text) < place)
      report(['patients', 'restricted', 'reasons', index], 'This reason is listed already.', 'Remove it.');
  });
}

/** A reader that types must be known by how it types, and typing of people must not look like it. */
function checkBadges(raw: unknown, report: Report): void {
  const readers = textAt(raw, 'badges', 'readers');
  const path = ['badges', 'keyboard'];
  const types = readers === 'keyboard' || readers === 'both';
  const isDescribed = valueAt(raw, path) !== undefined;
  if (types && !isDescribed)
    report(path, 'How the reader types is missing.', 'Write "length", and "prefix" where it types one.');
  if (readers === 'smart-card-service' && isDescribed)
    report(path, 'No reader that types is used.', 'Remove this key, or set "readers" to "both".');
  const refusal = refusalOfWedgeRule({
    prefix: textAt(raw, ...path, 'prefix') ?? '',
    length: numberAt(raw, ...path, 'length') ?? 0,
    alphabet: textAt(raw, ...path, 'alphabet') === 'hexadecimal' ? 'hexadecimal' : 'decimal',
  });
  if (refusal !== null) report(path, refusal);
}

function checkDirectory(raw: unknown, report: Report): void {
  const security = textAt(raw, 'directory', 'security') ?? 'ldaps';
  const scheme = security === 'start-tls' ? 'ldap:' : security === 'ldaps' ? 'ldaps:' : null;
  if (scheme === null) return;
  for (const { text, index } of textsAt(raw, 'directory', 'servers')) {
    const url = URL.canParse(text) ? new URL(text) : null;
    if (!url || !/^ldaps?:$/.test(url.protocol) || url.protocol === scheme) continue;
    report(
      ['directory', 'servers', index],
      url.protocol === 'ldap:'
        ? 'Lanyard never speaks to a domain controller without encryption.'
        : 'With "security": "start-tls" the address begins with ldap://.',
      `Did you mean "${scheme}//${url.host}"?`,
    );
  }
}

function checkSession(raw: unknown, report: Report): void {
  const lock = numberAt(raw, 'session', 'lockAfterSeconds') ?? 300;
  const warn = numberAt(raw, 'session', 'warnSeconds') ?? 30;
  const signOut = numberAt(raw, 'session', 'signOutAfterSeconds') ?? 1800;
  if (valueAt(raw, ['session']) === undefined) return;
  if (warn >= lock)
    report(
      ['session', 'warnSeconds'],
      `The warning (${warn} s) must come before the lock (${lock} s idle): write less.`,
    );
  if (signOut < lock)
    report(
      ['session', 'signOutAfterSeconds'],
      `Signing out (${signOut} s) must not come before the lock (${lock} s idle): write more.`,
    );
}

function checkUnique(raw: unknown, list: Path, key: string, report: Report): void {
  const seen = new Map<string, number>();
  listAt(raw, ...list).forEach((_, index) => {
    const value = textAt(raw, ...list, index, key);
    if (value === undefined) return;
    const first = seen.get(value);
    if (first === undefined) seen.set(value, index);
    else report([...list, index, key], `"${value}" is used already by ${pathText([...list, first])}.`);
  });
}

function checkSystem(raw: unknown, system: Path, surroundings: Surroundings, report: Report): void {
  const kind = textAt(raw, ...system, 'kind');
  if (kind !== undefined && !surroundings.kinds.includes(kind)) {
    const meant = nearest(kind, surroundings.kinds);
    report(
      [...system, 'kind'],
      `There is no connector for "${kind}".`,
      meant === null ? `There are: ${surroundings.kinds.join(', ')}.` : `Did you mean "${meant}"?`,
    );
  }
  checkRoles(raw, system, report);
  checkOrigins(raw, system, report);
  checkLaunch(raw, system, surroundings.fileProblem, report);
  checkIdentity(raw, system, report);
  checkLive(raw, system, report);
  checkUnique(raw, [...system, 'intents'], 'intent', report);
  const page: Path = [...system, 'signOn', 'signInPage'];
  const written = valueAt(raw, page);
  if (typeof written === 'object' && written !== null && Object.keys(written).length === 0)
    report(
      page,
      'Nothing here says how the sign-in page is recognised.',
      'Add "paths" or "selector", or remove this key.',
    );
}

function checkRoles(raw: unknown, system: Path, report: Report): void {
  for (const { text, index } of textsAt(raw, ...system, 'roles')) {
    const isKnown = ['clinician', 'auditor', 'privacyOfficer', 'support'].includes(text);
    if (isKnown && listAt(raw, 'roles', text).length === 0)
      report(
        [...system, 'roles', index],
        `No group of the directory has the role "${text}": nobody would get this tab by it.`,
        `Add "${text}" to "roles".`,
      );
  }
}

function checkOrigins(raw: unknown, system: Path, report: Report): void {
  const address = textAt(raw, ...system, 'url');
  const written = valueAt(raw, [...system, 'origins']);
  const origin = address === undefined ? null : originOf(address);
  if (origin !== null && written !== undefined && !originsOf(raw, system).includes(origin))
    report([...system, 'url'], 'This address is not inside the system’s origins.', `Add "${origin}" to "origins".`);
}

function checkIdentity(raw: unknown, system: Path, report: Report): void {
  const identity: Path = [...system, 'identity'];
  const rules = valueAt(raw, identity);
  if (typeof rules !== 'object' || rules === null || Array.isArray(rules)) return;
  const has = (key: string): boolean => Object.hasOwn(rules, key);
  const written = ['nhsNumber', 'localNumber', 'dateOfBirth', 'name'].filter(has);
  if (textAt(raw, ...identity, 'source') === 'dicomweb') {
    for (const key of written)
      report([...identity, key], 'With "source": "dicomweb" nothing is read from the page.', 'Remove this key.');
    if (!isOverArchive(raw, [...system, 'context', 'launch']))
      report(
        [...identity, 'source'],
        'Only a study lookup can be checked over DICOMweb.',
        'Set context.launch.kind to "study-lookup".',
      );
    return;
  }
  if (!has('nhsNumber') && !has('localNumber'))
    report(
      identity,
      'No number is read back: a name and a birth date alone are not one patient.',
      'Add "nhsNumber" or "localNumber".',
    );
  if (!has('dateOfBirth') && !has('name'))
    report(identity, 'A number alone is not enough to verify a patient.', 'Add "dateOfBirth" or "name".');
  const local: Path = [...identity, 'localNumber'];
  const places = Array.isArray(valueAt(raw, local))
    ? listAt(raw, ...local).map((_, index) => [...local, index])
    : [local];
  for (const place of places) checkAuthority(raw, [...place, 'authority'], textAt(raw, ...place, 'authority'), report);
}
