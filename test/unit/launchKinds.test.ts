/**
 * Each kind of launch against published vectors or an implementation of its own, and with canaries: nothing of a key, a
 * ticket or a patient is in an error.
 */
import { createDecipheriv, createHmac, timingSafeEqual, webcrypto } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type {
  ConnectedSystem,
  ConnectorTools,
  KeyReference,
  Launch,
  LaunchRule,
  LaunchTools,
  PostedContent,
} from '../../main/connectors/connector.js';
import { launchAsConfigured } from '../../main/connectors/launch/launch.js';
import { LanyardError } from '../../main/domain/errors.js';
import { readKeyText } from '../../main/domain/keyText.js';
import { Redactor } from '../../main/health/redact.js';
import { amara, brian } from './people.js';

const never = new AbortController().signal;
const NOW = Date.parse('2026-11-22T08:00:00Z');

function systemWith(launch: LaunchRule): ConnectedSystem {
  return {
    id: 'system',
    title: 'System',
    url: 'https://system.test/',
    origins: ['https://system.test'],
    context: { launch },
  };
}

interface Around {
  readonly keys?: Readonly<Record<string, string>>;
  readonly vectors?: readonly string[];
  readonly answer?: () => unknown;
}

interface Watched {
  readonly tools: ConnectorTools;
  readonly handedOut: Uint8Array[];
  readonly posted: { address: string; content: PostedContent; authorization: string | null }[];
  readonly opened: string[];
  readonly asked: string[];
}

/** Keys by name, written in hex; vectors in the order they are asked for. */
function around({ keys = {}, vectors = [], answer = () => [] }: Around = {}): Watched {
  const left = vectors.map((hex) => Buffer.from(hex, 'hex'));
  const watched = { handedOut: [], posted: [], opened: [], asked: [] } as Omit<Watched, 'tools'>;
  const launching: LaunchTools = {
    now: () => NOW,
    randomBytes: (size) => left.shift() ?? webcrypto.getRandomValues(new Uint8Array(size)),
    key: ({ file, encoding }: KeyReference) => {
      const key = readKeyText(keys[file] ?? '', encoding);
      if (!key) throw new Error('the test has no such key');
      watched.handedOut.push(key);
      return Promise.resolve(key);
    },
    postForJson: (address, content, authorization) => {
      watched.posted.push({ address: address.href, content, authorization });
      return Promise.resolve(answer());
    },
    openProgram: (address) => {
      watched.opened.push(address.href);
      return Promise.resolve();
    },
    userName: 'amina.shah',
    location: 'Ward 7',
  };
  const tools: ConnectorTools = {
    authorities: [{ authority: 'rm3', dicomIssuer: 'RM3' }],
    getJson: (address) => {
      watched.asked.push(address.href);
      return Promise.resolve(answer());
    },
    smartLaunch: (_system, url) => Promise.resolve(new URL(`${url.href}?iss=x&launch=y`)),
    launching,
  };
  return { ...watched, tools };
}

const launch = (rule: LaunchRule, { tools }: Watched, patient = amara) =>
  launchAsConfigured({ system: systemWith(rule), patient, tools, signal: never });

function addressOf(launched: Launch): URL {
  if (launched.kind !== 'address') throw new Error(launched.explanation);
  return launched.address;
}

const hexKey = (file: string): KeyReference => ({ file, encoding: 'hex' });
const bytesOf = (text: string | null): Buffer => Buffer.from(text ?? '', 'base64url');

describe('form-post', () => {
  const rule: LaunchRule = {
    kind: 'form-post',
    url: 'https://system.test/open',
    fields: { nhs: '{nhsNumber}', born: '{dateOfBirth:DD/MM/YYYY}', 'who&where': '{userName} @ {location}' },
  };

  test('the patient stands in the form, and not in the address', async () => {
    const launched = await launch(rule, around());
    expect(addressOf(launched).href).toBe('https://system.test/open');
    const post = launched.kind === 'address' ? launched.post : undefined;
    expect(post?.contentType).toBe('application/x-www-form-urlencoded');
    expect(Object.fromEntries(new URLSearchParams(post?.body))).toEqual({
      nhs: '9990000018',
      born: '12/04/1961',
      'who&where': 'amina.shah @ Ward 7',
    });
  });

  test('a name cannot add a field', async () => {
    const patient = { ...amara, name: { ...amara.name, family: 'X&nhs=9990000123' } };
    const launched = await launch({ ...rule, fields: { name: '{familyName}' } }, around(), patient);
    expect(launched).toMatchObject({ post: { body: 'name=X%26nhs%3D9990000123' } });
  });

  test('a patient without the number is told in words', async () => {
    expect(await launch(rule, around(), { ...amara, nhsNumber: null })).toEqual({
      kind: 'no-record',
      explanation: "System needs the patient's NHS number, and none is known.",
    });
  });
});

