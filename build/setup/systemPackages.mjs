// @ts-check
/** Debian's packages: what is missing is installed, without starting any of the daemons that come along. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { privilege, runAsRoot, withRetries } from './commands.mjs';
import { progress, say, SetUpStop } from './say.mjs';

/** What Electron itself needs. */
const ELECTRON = [
  'libgtk-3-0',
  'libnss3',
  'libasound2',
  'libgbm1',
  'libatk-bridge2.0-0',
  'libsecret-1-0',
  'fonts-liberation',
];
/** A screen in memory, and pictures of it, for machines without a display. */
const NO_SCREEN = ['xvfb', 'xauth', 'imagemagick'];
/** The real systems of test/real: Active Directory, a Kerberos-protected site, a PACS, badges, a syslog receiver, PostgreSQL; and the tools of the tests. */
const TESTS = [
  'samba-ad-dc',
  'samba-ad-provision',
  'krb5-user',
  'ldb-tools',
  'ldap-utils',
  'apache2',
  'libapache2-mod-auth-gssapi',
  'apache2-utils',
  'orthanc',
  'orthanc-dicomweb',
  'orthanc-gdcm',
  'orthanc-webviewer',
  'dcmtk',
  'python3-pydicom',
  'libnss3-tools',
  'libxml2-utils',
  'x11-utils',
  'xdotool',
  'gnome-keyring',
  'dbus',
  'openssl',
  'libsecret-tools',
  // a smart card service with a virtual reader
  'pcscd',
  'vsmartcard-vpcd',
  // the store of the audit server
  'postgresql',
  // a receiver of the audit trail
  'rsyslog',
  'rsyslog-openssl',
  // the identity provider and the Perl modules that it only names when it fails
  'lemonldap-ng-fastcgi-server',
  'liblemonldap-ng-portal-perl',
  'nginx-light',
  'libnet-ldap-perl',
  'libio-socket-timeout-perl',
  'libgssapi-perl',
  'liblasso-perl',
  'libglib-perl',
  'libxml-simple-perl',
  'libsoap-lite-perl',
  'libstring-random-perl',
  'libconvert-base32-perl',
  'libgd-securityimage-perl',
  'libimage-magick-perl',
  'libmime-tools-perl',
  'libcrypt-openssl-bignum-perl',
  'libcrypt-openssl-x509-perl',
  'libcrypt-jwt-perl',
  'libio-string-perl',
  'libunicode-string-perl',
];
/** Services of those packages: only the tests start them, on loopback, so they must not start with the machine. */
const SERVICES = [
  'apache2',
  'nginx',
  'lemonldap-ng-fastcgi-server',
  'orthanc',
  'pcscd',
  'postgresql',
  'rsyslog',
  'samba-ad-dc',
  'smbd',
  'nmbd',
  'winbind',
];

/**
 * @param {'demo' | 'test'} level
 * @param {boolean} hasScreen
 */
export function packagesFor(level, hasScreen) {
  if (level === 'test') return [...ELECTRON, ...NO_SCREEN, ...TESTS];
  return hasScreen ? ELECTRON : [...ELECTRON, ...NO_SCREEN];
}

/** @param {readonly string[]} wanted package names */
export async function installSystemPackages(wanted) {
  if (process.platform !== 'linux') return;
  const installed = installedPackages();
  if (!installed) {
    say(`This is no Debian: please see to it that the equivalents of these packages are there: ${wanted.join(' ')}`);
    return;
  }
  const missing = wanted.filter((name) => !installed.has(name));
  if (missing.length === 0) return;

  if (privilege() === 'none') {
    throw new SetUpStop(
      `${missing.length} system packages are missing. Please run this line as root, then start again:\n\n` +
        `  apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}\n`,
    );
  }
  say(`Installing ${missing.length} system packages: ${missing.join(' ')}`);
  await withDaemonsKeptOff(async () => {
    await withRetries('apt-get update', 4, () => apt('Reading the list of packages', ['update']));
    await withRetries('apt-get install', 4, () =>
      apt('Installing system packages', ['install', '-y', '--no-install-recommends', ...missing]),
    );
  });
  await keepServicesFromBooting(missing);
  const still = missing.filter((name) => !installedPackages()?.has(name));
  if (still.length > 0) throw new SetUpStop(`apt-get ended well, but these are still missing: ${still.join(' ')}`);
}

