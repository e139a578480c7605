// Proves that each kind of launch is configured with plain errors, and that a key is judged before anybody signs in.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfiguration } from '../../main/policy/parseConfiguration.js';
import { readConfiguration } from '../../main/policy/readConfiguration.js';
import { minimal, options } from './policyExample.js';

const EPR = 'https://epr.ward.example.nhs';

function configurationWith(launch: object, more: Record<string, unknown> = {}, system: object = {}) {
  const { systems, ...rest } = minimal();
  const [first, ...others] = systems;
  return {
    ...rest,
    workstation: { mode: 'shared', location: 'Ward 7', programSchemes: ['systmone'] },
    ...more,
    systems: [{ ...first, context: { launch }, ...system }, ...others],
  };
}

function problemsOf(launch: object, more?: Record<string, unknown>, system?: object): string[] {
  const reading = parseConfiguration(JSON.stringify(configurationWith(launch, more, system)), options);
  return reading.ok ? [] : reading.problems.map((one) => `${one.path}: ${one.message} ${one.suggestion ?? ''}`);
}

const key = { file: 'launch.secret' };
const formPost = { kind: 'form-post', url: `${EPR}/open`, fields: { nhs: '{nhsNumber}', by: '{userName}' } };
const gcm = {
  kind: 'encrypted-parameters',
  url: `${EPR}/open`,
  encrypted: { nhs: '{nhsNumber}' },
  plain: { ward: '{location}' },
  cipher: 'aes-256-gcm',
  key,
};
const cbc = { ...gcm, cipher: 'aes-256-cbc-hmac-sha256', macKey: { file: 'mac.secret' } };
const signed = {
  kind: 'signed-url',
  template: `${EPR}/launch?nhs={nhsNumber}&dob={dateOfBirth:YYYY-MM-DD}&exp={expires}&nbf={notBefore}`,
  key,
};
const ticket = {
  kind: 'ticket',
  request: { url: `${EPR}/tickets`, fields: { nhs: '{nhsNumber}' } },
  answer: 'code',
  template: `${EPR}/open?code={ticket}`,
};
const images = { kind: 'invoke-image-display', url: `${EPR}/IHEInvokeImageDisplay`, authority: 'rm3' };
const patientImages = { ...images, requestType: 'PATIENT' };
const studyImages = { ...images, requestType: 'STUDY', dicomWebRoot: `${EPR}/dicom-web` };
const program = { kind: 'custom-protocol', template: 'systmone://open?nhs={nhsNumber}' };
const archive = { kind: 'pacs', identity: { source: 'dicomweb' } };
const noIdentity = { identity: undefined };

describe('accepts', () => {
  const accepted: [what: string, launch: object, system?: object][] = [
    ['form-post', formPost],
    ['AES-256-GCM', gcm],
    ['AES-256-CBC with HMAC', cbc],
    ['a vector of its own', { ...gcm, vectorSuffix: '_iv', encoding: 'hex' }],
    ['a signed address', signed],
    ['a canonical text', { ...signed, canonical: '{nhsNumber:spaced}|{dateOfBirth:YYYYMMDD}|{expires}|{notBefore}' }],
    ['a ticket', ticket],
    ['a ticket by client', { ...ticket, request: { ...ticket.request, client: { id: 'lanyard', secret: key } } }],
    ['images of a patient', patientImages],
    ['images by study', studyImages],
    ['images of a patient, checked in the archive', { ...patientImages, dicomWebRoot: `${EPR}/dicom-web` }, archive],
    ['images by study, checked in the archive', studyImages, archive],
    ['a program', program, noIdentity],
  ];
  test.each(accepted)('%s', (_what, launch, system) => {
    expect(problemsOf(launch, {}, system)).toEqual([]);
  });
});

test('names of key files are absolute after reading', () => {
  const reading = parseConfiguration(JSON.stringify(configurationWith(cbc)), options);
  expect(reading.ok && reading.configuration.systems[0]?.context.launch).toMatchObject({
    key: { file: path.resolve('/etc/lanyard/launch.secret'), encoding: 'base64' },
    macKey: { file: path.resolve('/etc/lanyard/mac.secret') },
  });
});

