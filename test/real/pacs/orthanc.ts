/**
 * A real picture archive for tests: Debian's Orthanc with its DICOMweb plugin, on a free port, in a folder of its own.
 * It speaks HTTP Basic only and its own pages can delete: tests reach it through the read-only proxy of pacs.ts.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { endProcess } from '../../../build/processes.js';

export interface Orthanc {
  /** http://127.0.0.1:PORT, without a slash at the end. */
  readonly url: string;
  /** Value of the Authorization header that it wants. */
  readonly authorization: string;
  close(): Promise<void>;
}

const PROGRAM = '/usr/sbin/Orthanc';
const PLUGINS = ['libOrthancDicomWeb.so', 'libOrthancGdcm.so'].map((file) => `/usr/share/orthanc/plugins/${file}`);
const PACKAGES = 'apt-get install -y --no-install-recommends orthanc orthanc-dicomweb orthanc-gdcm dcmtk';
const READY_MS = 30_000;
const LOOK_EVERY_MS = 50;

/**
 * @param folder becomes its database; must not hold one
 * @param dicomWebRoot path of its DICOMweb services: the one the viewer uses, so that addresses in its answers fit
 */
export async function startOrthanc(folder: string, dicomWebRoot: string): Promise<Orthanc> {
  for (const file of [PROGRAM, ...PLUGINS])
    if (!existsSync(file)) throw new Error(`the archive for tests needs Debian packages: ${PACKAGES}`);
  await mkdir(folder, { recursive: true });
  const password = randomUUID();
  const port = await freePort();
  const configuration = path.join(folder, 'orthanc.json');
  const settings = {
    Name: 'Test PACS',
    StorageDirectory: folder,
    IndexDirectory: folder,
    Plugins: PLUGINS,
    HttpPort: port,
    DicomServerEnabled: false,
    // this version cannot be told an address to listen on: it refuses everybody but this machine itself
    RemoteAccessAllowed: false,
    AuthenticationEnabled: true,
    RegisteredUsers: { ward: password },
    DicomWeb: { Enable: true, Root: `${dicomWebRoot}/`, EnableWado: false },
  };
  await writeFile(configuration, JSON.stringify(settings), { mode: 0o600 });
  const child = spawn(PROGRAM, [configuration], { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const ended = new AbortController();
  child.once('error', () => {
    ended.abort();
  });
  child.once('exit', () => {
    ended.abort();
  });
  const orthanc = {
    url: `http://127.0.0.1:${port}`,
    authorization: `Basic ${Buffer.from(`ward:${password}`).toString('base64')}`,
    close: () => endProcess(child),
  };
  try {
    await untilReady(orthanc, ended.signal);
  } catch (error) {
    await endProcess(child);
    throw new Error(`Orthanc did not start: ${Buffer.concat(said).toString('utf8').slice(-2_000)}`, { cause: error });
  }
  return orthanc;
}

/** Ready is when it answers a question about itself. */
async function untilReady({ url, authorization }: Orthanc, ended: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([ended, AbortSignal.timeout(READY_MS)]);
  for (;;) {
    const status = await fetch(`${url}/system`, { headers: { authorization }, signal }).then(
      (response) => response.status,
      (error: unknown) => {
        if (signal.aborted) throw error;
        return 0; // nobody listens yet
      },
    );
    if (status === 200) return;
    await later(LOOK_EVERY_MS, undefined, { signal });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
