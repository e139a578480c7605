/**
 * A real identity provider for tests: Debian's LemonLDAP::NG behind nginx, on 127.0.88.50 over https, with people and
 * tickets of the tests' domain controller. Needs root (port 443, other people's rights) and one line in /etc/hosts,
 * which the set-up writes (build/setup/hostNames.mjs).
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as later } from 'node:timers/promises';
import { promisify } from 'node:util';
import { endingOf, endingWithUs, endProcess } from '../../../build/processes.js';
import type { DomainController } from '../ad/domainController.js';
import { lemonldapConfiguration, type OidcClient, type SamlServiceProvider } from './lemonldap.js';

export interface IdentityProviderOptions {
  readonly controller: DomainController;
  readonly clients?: readonly OidcClient[];
  readonly serviceProviders?: readonly SamlServiceProvider[];
  /** default: names its own host and is signed by the test domain's authority. */
  readonly certificate?: 'good' | 'other-authority';
}

export interface IdentityProvider {
  /** https://idp.ward.example.nhs/ */
  readonly url: string;
  /** PEM: whoever checks assertions needs it. */
  readonly assertionCertificate: string;
  /** What it logged so far. */
  log(): Promise<string>;
  close(): Promise<void>;
}

export const IDENTITY_PROVIDER_URL = 'https://idp.ward.example.nhs/';
const NAME = 'idp.ward.example.nhs';
const ADDRESS = '127.0.88.50';
const DEFAULTS = '/var/lib/lemonldap-ng/conf/lmConf-1.json';
const PORTAL = '/usr/share/lemonldap-ng/portal';
const PACKAGES =
  'apt-get install -y --no-install-recommends lemonldap-ng-fastcgi-server liblemonldap-ng-portal-perl nginx-light libgssapi-perl liblasso-perl';
const READY_MS = 30_000;
const COMMAND_MS = 30_000;
const LOOK_EVERY_MS = 50;
const run = promisify(execFile);

export async function startIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  const { controller, clients = [], serviceProviders = [] } = options;
  if (process.getuid?.() !== 0) throw new Error('the identity provider for tests needs root: its port is below 1024');
  for (const file of [DEFAULTS, '/usr/sbin/llng-fastcgi-server', '/usr/sbin/nginx'])
    if (!existsSync(file)) throw new Error(`the identity provider for tests needs Debian packages: ${PACKAGES}`);
  if (await isListening()) throw new Error(`the identity provider did not start: ${ADDRESS}:443 is in use`);
  const folder = await mkdtemp(path.join(tmpdir(), 'identity-provider-'));
  const children: ChildProcess[] = [];
  const logFile = path.join(folder, 'log.txt');
  const log = async () => readFile(logFile, 'utf8').catch(() => '');
  const close = async () => {
    for (const child of children.splice(0).reverse()) await endProcess(child);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const name of ['sessions/lock', 'psessions/lock', 'cache', 'notifications', 'conf', 'nginx'])
      await mkdir(path.join(folder, name), { recursive: true });
    await copyFile(controller.caFile, path.join(folder, 'authority.pem'));
    await issueCertificate(folder, controller, options.certificate ?? 'good');
    await exportKeytab(folder, controller);
    const oidc = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const saml = await selfSigned(folder, 'saml');
    const configuration = lemonldapConfiguration(JSON.parse(await readFile(DEFAULTS, 'utf8')) as object, {
      url: IDENTITY_PROVIDER_URL,
      folder,
      controller,
      clients,
      serviceProviders,
      keys: {
        oidcPrivate: oidc.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
        oidcPublic: oidc.publicKey.export({ type: 'spki', format: 'pem' }) as string,
        samlPrivate: saml.key,
        samlCertificate: saml.certificate,
      },
    });
    await writeFile(path.join(folder, 'conf/lmConf-1.json'), JSON.stringify(configuration));
    await writeFile(path.join(folder, 'lemonldap-ng.ini'), settings(folder));
    await writeFile(path.join(folder, 'nginx.conf'), nginxConfiguration(folder));
    await run('chown', ['-R', 'www-data:www-data', folder]);
    await chmod(folder, 0o711);
    children.push(
      background(
        ['/usr/sbin/llng-fastcgi-server', '--foreground', '-n', '2', '-p', `${folder}/pid`, '-s', `${folder}/socket`],
        logFile,
        {
          KRB5_CONFIG: controller.kerberosConfiguration,
          LLNG_DEFAULTLOGGER: 'Lemonldap::NG::Common::Logger::Std',
          LLNG_DEFAULTCONFFILE: `${folder}/lemonldap-ng.ini`,
          HOME: folder,
          USER: 'www-data',
          GROUP: 'www-data',
        },
      ),
      background(['/usr/sbin/nginx', '-c', `${folder}/nginx.conf`, '-p', folder, '-g', 'daemon off;'], logFile, {}),
    );
    await untilReady(children, await readFile(path.join(folder, 'server.authority.pem'), 'utf8'), log);
  } catch (error) {
    const said = await log();
    await close();
    throw new Error(`the identity provider did not start: ${reasonIn(said)}`, { cause: error });
  }
  const assertionCertificate = await readFile(path.join(folder, 'saml.crt'), 'utf8');
  return { url: IDENTITY_PROVIDER_URL, assertionCertificate, log, close };
}