describe('refuses', () => {
  const LAUNCH = 'systems[0].context.launch';
  test.each<[string, object, string, object?]>([
    [
      'an unknown macro',
      { ...formPost, fields: { nhs: '{nhsNo}' } },
      `${LAUNCH}.fields.nhs: There is no macro {nhsNo}.`,
    ],
    ['a lone brace', { ...formPost, fields: { nhs: '{nhsNumber' } }, `${LAUNCH}.fields.nhs: A curly bracket stands`],
    ['an unknown authority', { ...formPost, fields: { n: '{localNumber:rm}' } }, 'Did you mean "rm3"?'],
    ['a form for everybody', { ...formPost, fields: { by: '{userName}' } }, `${LAUNCH}.fields: This is the same for`],
    ['http', { ...formPost, url: 'http://epr.ward.example.nhs/open' }, 'Only https is allowed'],
    ['another origin', { ...formPost, url: 'https://other.example/open' }, `${LAUNCH}.url: This address is not inside`],
    [
      'a ticket that nobody asked for',
      { ...formPost, fields: { n: '{nhsNumber}{ticket}' } },
      'the ticket is not known',
    ],
    ['an end that nothing signs', { ...formPost, fields: { n: '{nhsNumber}{expires}' } }, '"kind": "signed-url"'],
    ['a missing key file', { ...gcm, key: { file: 'nowhere' } }, `${LAUNCH}.key.file: There is no such file.`],
    ['a key in the configuration', { ...gcm, key: 'AAAA' }, `${LAUNCH}.key: This must be an object`],
    ['a readable patient', { ...gcm, plain: { n: '{nhsNumber}' } }, `${LAUNCH}.plain: Here the patient would be`],
    ['a parameter twice', { ...gcm, plain: { nhs: 'x' } }, 'The parameter "nhs" would be sent twice.'],
    ['a second key for GCM', { ...cbc, cipher: 'aes-256-gcm' }, `${LAUNCH}.macKey: AES-256-GCM needs no second key.`],
    ['CBC without an HMAC', { ...gcm, cipher: cbc.cipher }, `${LAUNCH}.macKey: Without an HMAC`],
    ['one key for both', { ...cbc, macKey: key }, 'Use two keys.'],
    ['another cipher', { ...gcm, cipher: 'aes-256-ecb' }, `${LAUNCH}.cipher: "aes-256-ecb" is not possible here.`],
    ['an address for ever', { ...signed, template: `${EPR}/?n={nhsNumber}` }, 'would be good for ever'],
    ['a signature of less', { ...signed, canonical: '{nhsNumber}{expires}{notBefore}' }, 'not cover {dateOfBirth}'],
    ['a signature in the way', { ...signed, parameter: 'nhs' }, 'has a parameter "nhs" already'],
    ['a long life', { ...signed, validSeconds: 3600 }, `${LAUNCH}.validSeconds: This must be at most 600.`],
    ['a ticket that is not used', { ...ticket, template: `${EPR}/open` }, `${LAUNCH}.template: The page is opened`],
    ['a ticket desk elsewhere', { ...ticket, request: { ...ticket.request, url: 'https://o.example/' } }, 'not inside'],
    ['a ticket for everybody', { ...ticket, request: { ...ticket.request, fields: { a: 'b' } } }, 'same for every'],
    ['an answer that is no path', { ...ticket, answer: 'a b' }, `${LAUNCH}.answer: Write names with dots`],
    ['images of nobody’s number', { ...patientImages, authority: 'rm4' }, 'Did you mean "rm3"?'],
    ['studies nowhere', { ...studyImages, dicomWebRoot: undefined }, 'It is not said where the studies'],
    [
      'a parameter of the other request',
      { ...studyImages, mostRecentResults: 1 },
      '"requestType": "STUDY" has no such',
    ],
    [
      'times in the wrong order',
      { ...patientImages, lowerDaysAgo: 1, upperDaysAgo: 2 },
      'longer ago than upperDaysAgo',
    ],
    ['an unlisted program', { ...program, template: 'emis://x?n={nhsNumber}' }, '"emis" is not a scheme', noIdentity],
    ['a program without //', { ...program, template: 'systmone:{nhsNumber}' }, 'Write "systmone://…".', noIdentity],
    ['a patient as the host', { ...program, template: 'systmone://{nhsNumber}/' }, 'stands in the host', noIdentity],
    ['reading a program back', program, 'systems[0].identity: What a desktop program shows cannot be read back.'],
    ['images that no archive knows', patientImages, 'launched over its archive', { kind: 'pacs' }],
    ['an archive elsewhere', { ...patientImages, dicomWebRoot: 'https://o.example/' }, 'dicomWebRoot: This address is'],
    ['checking nothing', patientImages, 'Only a study lookup can be checked', { identity: { source: 'dicomweb' } }],
  ])('%s', (_what, launch, problem, system) => {
    expect(problemsOf(launch, {}, system).join('\n')).toContain(problem);
  });

  test.each([
    'file',
    'javascript',
    'http',
    'https',
    'ms-settings',
    'ms-msdt',
    'search-ms',
    'vbscript',
    'data',
    'SystmOne',
    'c',
  ])('the scheme %s on the list of programs', (scheme) => {
    const workstation = { mode: 'shared', programSchemes: [scheme] };
    expect(problemsOf(formPost, { workstation }).join()).toContain(
      `workstation.programSchemes[0]: Lanyard never opens "${scheme}".`,
    );
  });

  test('a location that is not known', () => {
    const fields = { nhs: '{nhsNumber}', ward: '{location}' };
    const problems = problemsOf({ ...formPost, fields }, { workstation: { mode: 'shared' } });
    expect(problems.join()).toContain('This workstation has no location.');
  });
});

