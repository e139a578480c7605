/**
 * A system that is opened in every way a launch can be configured, and shows a patient only to whom it can verify: it
 * decrypts, checks signatures and times, hands out tickets for one use. Anything else is refused, and remembered.
 */
import { createDecipheriv, createHmac, randomBytes, timingSafeEqual, webcrypto } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { formatDate } from '../../main/domain/dateFormat.js';
import { readBody, type RunningServer, sendJson, startServer } from '../demo/http.js';
import { type DemoPatient, patientByLocalNumber, patientByNhsNumber, population } from '../demo/population.js';

export interface LaunchDesk extends RunningServer {
  /** Key files as they stand beside the configuration. */
  readonly keyFiles: Readonly<Record<string, string>>;
  /** Everything secret it was given or gave out. */
  readonly secrets: readonly string[];
  /** Why something was refused. */
  readonly refused: readonly string[];
  /** Ways in which patients were opened, in order: "signed 9990000018". */
  readonly opened: readonly string[];
  /** A ticket that was used already. */
  usedTicket(): string;
}

const TICKET_LIFE = 30_000;

export async function startLaunchDesk(): Promise<LaunchDesk> {
  const key = randomBytes(32);
  const macKey = randomBytes(32);
  const signingKey = randomBytes(32).toString('hex');
  const clientSecret = randomBytes(16).toString('hex');
  const refused: string[] = [];
  const opened: string[] = [];
  const secrets = [key.toString('base64'), macKey.toString('hex'), signingKey, clientSecret];
  const tickets = new Map<
    string,
    { readonly nhsNumber: string; readonly until: number; readonly sid: string | null }
  >();
  const used: string[] = [];
  const sessions = new Set<string>();

  /** Whom a request is about; throws where it may not be answered. */
  const find = async (way: string, url: URL, request: IncomingMessage): Promise<DemoPatient | undefined> => {
    const parameter = (name: string): string => url.searchParams.get(name) ?? '';
    switch (way) {
      case 'form': {
        if (request.method !== 'POST' || url.search !== '') throw new Error('not by form');
        if (request.headers['content-type'] !== 'application/x-www-form-urlencoded') throw new Error('no form');
        const form = new URLSearchParams(await readBody(request));
        return checked(patientByNhsNumber(form.get('nhs') ?? ''), form.get('born') ?? '');
      }
      case 'gcm': {
        const read = (name: string) => openGcm(Buffer.from(parameter(name), 'base64url'), key);
        return checked(patientByNhsNumber(await read('nhs')), await read('dob'));
      }
      case 'cbc': {
        const read = (name: string) =>
          openCbc(Buffer.from(parameter(`${name}_iv`), 'hex'), Buffer.from(parameter(name), 'hex'), key, macKey);
        return checked(patientByNhsNumber(read('nhs')), read('dob'));
      }
      case 'signed': {
        const [text = '', signature = ''] = `${url.pathname}${url.search}`.split('&sig=');
        const expected = createHmac('sha256', signingKey).update(text).digest();
        if (!timingSafeEqual(Buffer.from(signature, 'base64url'), expected)) throw new Error('wrong signature');
        const now = Date.now() / 1000;
        if (now < Number(parameter('nbf')) || now > Number(parameter('exp'))) throw new Error('not now');
        return checked(patientByNhsNumber(parameter('patient').split('|')[1] ?? ''), parameter('birthdate'));
      }
      case 'open': {
        const ticket = tickets.get(parameter('code'));
        tickets.delete(parameter('code'));
        used.push(parameter('code'));
        if (!ticket || Date.now() > ticket.until) throw new Error('no such ticket');
        if (ticket.sid !== null && ticket.sid !== sidOf(request)) throw new Error('somebody else’s ticket');
        return patientByNhsNumber(ticket.nhsNumber);
      }
      case 'IHEInvokeImageDisplay':
        return parameter('requestType') === 'STUDY' ? byStudies(parameter('studyUID')) : byCx(parameter('patientID'));
      default:
        return undefined;
    }
  };

  const server = await startServer(async ({ request, response, url }) => {
    const way = url.pathname.slice(1).split('/')[0] ?? '';
    const html = (body: string, status = 200, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...headers });
      response.end(`<!doctype html><title>Desk</title>${body}`);
    };
    if (way === 'home') {
      const sid = randomBytes(16).toString('hex');
      sessions.add(sid);
      html('<h1>Worklist</h1>', 200, { 'set-cookie': `sid=${sid}; HttpOnly; Path=/` });
      return;
    }
    if (way === 'studies') {
      sendJson(response, studiesOf(url.searchParams.get('PatientID') ?? ''), { type: 'application/dicom+json' });
      return;
    }
    if (way === 'tickets' || way === 'client-tickets') {
      const sid = sidOf(request);
      const isClient =
        request.headers.authorization === `Basic ${Buffer.from(`lanyard:${clientSecret}`).toString('base64')}`;
      if (way === 'tickets' ? !sessions.has(sid) : !isClient || sid !== '') {
        refused.push(`${way}: who asks?`);
        response.writeHead(401).end();
        return;
      }
      const body = (await readBody(request)) ?? '';
      const nhsNumber =
        way === 'tickets' ? (JSON.parse(body) as { nhs: string }).nhs : (new URLSearchParams(body).get('nhs') ?? '');
      const code = randomBytes(16).toString('hex');
      secrets.push(code);
      tickets.set(code, { nhsNumber, until: Date.now() + TICKET_LIFE, sid: way === 'tickets' ? sid : null });
      sendJson(response, { data: { code } });
      return;
    }
    try {
      const patient = await find(way, url, request);
      if (!patient) throw new Error('no such patient');
      const { family, given, nhsNumber, birthDate } = patient;
      opened.push(`${way} ${nhsNumber ?? ''}`);
      html(
        `<h1>${family}, ${given.join(' ')}</h1><p data-nhs-number>${nhsNumber ?? ''}</p><p class="dob">${formatDate(birthDate, 'DD-MMM-YYYY')}</p>`,
      );
    } catch (error) {
      refused.push(`${way}: ${error instanceof Error ? error.message : 'refused'}`);
      html('<h1>Refused</h1>', 403);
    }
  });
  return {
    ...server,
    keyFiles: {
      'launch.key': key.toString('base64'),
      'mac.key': macKey.toString('hex'),
      'sign.key': signingKey,
      'client.secret': clientSecret,
    },
    secrets,
    refused,
    opened,
    usedTicket: () => used[0] ?? '',
  };
}

