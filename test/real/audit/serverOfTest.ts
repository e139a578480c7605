/** An audit server on a real PostgreSQL of its own, and workstations and viewers that talk to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SecureClient } from '../../../main/audit/secureRequest.js';
import { type AuditServer, startAuditServer } from '../../../server/auditServer.js';
import { readServerConfiguration } from '../../../server/configuration.js';
import { type CertificateAuthority, createCertificateAuthority } from '../../demo/certificates.js';

export const HOST = '127.0.71.1';
const NAME = 'audit.ward.example.nhs';

export interface Place {
  readonly folder: string;
  readonly configuration: string;
  readonly authority: CertificateAuthority;
  /** @returns its whole name */
  write(name: string, text: string): string;
  /** Files of a certificate with this name. */
  certificate(name: string, by?: CertificateAuthority): Promise<{ clientCertificate: string; clientKey: string }>;
  /** Over https to the server, as this computer. */
  client(name: string, port: number): Promise<SecureClient>;
  remove(): void;
}

/**
 * @param directory as in its configuration
 * @param own what differs in its configuration
 */
export async function placeOfTest(directory: object, own: Readonly<Record<string, unknown>> = {}): Promise<Place> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'lanyard-as-'));
  chmodSync(folder, 0o755); // PostgreSQL's own user has to come by
  const authority = await createCertificateAuthority('Audit CA', new Date());
  const write = (name: string, text: string): string => {
    writeFileSync(path.join(folder, name), text, { mode: 0o600 });
    return path.join(folder, name);
  };
  const server = await authority.issue([NAME, HOST, '127.0.0.1']);
  write('server.pem', server.certificatePem);
  write('server.key', server.privateKeyPem);
  const caFile = write('ca.pem', authority.caPem);
  const configuration = write(
    'audit-server.json',
    JSON.stringify({
      listen: { host: HOST, port: 0 },
      tls: { certificate: 'server.pem', key: 'server.key', clientCaFile: 'ca.pem' },
      folder: 'store',
      trust: { name: 'Ward Trust', odsCode: 'RZZ' },
      origin: 'audit.ward.example.nhs/trail',
      directory,
      roles: {
        clinician: ['Clinicians'],
        auditor: ['Audit-Readers'],
        privacyOfficer: ['IG-Team'],
        support: ['IT-Support'],
      },
      identifiers: [{ authority: 'rm3', system: 'https://ward.example.nhs/id/rm3' }],
      witness: { file: 'witness.notes' },
      ...own,
    }),
  );
  mkdirSync(path.join(folder, 'store'), { mode: 0o755 });
  let made = 0;
  const certificate: Place['certificate'] = async (name, by = authority) => {
    const issued = await by.issue([name]);
    made += 1;
    return {
      clientCertificate: write(`client-${made}.pem`, issued.certificatePem),
      clientKey: write(`client-${made}.key`, issued.privateKeyPem),
    };
  };
  return {
    folder,
    configuration,
    authority,
    write,
    certificate,
    client: async (name, port) =>
      new SecureClient({ url: `https://${HOST}:${port}`, caFile, ...(await certificate(name)) }),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface RunningServer extends AuditServer {
  readonly reported: readonly string[];
}

export async function startServer(place: Place): Promise<RunningServer> {
  const reported: string[] = [];
  const server = await startAuditServer(readServerConfiguration(place.configuration), {
    version: '0.1.0',
    report: (error) => reported.push(String(error)),
  });
  return { ...server, reported };
}

/** The server as a program of its own, that can be killed. Its port has to be configured. */
export class ServerProcess {
  #child: ChildProcess | null = null;

  constructor(private readonly configuration: string) {}

  async start(): Promise<void> {
    const child = spawn(process.execPath, ['--import', 'tsx', 'server/cli.ts', '--config', this.configuration], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let said = '';
    child.stderr.on('data', (text: Buffer) => (said += text.toString()));
    await new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (text: Buffer) => {
        if (text.toString().includes('listens on')) resolve();
      });
      child.once('close', () => {
        reject(new Error(`the audit server ended: ${said}`));
      });
    });
  }

  /** With all that it started. */
  async kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child?.exitCode !== null) return;
    const ended = once(child, 'close');
    child.kill(signal);
    await ended;
  }

  /** Of the PostgreSQL in this folder; null: none runs. */
  static databaseProcess(folder: string): number | null {
    try {
      return Number(readFileSync(path.join(folder, 'store/postgresql/postmaster.pid'), 'utf8').split('\n')[0]);
    } catch {
      return null;
    }
  }
}

/** Of the tests' Active Directory, as in a configuration. */
export function directoryOf(ad: {
  readonly domain: string;
  readonly netbiosName: string;
  readonly url: string;
  readonly name: string;
  readonly address: string;
  readonly caFile: string;
}): object {
  const { domain, netbiosName, url, name, address, caFile } = ad;
  return { domain, netbiosName, servers: [url], addresses: { [name]: address }, caFile };
}
