/**
 * SECURITY(S8, S11, S15): the in-memory session of one system for one sign-in. Everything is refused by default;
 * a system has only the web permissions its configuration and its connector both name, for its own origins.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { app, session, type Session } from 'electron';
import type { RecordableEvent } from '../domain/audit.js';
import { decidePermission } from '../domain/permissions.js';
import { originForAudit } from '../domain/navigation.js';

export interface ViewSessionOptions {
  readonly systemId: string;
  readonly origins: readonly string[];
  /** Named by the configuration and known to the connector. */
  readonly permissions: readonly string[];
  readonly record: (event: RecordableEvent) => void;
}

export function createViewSession({ systemId, origins, permissions, record }: ViewSessionOptions): Session {
  // No "persist:" prefix: memory only. A random part: no two sign-ins can meet in one partition.
  const own = session.fromPartition(`system:${systemId}:${randomUUID()}`);
  const granted = (permission: string, origin: string) =>
    decidePermission({ origins, permissions }, permission, origin);
  own.setPermissionRequestHandler((_contents, permission, answer, details) => {
    const origin = originForAudit(details.requestingUrl);
    const isGranted = granted(permission, origin);
    if (!isGranted) record({ type: 'permission.refused', systemId, permission, origin });
    answer(isGranted);
  });
  own.setPermissionCheckHandler((_contents, permission, requestingOrigin) =>
    granted(permission, originForAudit(requestingOrigin)),
  );
  own.setDevicePermissionHandler(() => false);
  own.on('select-hid-device', (event, _details, choose) => {
    event.preventDefault();
    choose(null);
  });
  own.on('select-serial-port', (event, _ports, _contents, choose) => {
    event.preventDefault();
    choose('');
  });
  own.on('select-usb-device', (event, _details, choose) => {
    event.preventDefault();
    choose();
  });
  own.on('will-download', (event, item) => {
    event.preventDefault();
    record({ type: 'download.refused', systemId, origin: originForAudit(item.getURL()) });
  });
  own.webRequest.onHeadersReceived({ urls: ['<all_urls>'], types: ['mainFrame'] }, ({ responseHeaders }, answer) => {
    answer({ responseHeaders: withPolicy(responseHeaders ?? {}, NO_DIALOGS) });
  });
  own.setSpellCheckerEnabled(false); // its dictionaries would come from outside
  return own;
}

/**
 * SECURITY(S15): Chromium begins to write a download before anybody can refuse it. Those first bytes go into a private
 * folder instead of the user's own, and are removed with the refusal; what a crash left there is removed here.
 * To be called once, before any system's page.
 */
export function keepRefusedDownloadsApart(): void {
  const folder = path.join(app.getPath('userData'), 'refused-downloads');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  app.setPath('downloads', folder);
}

/**
 * SECURITY(S15): no page opens a dialog of the system. disableDialogs does not cover print(), which would open one at
 * any time, over the patient banner, and could print to a file. Everything but "allow-modals" is allowed here: the
 * guards decide about windows and downloads, so they have to hear of them. Source: HTML, "sandboxed modals flag".
 */
const NO_DIALOGS = [
  'sandbox allow-downloads allow-forms allow-orientation-lock allow-pointer-lock allow-popups',
  'allow-popups-to-escape-sandbox allow-presentation allow-same-origin allow-scripts',
  'allow-storage-access-by-user-activation allow-top-navigation',
].join(' ');

/** One policy more; a page's own stay, and every one of them holds. */
function withPolicy(headers: Readonly<Record<string, string[]>>, policy: string): Record<string, string[]> {
  const name = Object.keys(headers).find((one) => /^content-security-policy$/i.test(one)) ?? 'Content-Security-Policy';
  return { ...headers, [name]: [...(headers[name] ?? []), policy] };
}

/** Ends everything the session remembers. @returns what could not be ended */
export async function endViewSession(own: Session): Promise<void> {
  const results = await Promise.allSettled([
    own.closeAllConnections(),
    own.clearAuthCache(),
    own.clearStorageData(),
    own.clearCache(),
    own.clearHostResolverCache(),
    own.clearCodeCaches({ urls: [] }),
  ]);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw new Error('a system session could not be cleared', { cause: failed.reason });
}