function checked(patient: DemoPatient | undefined, birthDate: string): DemoPatient | undefined {
  if (patient && patient.birthDate !== birthDate) throw new Error('another birth date');
  return patient;
}

/** vector (12) ‖ ciphertext ‖ tag (16) */
async function openGcm(sealed: Buffer, key: Buffer): Promise<string> {
  const secret = await webcrypto.subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt']);
  const iv = sealed.subarray(0, 12);
  return Buffer.from(await webcrypto.subtle.decrypt({ name: 'AES-GCM', iv }, secret, sealed.subarray(12))).toString();
}

/** ciphertext ‖ HMAC (32) of vector and ciphertext */
function openCbc(vector: Buffer, sealed: Buffer, key: Buffer, macKey: Buffer): string {
  const encrypted = sealed.subarray(0, -32);
  const expected = createHmac('sha256', macKey).update(vector).update(encrypted).digest();
  if (!timingSafeEqual(sealed.subarray(-32), expected)) throw new Error('changed on the way');
  const decipher = createDecipheriv('aes-256-cbc', key, vector);
  return Buffer.concat([decipher.update(encrypted), decipher.final()]).toString();
}

function byCx(patientId: string): DemoPatient | undefined {
  const [number = '', second, third, authority] = patientId.split('^');
  if (second !== '' || third !== '' || authority !== 'RM3') throw new Error('whose number?');
  return patientByLocalNumber(number);
}

const uidOf = ({ localNumber }: DemoPatient): string => `1.2.826.0.1.${Number(localNumber.slice(2))}`;

function byStudies(uids: string): DemoPatient | undefined {
  return population.find((patient) => uidOf(patient) === uids);
}

/** Like archives do: everybody whose number begins so. */
function studiesOf(patientId: string): object[] {
  return population
    .filter(({ localNumber }) => localNumber.startsWith(patientId.slice(0, 4)))
    .map((patient) =>
      Object.fromEntries(
        Object.entries({
          '0020000D': uidOf(patient),
          '00100020': patient.localNumber,
          '00100021': 'RM3',
          '00100030': patient.birthDate.replaceAll('-', ''),
        }).map(([tag, value]) => [tag, { vr: 'LO', Value: [value] }]),
      ),
    );
}

function sidOf({ headers }: IncomingMessage): string {
  return /(?:^|;\s*)sid=([0-9a-f]+)/.exec(headers.cookie ?? '')?.[1] ?? '';
}