describe('encrypted-parameters', () => {
  const base = {
    kind: 'encrypted-parameters',
    url: 'https://system.test/open?service=ward',
    plain: {},
    key: hexKey('key'),
    encoding: 'base64url',
  } as const;
  const key = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
  const macKey = 'f0'.repeat(32);
  const keys = { key, mac: macKey };
  const fields = { nhs: '{nhsNumber}', dob: '{dateOfBirth:YYYY-MM-DD}' };
  const gcm = { ...base, cipher: 'aes-256-gcm', encrypted: fields } as const;
  const cbc = { ...base, cipher: 'aes-256-cbc-hmac-sha256', macKey: hexKey('mac'), encrypted: fields } as const;

  // McGrew & Viega, "The Galois/Counter Mode of Operation", appendix B, test case 14.
  test('AES-256-GCM as published', async () => {
    const watched = around({ keys: { key: '00'.repeat(32) }, vectors: ['00'.repeat(12)] });
    const address = addressOf(await launch({ ...gcm, encrypted: { x: '\0'.repeat(16) } }, watched));
    expect(bytesOf(address.searchParams.get('x')).toString('hex')).toBe(
      `${'00'.repeat(12)}cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919`,
    );
  });

  // RFC 7518 B.3: the ciphertext of A256CBC-HS512 (its HMAC is another one).
  test('AES-256-CBC as published', async () => {
    const vector = '1af38c2dc2b96ffdd86694092341bc04';
    const watched = around({
      keys: { ...keys, key: '202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f' },
      vectors: [vector],
    });
    const text =
      'A cipher system must not be required to be secret, and it must be able to fall into the hands of the enemy without inconvenience';
    const sent = bytesOf(addressOf(await launch({ ...cbc, encrypted: { x: text } }, watched)).searchParams.get('x'));
    expect(sent.subarray(0, 16).toString('hex')).toBe(vector);
    expect(sent.subarray(16, -32).toString('hex')).toBe(
      '4affaaadb78c31c5da4b1b590d10ffbd3dd8d5d302423526912da037ecbcc7bd822c301dd67c373bccb584ad3e9279c2e6d12a1374b77f077553df829410446b36ebd97066296ae6427ea75c2e0846a11a09ccf5370dc80bfecbad28c73f09b3a3b75e662a2594410ae496b2e2e6609e31e6e02cc837f053d21f37ff4f51950bbe2638d09dd7a4930930806d0703b1f6',
    );
  });

  test('another implementation reads GCM, each field under a vector of its own', async () => {
    const address = addressOf(await launch(gcm, around({ keys })));
    const secret = await webcrypto.subtle.importKey('raw', Buffer.from(key, 'hex'), 'AES-GCM', false, ['decrypt']);
    const read = async (name: string) => {
      const bytes = bytesOf(address.searchParams.get(name));
      const plain = await webcrypto.subtle.decrypt(
        { name: 'AES-GCM', iv: bytes.subarray(0, 12) },
        secret,
        bytes.subarray(12),
      );
      return Buffer.from(plain).toString();
    };
    expect([await read('nhs'), await read('dob')]).toEqual(['9990000018', '1961-04-12']);
    const vectors = ['nhs', 'dob'].map((name) =>
      bytesOf(address.searchParams.get(name)).subarray(0, 12).toString('hex'),
    );
    expect(new Set(vectors).size).toBe(2);
    expect(address.searchParams.get('service')).toBe('ward');
  });

  test('CBC carries an HMAC over vector and ciphertext, and the vector may be a parameter of its own', async () => {
    const rule = { ...cbc, vectorSuffix: '_iv', encoding: 'hex' } as const;
    const address = addressOf(await launch(rule, around({ keys })));
    const vector = Buffer.from(address.searchParams.get('nhs_iv') ?? '', 'hex');
    const sent = Buffer.from(address.searchParams.get('nhs') ?? '', 'hex');
    const [encrypted, mac] = [sent.subarray(0, -32), sent.subarray(-32)];
    const expected = createHmac('sha256', Buffer.from(macKey, 'hex')).update(vector).update(encrypted).digest();
    expect(timingSafeEqual(mac, expected)).toBe(true);
    const decipher = createDecipheriv('aes-256-cbc', Buffer.from(key, 'hex'), vector);
    expect(Buffer.concat([decipher.update(encrypted), decipher.final()]).toString()).toBe('9990000018');
  });

  test.each([
    ['GCM', gcm],
    ['CBC', cbc],
  ])('%s overwrites every key it was given, and never writes the patient', async (_what, rule) => {
    const watched = around({ keys });
    const { href } = addressOf(await launch(rule, watched));
    expect(href).not.toMatch(/9990000018|1961/u);
    expect(watched.handedOut.length).toBeGreaterThan(0);
    expect(watched.handedOut.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  });

  test('a key of another length encrypts nothing, and is overwritten', async () => {
    const watched = around({ keys: { ...keys, key: 'ab'.repeat(16) } });
    await expect(launch(gcm, watched)).rejects.toThrow('Its key must be 32 bytes long');
    expect(watched.handedOut.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  });
});

describe('signed-url', () => {
  const rule = {
    kind: 'signed-url',
    template:
      'https://system.test/launch?patient=https://fhir.nhs.uk/Id/nhs-number|{nhsNumber}&birthdate={dateOfBirth:YYYY-MM-DD}&location={location}&practitioner={userName}&exp={expires}&nbf={notBefore}&serviceId=ward',
    algorithm: 'hmac-sha256',
    key: { file: 'key', encoding: 'text' },
    parameter: 'sig',
    encoding: 'hex',
    validSeconds: 60,
    skewSeconds: 30,
    timeFormat: 'unix',
  } as const;

  // RFC 4231, test case 2.
  test.each([
    ['hmac-sha256', '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    [
      'hmac-sha512',
      '164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737',
    ],
  ] as const)('%s as published', async (algorithm, signature) => {
    const signed = { ...rule, algorithm, canonical: 'what do ya want for nothing?' };
    const address = addressOf(await launch(signed, around({ keys: { key: 'Jefe' } })));
    expect(address.searchParams.get('sig')).toBe(signature);
  });

  test('the receiver finds the patient, the end, and its own signature of what it got', async () => {
    const address = addressOf(await launch(rule, around({ keys: { key: 'a shared key of 24 bytes' } })));
    const read = Object.fromEntries(address.searchParams);
    expect(read).toMatchObject({
      patient: 'https://fhir.nhs.uk/Id/nhs-number|9990000018',
      birthdate: '1961-04-12',
      location: 'Ward 7',
      practitioner: 'amina.shah',
      exp: String(NOW / 1000 + 60),
      nbf: String(NOW / 1000 - 30),
      serviceId: 'ward',
    });
    const [signed = '', signature] = `${address.pathname}${address.search}`.split('&sig=');
    const bytes = createHmac('sha256', 'a shared key of 24 bytes').update(signed).digest('hex');
    expect(signature).toBe(bytes);
  });

  test('what is signed can be written otherwise, with times as ISO 8601', async () => {
    const canonical = '{nhsNumber}|{dateOfBirth:YYYYMMDD}|{location}|{userName}|{expires}|{notBefore}';
    const iso = { ...rule, canonical, timeFormat: 'iso' } as const;
    const address = addressOf(await launch(iso, around({ keys: { key: 'k' } })));
    const text = '9990000018|19610412|Ward 7|amina.shah|2026-11-22T08:01:00Z|2026-11-22T07:59:30Z';
    expect(address.searchParams.get('sig')).toBe(createHmac('sha256', 'k').update(text).digest('hex'));
  });

  test('a name with a line break could look like the next line of what is signed: not launched', async () => {
    const patient = { ...amara, name: { ...amara.name, family: 'X\n9990000123' } };
    const signed = { ...rule, canonical: '{familyName}\n{nhsNumber}' };
    expect(await launch(signed, around({ keys: { key: 'k' } }), patient)).toMatchObject({ kind: 'no-record' });
  });
});

describe('ticket', () => {
  const rule = {
    kind: 'ticket',
    request: { url: 'https://system.test/tickets', format: 'json', fields: { nhs: '{nhsNumber}' } },
    answer: 'data.code',
    template: 'https://system.test/open?code={ticket}',
  } as const;

  test('asks in the page’s session, and opens with the answer’s code', async () => {
    const watched = around({ answer: () => ({ data: { code: 'a/b c'.replace(' ', '+') } }) });
    expect(addressOf(await launch(rule, watched)).searchParams.get('code')).toBe('a/b+c');
    expect(watched.posted).toEqual([
      {
        address: 'https://system.test/tickets',
        content: { contentType: 'application/json', body: '{"nhs":"9990000018"}' },
        authorization: null,
      },
    ]);
  });

  test('asks by form with an account of its own', async () => {
    const watched = around({ keys: { secret: 'p:ä ss' }, answer: () => ({ data: { code: 'x' } }) });
    const client = { id: 'lanyard', secret: { file: 'secret', encoding: 'text' } } as const;
    await launch({ ...rule, request: { ...rule.request, format: 'form', client } }, watched);
    expect(watched.posted[0]).toMatchObject({
      content: { contentType: 'application/x-www-form-urlencoded', body: 'nhs=9990000018' },
      authorization: `Basic ${Buffer.from('lanyard:p%3A%C3%A4%20ss').toString('base64')}`,
    });
    expect(watched.handedOut.every((bytes) => bytes.every((byte) => byte === 0))).toBe(true);
  });

  test('where the page is not signed in yet, its start page opens; with an account of its own that is an error', async () => {
    const answer = (): never => {
      throw new LanyardError('not-signed-in', 'It answered with an error (401)');
    };
    expect(addressOf(await launch(rule, around({ answer }))).href).toBe('https://system.test/');
    const client = { id: 'lanyard', secret: { file: 'secret', encoding: 'text' } } as const;
    const own = { ...rule, request: { ...rule.request, client } };
    await expect(launch(own, around({ keys: { secret: 'x' }, answer }))).rejects.toThrow('(401)');
  });

  test('a ticket is asked for anew each time', async () => {
    let count = 0;
    const watched = around({ answer: () => ({ data: { code: `t${++count}` } }) });
    const codes = [await launch(rule, watched), await launch(rule, watched)].map((one) => addressOf(one).search);
    expect(codes).toEqual(['?code=t1', '?code=t2']);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a list', []],
    ['another name', { code: 'x' }],
    ['a number', { data: { code: 7 } }],
    ['an empty ticket', { data: { code: '' } }],
    ['a ticket of two words', { data: { code: 'a b' } }],
    ['a page', '<html>'],
    ['what every object has', { data: Object.create({ code: 'x' }) as unknown }],
  ])('opens nothing when the answer is %s', async (_what, answer) => {
    await expect(launch(rule, around({ answer: () => answer }))).rejects.toThrow('without the ticket');
  });
});

describe('invoke-image-display', () => {
  const patientRule = {
    kind: 'invoke-image-display',
    url: 'https://system.test/IHEInvokeImageDisplay',
    requestType: 'PATIENT',
    authority: 'rm3',
    include: [],
    studiesBy: 'studyUID',
  } as const;
  const study = (uid: string, accession: string, more: Record<string, string> = {}) =>
    Object.fromEntries(
      Object.entries({
        '0020000D': uid,
        '00080050': accession,
        '00080020': `2026110${uid.slice(-1)}`,
        '00100020': 'RM1000017',
        '00100021': 'RM3',
        ...more,
      }).map(([tag, value]) => [tag, { vr: 'LO', Value: [value] }]),
    );
  const studyRule = { ...patientRule, requestType: 'STUDY', dicomWebRoot: 'https://system.test/dicom-web' } as const;
  const studies = [study('1.2.3', 'A1'), study('1.2.4', 'A2'), study('9.9.9', 'A9', { '00100020': 'RM1000025' })];

  test('PATIENT sends the number with its authority, and no more than it was told', async () => {
    expect(Object.fromEntries(addressOf(await launch(patientRule, around())).searchParams)).toEqual({
      requestType: 'PATIENT',
      patientID: 'RM1000017^^^RM3',
    });
  });

  test('PATIENT sends every parameter of the profile', async () => {
    const rule = {
      ...patientRule,
      assigningAuthority: '&1.2.3&ISO',
      include: ['patientName', 'patientBirthDate'],
      lowerDaysAgo: 365,
      upperDaysAgo: 1,
      mostRecentResults: 3,
      modalitiesInStudy: ['CT', 'MR'],
      viewerType: 'IHE_BIR',
      diagnosticQuality: true,
      keyImagesOnly: false,
    } as const;
    expect(Object.fromEntries(addressOf(await launch(rule, around())).searchParams)).toEqual({
      requestType: 'PATIENT',
      patientID: 'RM1000017^^^&1.2.3&ISO',
      patientName: 'TESTPATIENT^Amara^Jane',
      patientBirthDate: '19610412',
      lowerDateTime: '2025-11-22T08:00:00Z',
      upperDateTime: '2026-11-21T08:00:00Z',
      mostRecentResults: '3',
      modalitiesInStudy: 'CT,MR',
      viewerType: 'IHE_BIR',
      diagnosticQuality: 'true',
      keyImagesOnly: 'false',
    });
  });

  test('a number with HL7’s own delimiters names nobody', async () => {
    const identifiers = [{ authority: 'rm3', title: 'Hospital number', value: 'RM1^^^OTHER' }];
    expect(await launch(patientRule, around(), { ...amara, identifiers })).toMatchObject({ kind: 'no-record' });
  });

  test.each([
    ['studyUID', '1.2.4,1.2.3'],
    ['accessionNumber', 'A2,A1'],
  ] as const)('STUDY names exactly the patient’s studies by %s', async (studiesBy, list) => {
    const address = addressOf(await launch({ ...studyRule, studiesBy }, around({ answer: () => studies })));
    expect(Object.fromEntries(address.searchParams)).toEqual({ requestType: 'STUDY', [studiesBy]: list });
  });

  test('STUDY of somebody without studies opens nothing', async () => {
    expect(await launch(studyRule, around({ answer: () => studies }), brian)).toMatchObject({ kind: 'address' });
    expect(await launch(studyRule, around({ answer: () => [studies[2]] }))).toMatchObject({ kind: 'no-record' });
    const unnumbered = { ...studyRule, studiesBy: 'accessionNumber' } as const;
    expect(await launch(unnumbered, around({ answer: () => [study('1.2.3', '')] }))).toMatchObject({
      kind: 'no-record',
    });
  });
});

describe('custom-protocol', () => {
  const rule = { kind: 'custom-protocol', template: 'systmone://patient/open?nhs={nhsNumber}&n={familyName}' } as const;

  test('the program gets its address, and the tab keeps to the start page', async () => {
    const watched = around();
    expect(addressOf(await launch(rule, watched)).href).toBe('https://system.test/');
    expect(watched.opened).toEqual(['systmone://patient/open?nhs=9990000018&n=TESTPATIENT']);
  });

  test('a name cannot be read as more than one word of a command line', async () => {
    const watched = around();
    await launch(rule, watched, { ...amara, name: { ...amara.name, family: `O'X" & (calc) $(id) \`id\` *~!` } });
    expect(watched.opened[0]).toMatch(/^systmone:\/\/patient\/open\?nhs=9990000018&n=[A-Za-z0-9%_.-]+$/u);
  });

  test('a launch that is overtaken opens no program', async () => {
    const watched = around();
    const overtaken = AbortSignal.abort();
    await launchAsConfigured({ system: systemWith(rule), patient: amara, tools: watched.tools, signal: overtaken });
    expect(watched.opened).toEqual([]);
  });
});

describe('canaries', () => {
  const CANARY = 'canary-0f1e2d3c';
  const key: KeyReference = { file: 'key', encoding: 'text' };
  const failing: [string, LaunchRule, Around][] = [
    [
      'a key of the wrong length',
      {
        kind: 'encrypted-parameters',
        url: 'https://system.test/',
        encrypted: { n: '{nhsNumber}' },
        plain: {},
        cipher: 'aes-256-gcm',
        key,
        encoding: 'hex',
      },
      { keys: { key: CANARY } },
    ],
    [
      'a ticket that is none',
      {
        kind: 'ticket',
        request: { url: 'https://system.test/t', format: 'json', fields: { n: '{nhsNumber}' } },
        answer: 'code',
        template: 'https://system.test/?c={ticket}',
      },
      { answer: () => ({ code: `${CANARY} with a blank` }) },
    ],
    [
      'a desk that does not answer',
      {
        kind: 'ticket',
        request: {
          url: 'https://system.test/t',
          format: 'form',
          fields: { n: '{nhsNumber}' },
          client: { id: 'c', secret: key },
        },
        answer: 'code',
        template: 'https://system.test/?c={ticket}',
      },
      {
        keys: { key: CANARY },
        answer: () => {
          throw new LanyardError('unavailable', 'It could not be reached');
        },
      },
    ],
  ];

  test.each(failing)('%s is an error without secret and patient', async (_what, rule, surroundings) => {
    const error: unknown = await launch(rule, around(surroundings)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LanyardError);
    const text = error instanceof Error ? `${error.message} ${error.stack ?? ''} ${JSON.stringify(error)}` : '';
    expect(text).not.toMatch(new RegExp(`${CANARY}|${amara.nhsNumber ?? ''}|TESTPATIENT`, 'u'));
  });

  test('of a launch address only the host is ever written', () => {
    const redactor = new Redactor();
    for (const address of [
      `https://system.test/open?code=${CANARY}`,
      `https://system.test/open#${CANARY}`,
      `https://system.test/${CANARY}?sig=${CANARY}&nhs=x`,
      `systmone://patient/${CANARY}?x=1`,
    ])
      expect(redactor.redact(`loading '${address}' failed`)).not.toContain(CANARY);
  });
});
