/**
 * A real web system protected by Kerberos: Apache with mod_auth_gssapi as https://epr.ward.example.nhs on 127.0.88.30,
 * a member of the test domain. /sso wants a ticket, /both a ticket or the domain's name and password by HTTP Basic,
 * /basic a name and password of its own file. Each page says who is signed in. Needs root, the running domain
 * controller, and the host names of build/setup/hostNames.mjs. NTLM is not here: Apache has it only with winbind.
 */
import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { DomainController } from './domainController.js';

const HOST = 'epr.ward.example.nhs';
const ADDRESS = '127.0.88.30';
const ENDING_MS = 10_000;

export interface KerberosSite {
  readonly host: string;
  /** https://epr.ward.example.nhs */
  readonly origin: string;
  /** Every request so far: path, status, and the scheme of its Authorization header, or null. */
  requests(): readonly SiteRequest[];
  close(): Promise<void>;
}

export interface SiteRequest {
  readonly path: string;
  readonly status: number;
  readonly scheme: string | null;
}

export async function startKerberosSite(controller: DomainController): Promise<KerberosSite> {
  const { address } = await lookup(HOST).catch(() => ({ address: 'nothing' }));
  if (address !== ADDRESS)
    throw new Error(`${HOST} is ${address}, not ${ADDRESS}: run \`node build/setup.mjs test\` first`);
  const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-web-'));
  chmodSync(folder, 0o755); // Apache's own user reads the pages
  const web = async (action: 'setup' | 'start' | 'stop'): Promise<void> => {
    const env = {
      ...process.env,
      DC_DIR: path.dirname(controller.kerberosConfiguration),
      WEB_DIR: folder,
      WEB_IP: ADDRESS,
      WEB_NAME: HOST,
    };
    try {
      await promisify(execFile)('/bin/bash', [path.join(import.meta.dirname, 'web.sh'), action], {
        env,
        timeout: 60_000,
      });
    } catch (cause) {
      const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
      throw new Error(`web.sh ${action} failed: ${stdout}${stderr}`, { cause });
    }
  };
  const close = async (): Promise<void> => {
    await web('stop');
    await ended(path.join(folder, 'run.pid'));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await web('setup');
    await web('start');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    host: HOST,
    origin: `https://${HOST}`,
    requests: () => requestsOf(readFileSync(path.join(folder, 'log/access.log'), 'utf8')),
    close,
  };
}

/** Lines as the LogFormat of httpd.conf.in writes them. */
function requestsOf(log: string): SiteRequest[] {
  return log
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [, asked = '', status = '', auth = '-'] = /"\S+ (\S+) [^"]*" (\d+) auth=(\S+)/.exec(line) ?? [];
      return asked === '' ? [] : [{ path: asked, status: Number(status), scheme: auth === '-' ? null : auth }];
    });
}

/** It ends by itself after SIGTERM; its port has to be free for whoever comes next. */
async function ended(pidFile: string): Promise<void> {
  const until = Date.now() + ENDING_MS;
  let pid: number;
  try {
    pid = Number(readFileSync(pidFile, 'utf8'));
  } catch {
    return; // never started
  }
  while (isRunning(pid)) {
    if (Date.now() > until) throw new Error(`Apache (process ${pid}) does not end`);
    await later(20);
  }
}

/** A process that has ended and that nobody reaps does not count. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s*[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