/** Another one would answer in its place. */
function isListening(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(443, ADDRESS);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/** A missing Perl module shows as HTTP 500 only; the line with "load error" names it. */
function reasonIn(log: string): string {
  const lines = log.split('\n').filter((line) => /load error|Can't locate|\[emerg\]|\[error\]/i.test(line));
  return (lines.length > 0 ? lines.slice(0, 5).join('\n') : log.slice(-2_000)) || 'it said nothing';
}

function background(
  command: readonly [string, ...string[]],
  logFile: string,
  environment: Readonly<Record<string, string>>,
): ChildProcess {
  const [program, ...args] = endingWithUs([
    '/bin/sh',
    '-c',
    'log=$1; shift; exec "$@" >>"$log" 2>&1',
    'sh',
    logFile,
    ...command,
  ]);
  return spawn(program, args, { stdio: 'ignore', env: { PATH: process.env['PATH'], ...environment } });
}

async function untilReady(children: readonly ChildProcess[], ca: string, log: () => Promise<string>): Promise<void> {
  const signal = AbortSignal.timeout(READY_MS);
  const ended = children.map(async (child) => {
    throw new Error(`a process of it ended: ${await endingOf(child)}`);
  });
  const answers = async () => {
    for (;;) {
      const status = await statusOf(`${IDENTITY_PROVIDER_URL}.well-known/openid-configuration`, ca);
      if (status === 200) return;
      if (status >= 500 && (await log()).includes('load error')) throw new Error('it cannot load a part of it');
      await later(LOOK_EVERY_MS, undefined, { signal });
    }
  };
  await Promise.race([answers(), ...ended]);
}

/** 0: nobody listens yet. */
function statusOf(address: string, ca: string): Promise<number> {
  return new Promise((resolve) => {
    const question = request(address, { ca, timeout: COMMAND_MS, host: ADDRESS, servername: NAME }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    question.setHeader('host', NAME);
    question.once('timeout', () => question.destroy(new Error('no answer')));
    question.once('error', () => {
      resolve(0);
    });
    question.end();
  });
}

/** server.crt and server.key of the portal; server.authority.pem vouches for them. */
async function issueCertificate(folder: string, controller: DomainController, kind: 'good' | 'other-authority') {
  const file = (name: string) => path.join(folder, name);
  let authority = { certificate: controller.caFile, key: path.join(path.dirname(controller.caFile), 'ca.key') };
  if (kind === 'other-authority') {
    await selfSigned(folder, 'other');
    authority = { certificate: file('other.crt'), key: file('other.key') };
  }
  await copyFile(authority.certificate, file('server.authority.pem'));
  await writeFile(file('server.ext'), `subjectAltName=DNS:${NAME}\nextendedKeyUsage=serverAuth\n`);
  await openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-subj',
    `/CN=${NAME}`,
    '-keyout',
    file('server.key'),
    '-out',
    file('server.csr'),
  );
  await openssl(
    ...['x509', '-req', '-in', file('server.csr'), '-CA', authority.certificate, '-CAkey', authority.key],
    ...['-set_serial', String(Date.now()), '-days', '30', '-extfile', file('server.ext'), '-out', file('server.crt')],
  );
}

async function selfSigned(folder: string, name: string): Promise<{ key: string; certificate: string }> {
  const key = path.join(folder, `${name}.key`);
  const certificate = path.join(folder, `${name}.crt`);
  await openssl(
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', `/CN=${name}`],
    ...['-keyout', key, '-out', certificate],
  );
  return { key: await readFile(key, 'utf8'), certificate: await readFile(certificate, 'utf8') };
}

async function openssl(...args: string[]): Promise<void> {
  await run('openssl', args, { timeout: COMMAND_MS });
}

async function exportKeytab(folder: string, controller: DomainController): Promise<void> {
  const settingsFile = path.resolve(path.dirname(controller.caFile), '../etc/smb.conf');
  await run(
    'samba-tool',
    ['domain', 'exportkeytab', path.join(folder, 'idp.keytab'), `--principal=HTTP/${NAME}`, '-s', settingsFile],
    { timeout: COMMAND_MS },
  );
}

function settings(folder: string): string {
  return `[all]
logLevel = notice
checkTime = 1
[configuration]
type = File
dirName = ${folder}/conf
localStorage = Cache::FileCache
localStorageOptions = { 'namespace' => 'lemonldap-ng-config', 'default_expires_in' => 600, 'directory_umask' => '007', 'cache_root' => '${folder}/cache', 'cache_depth' => 3, }
[portal]
staticPrefix = /static
templateDir = ${PORTAL}/templates
languages = en
[handler]
status = 0
useRedirectOnError = 1
`;
}

function nginxConfiguration(folder: string): string {
  return `user www-data; pid ${folder}/nginx/pid; error_log stderr; worker_processes 1;
events { worker_connections 128; }
http {
  include /etc/nginx/mime.types; access_log off;
  client_body_temp_path ${folder}/nginx/body; fastcgi_temp_path ${folder}/nginx/fastcgi; proxy_temp_path ${folder}/nginx/proxy;
  uwsgi_temp_path ${folder}/nginx/uwsgi; scgi_temp_path ${folder}/nginx/scgi;
  server {
    listen ${ADDRESS}:443 ssl; server_name ${NAME}; root ${PORTAL}/htdocs/;
    ssl_certificate ${folder}/server.crt; ssl_certificate_key ${folder}/server.key;
    large_client_header_buffers 8 32k; fastcgi_buffers 16 32k; fastcgi_buffer_size 32k;
    if ($uri !~ ^/((static|javascript|favicon).*|.*\\.psgi)) { rewrite ^/(.*)$ /index.psgi/$1 break; }
    location ~ ^(?<sc>/.*\\.psgi)(?:$|/) {
      include /etc/nginx/fastcgi_params; fastcgi_pass unix:${folder}/socket;
      fastcgi_param HTTP_HOST $http_host; fastcgi_param LLTYPE psgi; fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
      fastcgi_split_path_info ^(.*\\.psgi)(/.*)$; fastcgi_param PATH_INFO $fastcgi_path_info;
    }
    location / { try_files $uri $uri/ =404; }
    location /static/ { alias ${PORTAL}/htdocs/static/; }
    location /javascript/ { alias /usr/share/javascript/; }
  }
}
`;
}
