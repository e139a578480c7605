import { describe, expect, test } from 'vitest';
import type { ConfigurationProblem } from '../../main/policy/configuration.js';
import { parseConfiguration } from '../../main/policy/parseConfiguration.js';
import { exampleText, minimal, options } from './policyExample.js';

type Json = Record<string, unknown>;

function problemsOf(text: string, more: Partial<typeof options> = {}): readonly ConfigurationProblem[] {
  const reading = parseConfiguration(text, { ...options, ...more });
  return reading.ok ? [] : reading.problems;
}

/** Sets (or with undefined removes) the value at a path of the minimal configuration. */
function changed(path: string, value: unknown): string {
  const root = minimal() as unknown as Json;
  const steps = path.split(/[.[\]]+/).filter((step) => step !== '');
  const last = steps.pop() ?? '';
  let here: Json = root;
  for (const step of steps) here = (here[step] ??= {}) as Json;
  if (value === undefined) Reflect.deleteProperty(here, last);
  else here[last] = value;
  return JSON.stringify(root);
}

describe('a valid configuration', () => {
  test('the example of the design document is accepted as it stands', () => {
    const reading = parseConfiguration(exampleText, options);
    expect(reading.ok ? [] : reading.problems).toEqual([]);
    if (!reading.ok) return;
    const { configuration } = reading;
    expect(configuration.trust.odsCode).toBe('RDEMO');
    expect(configuration.systems[0]).toMatchObject({
      id: 'epr',
      origins: ['https://epr.ward.example.nhs'],
      external: [],
      permissions: [],
      signOn: { method: 'negotiate' },
      identity: {
        source: 'page',
        nhsNumber: [{ selector: '[data-nhs-number]' }],
        dateOfBirth: [{ selector: '.dob', format: 'DD-MMM-YYYY' }],
        name: [{ selector: 'h1', format: 'any' }],
      },
      loadTimeoutSeconds: 20,
      verifyTimeoutSeconds: 10,
    });
    expect(configuration).not.toHaveProperty('$schema');
  });

  test('file names become absolute beside the configuration file', () => {
    const reading = parseConfiguration(exampleText, options);
    if (!reading.ok) throw new Error('refused');
    expect(reading.configuration.directory.caFile).toBe('/etc/lanyard/ward-ca.pem');
    expect(reading.configuration.directory.serviceAccount?.passwordFile).toBe('/etc/lanyard/svc.secret');
    expect(reading.configuration.audit.spoolFolder).toBe('/var/lib/lanyard/spool');
  });

  test('so do those by which another hub is joined', () => {
    const join = { url: 'https://hub.example.nhs/hub', file: 'session/hub.json', caFile: 'hub-ca.pem' };
    const reading = parseConfiguration(changed('contextHub', { join }), options);
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
    expect(reading.configuration.contextHub?.join).toEqual({
      url: join.url,
      file: '/etc/lanyard/session/hub.json',
      caFile: '/etc/lanyard/hub-ca.pem',
    });
  });

  test('what is absent has its documented default', () => {
    const reading = parseConfiguration(JSON.stringify(minimal()), options);
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
    const { session, directory, patients, systems, audit, workspace, workstation } = reading.configuration;
    expect(workspace).toEqual({ sleepHiddenTabsAfterMinutes: 0, memoryLimitMb: 0 });
    expect(workstation.remoteRendering).toBe('auto');
    expect(session).toEqual({
      lockAfterSeconds: 300,
      warnSeconds: 30,
      signOutAfterSeconds: 1800,
      lockOnRoam: true,
      takeOver: 'sign-out',
      offlineUnlockMinutes: 240,
    });
    expect(directory.security).toBe('ldaps');
    expect(patients.timeoutSeconds).toBe(10);
    expect(systems[0]?.origins).toEqual(['https://epr.ward.example.nhs']);
    expect(systems[0]?.signOn).toEqual({ method: 'none' });
    expect(systems[0]?.context.live).toBe('none');
    expect(audit).toEqual({ keepSpoolDays: 30 });
    expect(reading.configuration.downtime).toBeUndefined();
  });

  test('a downtime page needs only its text', () => {
    const reading = parseConfiguration(changed('downtime', { text: 'Use the paper chart.' }), options);
    if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
    expect(reading.configuration.downtime).toEqual({ text: 'Use the paper chart.', contacts: [], links: [] });
  });

  test.each([
    ['a system without identity rules', 'systems[0].identity', undefined],
    ['a system that is not told the patient', 'systems[0].context', undefined],
    [
      'several places that must agree',
      'systems[0].identity.nhsNumber',
      [{ selector: '#a' }, { selector: 'p', frame: 'iframe.record', attribute: 'data-n', pattern: 'NHS (\\d{10})' }],
    ],
    [
      'a local number in place of the NHS number',
      'systems[0].identity',
      { localNumber: { selector: '#mrn', authority: 'rm3' }, dateOfBirth: { selector: '.dob', format: 'YYYY-MM-DD' } },
    ],
    [
      'every macro',
      'systems[0].context.launch.template',
      'https://epr.ward.example.nhs/{localNumber:rm3}/{fhirId}?n={nhsNumber:spaced}&d={dateOfBirth:YYYYMMDD}&f={familyName}&g={givenName}#x',
    ],
    ['plain http on this machine', 'patients.fhirBaseUrl', 'http://127.0.0.1:8080/fhir'],
    [
      'StartTLS by configuration',
      'directory',
      { domain: 'w.example.nhs', security: 'start-tls', servers: ['ldap://dc1.w.example.nhs'] },
    ],
    [
      'a selector with brackets and quotes',
      'systems[0].identity.name.selector',
      'main > h1[title="a)b"]:not(.old), #x\\:y',
    ],
  ])('accepts %s', (_what, path, value) => {
    expect(problemsOf(changed(path, value))).toEqual([]);
  });
});