/** Names installed or provided by something installed; undefined where there is no dpkg. */
function installedPackages() {
  const query = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Abbrev}\t${Package}\t${Provides}\n'], {
    encoding: 'utf8',
    maxBuffer: 64_000_000,
  });
  if (query.status !== 0) return undefined;
  /** @type {Set<string>} */
  const names = new Set();
  for (const line of query.stdout.split('\n')) {
    const [status, name, provides] = line.split('\t');
    if (!status?.startsWith('ii') || !name) continue;
    names.add(name);
    for (const provided of (provides ?? '').split(',')) names.add(provided.trim().split(' ')[0] ?? '');
  }
  return names;
}

/**
 * @param {string} title
 * @param {string[]} args
 */
async function apt(title, args) {
  const line = progress(title);
  const options = ['-q', '-o', 'APT::Status-Fd=1', '-o', 'Acquire::Retries=3', '-o', 'DPkg::Lock::Timeout=300'];
  await runAsRoot('apt-get', [...options, ...args], {
    environment: { DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    input: '',
    onLine: (text) => {
      // apt's machine-readable progress: kind:package:percent:description
      const [, kind, percent, description] = /^(dlstatus|pmstatus):[^:]*:([\d.]+):(.*)$/.exec(text) ?? [];
      if (kind) line.update(`${Math.round(Number(percent))} % ${description ?? ''}`);
    },
  });
  line.done();
}

const POLICY = '/usr/sbin/policy-rc.d';
const POLICY_BEFORE = `${POLICY}.before-lanyard`;

/**
 * While packages are installed, Debian asks policy-rc.d whether a daemon may start; ours says no (101). Whatever was
 * there before is put back afterwards, also after a failure, and also if an earlier run was cut off in between.
 * @param {() => Promise<void>} action
 */
async function withDaemonsKeptOff(action) {
  await restorePolicy();
  const hadPolicy = existsSync(POLICY);
  if (hadPolicy) await runAsRoot('mv', [POLICY, POLICY_BEFORE]);
  else await runAsRoot('touch', [POLICY_BEFORE]);
  await runAsRoot('tee', [POLICY], { input: '#!/bin/sh\n# lanyard set-up: no daemon starts meanwhile\nexit 101\n' });
  await runAsRoot('chmod', ['755', POLICY]);
  try {
    await action();
  } finally {
    await restorePolicy();
  }
}

/** An empty marker stands for "there was none". */
async function restorePolicy() {
  if (!existsSync(POLICY_BEFORE)) return;
  const script = `if [ -s ${POLICY_BEFORE} ]; then mv ${POLICY_BEFORE} ${POLICY}; else rm -f ${POLICY} ${POLICY_BEFORE}; fi`;
  await runAsRoot('sh', ['-c', script]);
}

/** @param {readonly string[]} justInstalled only services that were not here before are ours to switch off */
async function keepServicesFromBooting(justInstalled) {
  if (spawnSync('systemctl', ['--version']).status !== 0) return;
  const present = SERVICES.filter((name) => existsSync(`/lib/systemd/system/${name}.service`));
  const comesWithSamba = ['smbd', 'nmbd', 'winbind'];
  const ours = present.filter(
    (name) =>
      justInstalled.some((item) => item.startsWith(name)) ||
      (comesWithSamba.includes(name) && justInstalled.includes('samba-ad-dc')),
  );
  if (ours.length === 0) return;
  await runAsRoot('systemctl', ['disable', '--quiet', ...ours]);
  say(`Kept from starting with this machine (only the tests use them): ${ours.join(', ')}.`);
}

/** The daemons of the tests also live in /usr/sbin, which is not on everybody's path. */
export function addSystemFoldersToPath() {
  if (process.platform === 'linux')
    process.env['PATH'] = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
}
