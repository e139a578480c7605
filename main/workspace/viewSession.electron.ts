/**
 * SECURITY(S8, S11, S15): the in-memory session of one system for one sign-in. Everything is refused by default;
 * a system has only the web permissions its configuration and its connector both name, for its own origins.
 */
import { randomUUID } from 'node:crypto';
import { session, type Session } from 'electron';
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
  own.setSpellCheckerEnabled(false); // its dictionaries would come from outside
  return own;
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
