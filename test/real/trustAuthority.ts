/**
 * A home folder whose owner trusts a certificate authority: Chromium on Linux reads `$HOME/.pki/nssdb`, so the Electron
 * under test believes the test servers' certificates, and the developer's own browsers never hear of that authority.
 * Needs certutil (Debian: libnss3-tools).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { forgetElectronLaunch } from '../../build/electron-runtime.mjs';
import { folderOfOrdinaryUser, giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { removeFolder } from '../../build/removeFolder.js';

export interface TrustingHome {
  /** Absolute; belongs to the user that Electron runs as. HOME of that Electron: `electronLaunch(home)`. */
  readonly home: string;
  remove(): void;
}

/** @param authorities certificates of authorities, each as PEM text */
export function homeThatTrusts(...authorities: readonly string[]): TrustingHome {
  const home = folderOfOrdinaryUser('lanyard-home-');
  const database = path.join(home, '.pki/nssdb');
  mkdirSync(database, { recursive: true });
  const certutil = (...args: string[]) =>
    execFileSync('certutil', ['-d', `sql:${database}`, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  certutil('-N', '--empty-password');
  for (const [index, pem] of authorities.entries()) {
    const file = path.join(home, `authority-${index}.pem`);
    writeFileSync(file, pem);
    certutil('-A', '-n', `authority ${index}`, '-t', 'C,,', '-i', file); // C: believed for servers, and for nothing else
  }
  giveToOrdinaryUser(home);
  return {
    home,
    remove: () => {
      forgetElectronLaunch(home);
      removeFolder(home);
    },
  };
}
