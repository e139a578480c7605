/** What launching one system may need besides its page: the time, chance, keys, its ticket desk, desktop programs. */
import { randomBytes } from 'node:crypto';
import type { LaunchTools } from '../connectors/connector.js';
import { readKeyFile } from '../connectors/launch/keyFile.js';
import type { AuditPort } from '../domain/audit.js';
import { LanyardError } from '../domain/errors.js';
import { programAddress } from '../domain/navigation.js';
import { type Fetch, readJson } from './readJson.js';

export interface LaunchPorts {
  readonly systemId: string;
  readonly origins: readonly string[];
  /** In the session of the system's page. */
  readonly fetch: Fetch;
  readonly audit: AuditPort;
  readonly now: () => number;
  /** Schemes of the desktop programs that may be opened. */
  readonly programSchemes: readonly string[];
  /** Hands an address to the operating system, which judges it once more; false: refused. */
  readonly openProgram: (address: string, schemes: readonly string[]) => Promise<boolean>;
  /** Lets the page into the context hub; absent: it is no subscriber. */
  readonly hub?: LaunchTools['hub'];
  readonly userName: string;
  readonly location: string | undefined;
}

export function createLaunchTools(ports: LaunchPorts): LaunchTools {
  const { systemId, origins, fetch, audit, programSchemes } = ports;
  return {
    now: ports.now,
    randomBytes,
    key: readKeyFile,
    postForJson: (address, { contentType, body }, authorization, signal) =>
      readJson(fetch, origins, address, signal, {
        method: 'POST',
        body,
        // With an account of its own it is nobody's session: no cookie goes along.
        credentials: authorization === null ? 'include' : 'omit',
        headers: {
          accept: 'application/json',
          'content-type': contentType,
          ...(authorization !== null && { authorization }),
        },
      }),
    openProgram: async ({ href, protocol }) => {
      const refused = new LanyardError('forbidden', 'This desktop program may not be opened');
      if (programAddress(href, programSchemes) === null) throw refused;
      // SECURITY(S23): recorded first; of the address, which names a patient, only the scheme.
      audit.record({ type: 'outside.opened', systemId, host: protocol });
      let opened: boolean;
      try {
        opened = await ports.openProgram(href, programSchemes);
      } catch (cause) {
        throw new LanyardError('unavailable', 'No program on this computer opens it: call IT support', { cause });
      }
      if (!opened) throw refused;
    },
    ...(ports.hub && { hub: ports.hub }),
    userName: ports.userName,
    location: ports.location,
  };
}
