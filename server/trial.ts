/**
 * Everything for a try-out, in a folder of its own: an authority, certificates for the server and one workstation, and
 * a configuration with the directory and roles of a lanyard.json. Not for a trust: the authority's key lies beside them.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { parse } from 'jsonc-parser';

const PORT = 8443;
/** Days that its certificates hold. */
const DAYS = 30;

export interface Trial {
  /** Of the server. */
  readonly configuration: string;
  /** What lanyard.json needs under "audit", but for the public key of the checkpoints. */
  readonly workstation: Readonly<Record<string, string>>;
}

/** @throws where the folder is in use, or lanyard.json cannot be read */
export function makeTrial(folder: string, lanyardFile: string): Trial {
  const configuration = path.join(folder, 'audit-server.json');
  if (existsSync(configuration)) throw new Error(`${configuration} is there already: start it with --config`);
  const { trust, directory, roles, patients } = parse(readFileSync(lanyardFile, 'utf8')) as {
    readonly trust?: object;
    readonly directory?: object;
    readonly roles?: object;
    readonly patients?: { readonly identifiers?: readonly { readonly authority: string; readonly system: string }[] };
  };
  if (!trust || !directory || !roles) throw new Error(`${lanyardFile} says neither trust nor directory nor roles`);
  mkdirSync(folder, { recursive: true, mode: 0o755 }); // PostgreSQL's own user has to come by
  certificate(folder, 'ca', ['-subj', '/CN=Lanyard audit trial', '-addext', 'basicConstraints=critical,CA:TRUE']);
  const issued = ['-CA', path.join(folder, 'ca.pem'), '-CAkey', path.join(folder, 'ca.key')];
  const names = `subjectAltName=DNS:${hostname()},DNS:localhost,IP:127.0.0.1`;
  certificate(folder, 'server', [...issued, '-subj', `/CN=${hostname()}`, '-addext', names]);
  certificate(folder, 'workstation', [...issued, '-subj', `/CN=${hostname()}`]);
  const absolute = (name: unknown): string => path.resolve(path.dirname(lanyardFile), String(name));
  // The service account looks nobody up here.
  const rest = Object.fromEntries(Object.entries(directory).filter(([key]) => key !== 'serviceAccount'));
  const { caFile } = rest;
  writeFileSync(
    configuration,
    `${JSON.stringify(
      {
        listen: { host: '127.0.0.1', port: PORT },
        tls: { certificate: 'server.pem', key: 'server.key', clientCaFile: 'ca.pem' },
        folder: 'store',
        trust,
        origin: `${hostname()}/trial`,
        directory: { ...rest, ...(caFile !== undefined && { caFile: absolute(caFile) }) },
        roles,
        identifiers: (patients?.identifiers ?? []).map(({ authority, system }) => ({ authority, system })),
        witness: { file: 'witness.notes' },
      },
      null,
      2,
    )}\n`,
    { mode: 0o600 },
  );
  mkdirSync(path.join(folder, 'store'), { mode: 0o755 });
  const file = (name: string): string => path.join(folder, name);
  return {
    configuration,
    workstation: {
      url: `https://127.0.0.1:${PORT}`,
      caFile: file('ca.pem'),
      clientCertificate: file('workstation.pem'),
      clientKey: file('workstation.key'),
    },
  };
}

function certificate(folder: string, name: string, more: readonly string[]): void {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const out = ['-keyout', path.join(folder, `${name}.key`), '-out', path.join(folder, `${name}.pem`)];
  execFileSync('openssl', ['req', '-x509', ...key, ...out, '-days', String(DAYS), ...more], { stdio: 'pipe' });
}