describe('a key file', () => {
  let folder = '';
  beforeAll(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'lanyard-keys-'));
  });
  afterAll(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });

  function problemsWith(text: string, encoding: string, launch: object = gcm): string {
    fs.writeFileSync(path.join(folder, 'launch.secret'), text);
    const file = path.join(folder, 'lanyard.json');
    fs.writeFileSync(file, JSON.stringify(configurationWith({ ...launch, key: { ...key, encoding } })));
    const reading = readConfiguration(file, { kinds: ['web', 'pacs'], demoAllowed: true });
    return reading.ok ? '' : reading.problems.map(({ message }) => message).join('\n');
  }

  test.each([
    ['base64', `${Buffer.alloc(32, 7).toString('base64')}\n`],
    ['hex', 'a1'.repeat(32)],
    ['text', 'thirty-two bytes of visible text'],
  ])('of 32 bytes in %s is accepted', (encoding, text) => {
    expect(problemsWith(text, encoding)).toBe('');
  });

  test.each([
    ['base64', Buffer.alloc(16, 7).toString('base64'), 'This key must be 32 bytes long, but is 16.'],
    ['hex', 'canary-that-is-not-hex', 'This file does not hold a key in hex.'],
    ['base64', 'canary!', 'This file does not hold a key in base64.'],
    ['text', ' \n', 'This file is empty.'],
    ['text', 'canary '.repeat(20_000), 'This file is too large to be a key.'],
  ])('in %s that is none is refused, and nothing of it is said', (encoding, text, message) => {
    const problems = problemsWith(text, encoding);
    expect(problems).toBe(message);
    expect(problems).not.toContain('canary');
  });

  test('for signing may be longer, but not short', () => {
    expect(problemsWith('x'.repeat(15), 'text', signed)).toBe('This key must be 16 to 4096 bytes long, but is 15.');
    expect(problemsWith('x'.repeat(100), 'text', signed)).toBe('');
  });
});
