/**
 * SECURITY(S8, S11, S15): the in-memory session of one system for one sign-in. Everything is refused by default;
 * a system has only the web permissions its configuration and its connector both name, for its own origins.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { app, session, type Session, type WebContents } from 'electron';
import type { RecordableEvent } from '../domain/audit.js';
import { decidePermission } from '../domain/permissions.js';
import { originForAudit } from '../domain/navigation.js';

/** One system in a session: systems of one identity provider share one, so that they share its cookies. */
export interface SystemInSession {
  readonly systemId: string;
  readonly origins: readonly string[];
  /** Named by the configuration and known to the connector. */
  readonly permissions: readonly string[];
}

export interface ViewSession {
  readonly session: Session;
  /** Must be called before the page loads anything. `answered`: something the page asked for was answered below 400. */
  add(contents: WebContents, system: SystemInSession, answered: (address: string) => void): void;
  /** Ends everything the session remembers when no page is left in it. Repeatable: tries again what failed. */
  release(contentsId: number): Promise<void>;
}

/** @param name whose session: a system's id, or an identity provider's */
export function createViewSession(name: string, record: (event: RecordableEvent) => void): ViewSession {
  // No "persist:" prefix: memory only. A random part: no two sign-ins can meet in one partition.
  const own = session.fromPartition(`system:${name}:${randomUUID()}`);
  const pages = new Map<number, { readonly system: SystemInSession; readonly answered: (address: string) => void }>();
  const granted = (contents: WebContents | null, permission: string, origin: string): boolean => {
    const system = contents === null ? undefined : pages.get(contents.id)?.system;
    return system !== undefined && decidePermission(system, permission, origin);
  };
  const systemIdOf = (contents: WebContents | null | undefined): string =>
    (contents ? pages.get(contents.id)?.system.systemId : undefined) ?? name;
  own.setPermissionRequestHandler((contents, permission, answer, details) => {
    const origin = originForAudit(details.requestingUrl);
    const isGranted = granted(contents, permission, origin);
    if (!isGranted) record({ type: 'permission.refused', systemId: systemIdOf(contents), permission, origin });
    answer(isGranted);
  });
  own.setPermissionCheckHandler((contents, permission, requestingOrigin) =>
    granted(contents, permission, originForAudit(requestingOrigin)),
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
  own.on('will-download', (event, item, contents) => {
    event.preventDefault();
    record({ type: 'download.refused', systemId: systemIdOf(contents), origin: originForAudit(item.getURL()) });
  });
  own.webRequest.onHeadersReceived({ urls: ['<all_urls>'], types: ['mainFrame'] }, ({ responseHeaders }, answer) => {
    answer({ responseHeaders: withPolicy(responseHeaders ?? {}, NO_DIALOGS) });
  });
  // Whoever asked, a page or a worker of one: a worker's answers count for every page that may be behind it.
  own.webRequest.onCompleted(({ url, statusCode, webContentsId }) => {
    if (statusCode >= 400) return;
    const asked = webContentsId === undefined ? undefined : pages.get(webContentsId);
    for (const page of asked ? [asked] : pages.values()) page.answered(url);
  });
  own.setSpellCheckerEnabled(false); // its dictionaries would come from outside
  return {
    session: own,
    add: (contents, system, answered) => {
      pages.set(contents.id, { system, answered });
    },
    release: async (contentsId) => {
      pages.delete(contentsId);
      if (pages.size === 0) await endViewSession(own);
    },
  };
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
async function endViewSession(own: Session): Promise<void> {
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