describe('each mistake is named by its path, in plain words, with what was meant', () => {
  const local = 'systems[0].identity.localNumber';
  const template = 'systems[0].context.launch.template';
  test.each<[path: string, value: unknown, at: string, message: RegExp, suggestion: RegExp | null]>([
    ['patients.restricted', {}, 'patients.restricted.labels', /missing/, /list/],
    [
      'patients.restricted',
      { labels: [{ system: 'https://ward.example.nhs/labels', code: 'R', title: 'Restricted', openTo: ['nurse'] }] },
      'patients.restricted.labels[0].openTo[0]',
      /nurse|one of/,
      null,
    ],
    [
      'patients.restricted',
      {
        labels: ['Restricted', 'Secret'].map((title) => ({ system: 'https://ward.example.nhs/l', code: 'R', title })),
      },
      'patients.restricted.labels[1]',
      /listed already/,
      /one line/,
    ],
    [
      'patients.restricted',
      {
        labels: [{ system: 'https://ward.example.nhs/l', code: 'R', title: 'Restricted' }],
        reasons: ['Emergency', 'Direct care', 'Emergency'],
      },
      'patients.restricted.reasons[2]',
      /listed already/,
      /Remove/,
    ],
    [
      'audit.syslog',
      { host: 'siem.ward.example.nhs', clientCertificate: 'c.pem' },
      'audit.syslog.clientKey',
      /belong together/,
      /both/,
    ],
    [
      'audit.syslog',
      { host: 'siem.ward.example.nhs', clientKey: 'k.pem' },
      'audit.syslog.clientCertificate',
      /belong/,
      null,
    ],
    ['badges', { readers: 'keyboard', folder: 'b', keyFile: 'k' }, 'badges.keyboard', /missing/, /length/],
    [
      'badges',
      { readers: 'smart-card-service', keyboard: { length: 8 }, folder: 'b', keyFile: 'k' },
      'badges.keyboard',
      /No reader that types/,
      /both/,
    ],
    [
      'badges',
      { readers: 'both', keyboard: { length: 10 }, folder: 'b', keyFile: 'k' },
      'badges.keyboard',
      /NHS/,
      null,
    ],
    ['badges', { readers: 'keyboard', keyboard: { length: 8 }, folder: 'b' }, 'badges.keyFile', /missing/, null],
    ['downtime', {}, 'downtime.text', /missing/, /text/],
    [
      'downtime',
      { text: 'Call.', contacts: [{ name: 'Switchboard' }] },
      'downtime.contacts[0].telephone',
      /missing/,
      null,
    ],
    [
      'downtime',
      { text: 'Call.', links: [{ title: 'Forms', url: 'http://127.0.0.1/forms' }] },
      'downtime.links[0].url',
      /Only https/,
      /"https:"/,
    ],
    ['trust', undefined, 'trust', /missing/, /object/],
    ['trust.name', undefined, 'trust.name', /missing/, /text/],
    ['trust.name', 7, 'trust.name', /must be a text.*but is a number/, null],
    ['trust.name', '', 'trust.name', /must not be empty/, null],
    ['trust', [], 'trust', /object in curly brackets, but is a list/, null],
    ['workstation.mode', 'windowsuser', 'workstation.mode', /"windowsuser" is not possible/, /mean "windows-user"/],
    ['workstation.mode', undefined, 'workstation.mode', /missing/, /"shared", "windows-user"/],
    ['systems[0].origns', [], 'systems[0].origns', /no such key/, /mean "origins"/],
    ['sytems', [], 'sytems', /no such key/, /Known here|mean/],
    ['systems[0].identity.nhsNumbr', {}, 'systems[0].identity.nhsNumbr', /no such key/, /Known|mean/],
    [
      'systems[0].identity.nhsNumber.selecter',
      'x',
      'systems[0].identity.nhsNumber.selecter',
      /no such key/,
      /Known here: selector, attribute, frame, pattern|attribute/,
    ],
    [
      'systems[0].context.launch.templte',
      'x',
      'systems[0].context.launch.templte',
      /no such key/,
      /Known here: kind, template|mean/,
    ],
    ['systems', [], 'systems', /at least one entry/, null],
    ['systems', {}, 'systems', /list in square brackets, but is an object/, null],
    ['systems[0].kind', 'wbe', 'systems[0].kind', /no connector for "wbe"/, /mean "web"/],
    ['systems[0].kind', 'cardiology', 'systems[0].kind', /no connector/, /There are: web, pacs/],
    ['systems[0].id', 'Patient Record', 'systems[0].id', /lower-case/, /"patient-record"/],
    ['systems[1].id', 'epr', 'systems[1].id', /used already by systems\[0\]/, null],
    [
      'systems[0].url',
      'http://epr.ward.example.nhs/',
      'systems[0].url',
      /Only https/,
      /"https:\/\/epr.ward.example.nhs\/"/,
    ],
    ['systems[0].url', 'epr.ward.example.nhs', 'systems[0].url', /not an address/, /"https:\/\/epr/],
    ['systems[0].url', 'https://u:p@epr.ward.example.nhs/', 'systems[0].url', /user name/, null],
    ['systems[0].url', 'file:///etc/passwd', 'systems[0].url', /Only https/, null],
    ['systems[0].url', 'http://localhost:1/', 'systems[0].url', /Only https/, null],
    ['systems[0].url', 'http://127.0.0.1.evil.example/', 'systems[0].url', /Only https/, null],
    ['systems[0].url', 'https:\\\\epr', 'systems[0].url', /not an address/, null],
    [
      'systems[0].origins',
      ['https://epr.ward.example.nhs/'],
      'systems[0].origins[0]',
      /nothing after it/,
      /"https:\/\/epr.ward.example.nhs"/,
    ],
    ['systems[0].origins', ['https://*.ward.example.nhs'], 'systems[0].origins[0]', /wildcard/, null],
    ['systems[0].origins', ['https://other.example'], 'systems[0].url', /not inside/, /Add "https:\/\/epr/],
    [template, 'https://evil.example/{nhsNumber}', template, /not inside the system/, /Add "https:\/\/evil/],
    [template, 'https://epr.ward.example.nhs/{nhsnumber}', template, /no macro/, /\{nhsNumber\}/],
    [template, 'https://epr.ward.example.nhs/{shoeSize}', template, /no macro/, /Macros are/],
    [template, 'https://epr.ward.example.nhs/{localnumber:rm3}', template, /no macro/, /localNumber:AUTHORITY/],
    [template, 'https://epr.ward.example.nhs/{dateOfBirth:dd/mm/yyyy}', template, /no date format/, /DD\/MM\/YYYY/],
    [template, 'https://epr.ward.example.nhs/{localNumber:rm4}', template, /authority "rm4"/, /mean "rm3"/],
    [template, 'https://epr.ward.example.nhs/{nhsNumber', template, /curly bracket/, null],
    [template, 'https://{familyName}.example.nhs/', template, /stands in the host/, null],
    [template, 'https://epr.ward.example.nhs/home', template, /same for every patient/, /\{nhsNumber\}/],
    [template, 'https://epr.ward.example.nhs/{studyInstanceUids}', template, /Only a study lookup/, null],
    [template, 'http://epr.ward.example.nhs/{nhsNumber}', template, /Only https/, null],
    [
      'systems[1].context.launch.viewer',
      'https://pacs.ward.example.nhs/viewer',
      'systems[1].context.launch.viewer',
      /not told which studies/,
      null,
    ],
    [
      'systems[1].context.launch.authority',
      'rm33',
      'systems[1].context.launch.authority',
      /authority "rm33"/,
      /mean "rm3"/,
    ],
    [
      'systems[0].context.launch.kind',
      'url-templat',
      'systems[0].context.launch.kind',
      /not possible/,
      /mean "url-template"/,
    ],
    ['systems[0].context.launch.kind', undefined, 'systems[0].context.launch.kind', /missing/, /"url-template"/],
    ['systems[0].identity.source', 'dicomweb', 'systems[0].identity.source', /Only a study lookup/, null],
    [
      'systems[1].identity',
      { source: 'dicomweb', name: { selector: 'h1' } },
      'systems[1].identity.name',
      /nothing is read from the page/,
      /Remove/,
    ],
    ['systems[0].identity.nhsNumber', undefined, 'systems[0].identity', /No number/, /nhsNumber/],
    ['systems[0].identity.name', undefined, 'systems[0].identity', /not enough/, /dateOfBirth/],
    [
      'systems[0].identity.nhsNumber',
      'h1',
      'systems[0].identity.nhsNumber',
      /object in curly brackets, or a list of them, but is a text/,
      null,
    ],
    ['systems[0].identity.nhsNumber', [], 'systems[0].identity.nhsNumber', /at least one entry/, null],
    [
      'systems[0].identity.nhsNumber',
      [{ selector: '#a' }, {}],
      'systems[0].identity.nhsNumber[1].selector',
      /missing/,
      null,
    ],
    [local, { selector: '#m' }, `${local}.authority`, /missing/, null],
    [local, [{ selector: '#m', authority: 'rn3' }], `${local}[0].authority`, /authority "rn3"/, /mean "rm3"/],
    [
      'systems[0].identity.dateOfBirth',
      { selector: '.d', format: 'DD-MM-YY' },
      'systems[0].identity.dateOfBirth.format',
      /not possible/,
      /mean "DD-MM-YYYY"/,
    ],
    ['systems[0].identity.name.selector', 'h1[data', 'systems[0].identity.name.selector', /not closed/, null],
    ['systems[0].identity.name.selector', 'h1 >', 'systems[0].identity.name.selector', /combinator/, null],
    ['systems[0].identity.name.selector', '<h1>', 'systems[0].identity.name.selector', /HTML/, null],
    ['systems[0].identity.name.selector', '#1st', 'systems[0].identity.name.selector', /digit/, null],
    ['systems[0].identity.name.selector', 'h1 { }', 'systems[0].identity.name.selector', /not a CSS selector/, null],
    ['systems[0].identity.name.pattern', '(', 'systems[0].identity.name.pattern', /not a regular expression/, null],
    ['systems[0].identity.name.pattern', '\\d+', 'systems[0].identity.name.pattern', /exactly one group.*has 0/, null],
    [
      'systems[0].identity.name.pattern',
      '(a)(b)',
      'systems[0].identity.name.pattern',
      /exactly one group.*has 2/,
      /\(\?:/,
    ],
    ['systems[0].permissions', ['geolocation'], 'systems[0].permissions[0]', /not possible/, /fullscreen/],
    ['systems[0].signOn', { method: 'negotiat' }, 'systems[0].signOn.method', /not possible/, /mean "negotiate"/],
    [
      'systems[0].signOn',
      { method: 'none', signInPage: {} },
      'systems[0].signOn.signInPage',
      /how the sign-in page is recognised/,
      null,
    ],
    [
      'systems[0].signOn',
      { method: 'none', signInPage: { paths: ['login'] } },
      'systems[0].signOn.signInPage.paths[0]',
      /begins with/,
      null,
    ],
    ['systems[0].roles', ['doctor'], 'systems[0].roles[0]', /not possible/, /"clinician"/],
    ['systems[0].roles', ['auditor'], 'systems[0].roles[0]', /No group/, /Add "auditor"/],
    ['systems[0].loadTimeoutSeconds', 0, 'systems[0].loadTimeoutSeconds', /at least 1/, null],
    ['systems[0].verifyTimeoutSeconds', 600, 'systems[0].verifyTimeoutSeconds', /at most 60/, null],
    ['systems[0].verifyTimeoutSeconds', 1.5, 'systems[0].verifyTimeoutSeconds', /whole number/, null],
    [
      'directory.servers',
      ['ldap://dc1.ward.example.nhs'],
      'directory.servers[0]',
      /without encryption/,
      /"ldaps:\/\/dc1/,
    ],
    ['directory.servers', ['dc1.ward.example.nhs'], 'directory.servers[0]', /address/, /ldaps/],
    ['directory.servers', [], 'directory.servers', /at least one/, null],
    ['directory.dnsServers', ['dns.example'], 'directory.dnsServers[0]', /IP address/, null],
    ['directory.addresses', { dc1: 'x' }, 'directory.addresses.dc1', /IP address/, null],
    ['directory.caFile', 'nowhere.crt', 'directory.caFile', /no such file/, /relative to the configuration file/],
    [
      'directory.serviceAccount',
      { principal: 's@w', passwordFile: 'gone' },
      'directory.serviceAccount.passwordFile',
      /no such file/,
      null,
    ],
    ['session', { lockAfterSeconds: 20 }, 'session.warnSeconds', /before the lock/, null],
    ['session', { lockAfterSeconds: 3000 }, 'session.signOutAfterSeconds', /not come before the lock/, null],
    ['session', { takeOver: 'signout' }, 'session.takeOver', /not possible/, /"sign-out"/],
    ['patients.identifiers[0].pattern', '[', 'patients.identifiers[0].pattern', /regular expression/, null],
    ['patients.identifiers[0].system', 'mrn', 'patients.identifiers[0].system', /absolute URI/, null],
    [
      'patients.identifiers[1]',
      { authority: 'rm3', title: 'x', system: 'urn:oid:1.2' },
      'patients.identifiers[1].authority',
      /used already/,
      null,
    ],
    [
      'contextHub',
      { port: 5000, join: { url: 'https://hub.example.nhs', file: 'hub.json' } },
      'contextHub.port',
      /either runs a context hub or joins one/,
      /Remove this key/,
    ],
    ['contextHub', { join: { url: 'http://hub.example.nhs', file: 'hub.json' } }, 'contextHub.join.url', /https/, null],
    [
      'contextHub',
      { join: { url: 'https://hub.example.nhs', file: 'hub.json', caFile: 'nowhere.crt' } },
      'contextHub.join.caFile',
      /no such file/,
      null,
    ],
    [
      'contextHub',
      { programs: [], join: { url: 'https://hub.example.nhs', file: 'hub.json' } },
      'contextHub.programs',
      /either runs a context hub or joins one/,
      null,
    ],
    [
      'contextHub',
      { programs: [1, 2].map(() => ({ id: 'dictation', name: 'Dictation', scopes: ['fhircast/*.read'] })) },
      'contextHub.programs[1].id',
      /used already by contextHub\.programs\[0\]/,
      null,
    ],
    ...['fhircast/UserLogout.write', 'patient/*.read', 'fhircast/Patient-open'].map(
      (scope): [string, unknown, string, RegExp, RegExp] => [
        'contextHub',
        { programs: [{ id: 'dictation', name: 'Dictation', scopes: ['fhircast/*.read', scope] }] },
        'contextHub.programs[0].scopes[1]',
        /No program is given the scope/,
        /fhircast\/EVENT\.read/,
      ],
    ),
    ['contextHub', { host: '0.0.0.0' }, 'contextHub.host', /not possible/, /127\.0\.0\.1/],
    ['audit', { auditorPublicKey: 'short' }, 'audit.auditorPublicKey', /32 bytes/, null],
  ])('%s = %j', (path, value, at, message, suggestion) => {
    const problems = problemsOf(changed(path, value));
    const problem = problems.find((candidate) => candidate.path === at);
    expect(problem, JSON.stringify(problems)).toBeDefined();
    expect(problem?.message).toMatch(message);
    if (suggestion) expect(problem?.suggestion).toMatch(suggestion);
  });

  test('all mistakes are told at once, from top to bottom, even where parts are missing', () => {
    const root = minimal() as unknown as { trust: Json; systems: Json[]; patients: Json; extra?: number };
    root.trust = { nam: 'x' };
    root.extra = 1;
    root.patients['timeoutSeconds'] = 'ten';
    root.systems[0] = { ...root.systems[0], id: 'pacs', kind: 'webb', title: 4 };
    const paths = problemsOf(JSON.stringify(root)).map(({ path }) => path);
    expect(paths).toEqual([
      'extra',
      'trust.nam',
      'trust.name',
      'patients.timeoutSeconds',
      'systems[0].kind',
      'systems[0].title',
      'systems[1].id',
    ]);
  });

  test('an installed Lanyard refuses demo accounts', () => {
    const demo = { password: 'Demo-Pass-1', accounts: [{ userName: 'amara.test', description: 'clinician' }] };
    expect(problemsOf(changed('demo', demo))).toEqual([]);
    expect(problemsOf(changed('demo', demo), { demoAllowed: false })).toMatchObject([{ path: 'demo' }]);
  });
});

describe('the text itself', () => {
  test.each([
    ['', /empty/],
    ['  \n', /empty/],
    ['{"trust": {"name": "x",}', /Line 1, column 25: a closing curly bracket is missing/],
    ['{\n  "trust": {\n    "name" "x"\n  }\n}', /Line 3, column 12: a colon is missing/],
    ['{"a": 1 "b": 2}', /a comma is missing/],
    ['{"a": tru}', /not JSON/],
    ['{"a": "x\n"}', /not closed/],
    ['{"a": "\\q"}', /backslash/],
    ['{} {}', /nothing may follow/],
    ['/* open', /comment is not closed/],
    ['['.repeat(200_000), /nested too deeply/],
    ['{"a":'.repeat(5000), /nested too deeply/],
  ])('%j is refused with its place', (text, message) => {
    const problems = problemsOf(text);
    expect(problems.map((problem) => problem.message).join('\n')).toMatch(message);
    expect(problems.length).toBeLessThanOrEqual(21);
  });

  test('a key written twice is refused with both lines: the second would silently win', () => {
    const text = exampleText.replace('"caFile"', '"domain": "evil.example",\n    "caFile"');
    expect(problemsOf(text)).toEqual([
      {
        path: 'directory.domain',
        message: 'This key is written twice: in line 6 and in line 9.',
        suggestion: 'Remove one of them.',
      },
    ]);
  });

  test.each([['[]'], ['null'], ['7'], ['"x"'], ['true']])('%s is no configuration', (text) => {
    expect(problemsOf(text)).toContainEqual(expect.objectContaining({ path: '' }));
  });

  test('a prototype cannot be smuggled in', () => {
    const text = `{"__proto__": ${JSON.stringify(minimal())}}`;
    expect(problemsOf(text).map(({ path }) => path)).toContain('__proto__');
  });

  test('a byte order mark, comments and trailing commas are accepted', () => {
    expect(problemsOf(`\uFEFF// mine\n${exampleText.replace(/\}\s*$/, ', }')}`)).toEqual([]);
  });
});
