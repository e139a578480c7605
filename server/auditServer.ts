/** Composition root of the audit server: builds each part once, hands it what it needs, and ends them in order. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import type { AddressInfo } from 'node:net';
import type { Pool } from 'pg';
import { AuditRecorder, everyInterval } from '../main/audit/auditRecorder.js';
import { NodeAuditFolder } from '../main/audit/nodeAuditFolder.js';
import { Delivery } from '../main/audit/transport/delivery.js';
import { positionFile } from '../main/audit/transport/positionFile.js';
import { Spool } from '../main/audit/transport/spool.js';
import { ViewLog } from '../main/audit/viewLog.js';
import { systemClock } from '../main/context/clock.js';
import { ActiveDirectory } from '../main/directory/activeDirectory.js';
import { directorySettings } from '../main/directory/directorySettings.js';
import type { AuditPort } from '../main/domain/audit.js';
import type { VerifierKey } from '../main/audit/tree/checkpoint.js';
import type { Directory } from '../main/identity/directory.js';
import { checkpointKey, Checkpoints, checkStore, fileWitness, type StoreCheck } from './checkpoints.js';
import type { ServerConfiguration } from './configuration.js';
import { type DatabaseAddress, openPool, prepareDatabase } from './database.js';
import { openHttp } from './http.js';
import { startOwnCluster } from './postgres/ownCluster.js';
import { Retention } from './retention.js';
import { Store } from './store.js';
import { Viewers } from './viewers.js';
import { Writer } from './writer.js';

export interface AuditServer {
  readonly port: number;
  readonly verifier: VerifierKey;
  /** False: the witness, or the newest checkpoint, vouches for something else than the database holds. */
  readonly agrees: boolean;
  readonly checkpoints: Checkpoints;
  readonly retention: Retention;
  /** Looks at every record anew. */
  readonly check: () => Promise<StoreCheck>;
  /** Of its own PostgreSQL; null: it has none. */
  readonly databaseProcess: number | null;
  /** In order; repeatable. */
  stop(): Promise<void>;
}

export interface AuditServerParts {
  readonly version: string;
  readonly report: (error: unknown) => void;
  /** Whom people are checked against; absent: the Active Directory of the configuration. */
  readonly directory?: Directory;
}

/** Milliseconds in which its own last records are committed. */
const LAST_DELIVERY = 5_000;
const A_DAY = 86_400_000;
const MONTHS_AHEAD = 3;

export async function startAuditServer(
  configuration: ServerConfiguration,
  parts: AuditServerParts,
): Promise<AuditServer> {
  const { report } = parts;
  const { folder, trust, identifiers } = configuration;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const undo: (() => unknown)[] = [];
  let stopping: Promise<void> | null = null;
  const stop = (): Promise<void> =>
    (stopping ??= (async () => {
      for (const end of undo.splice(0).reverse()) await Promise.resolve().then(end).catch(report);
    })());
  try {
    const { owner, service, processId } = await openDatabase(configuration, undo);
    if (owner) await prepareDatabase(owner);
    const pool = (role: 'audit_writer' | 'audit_reader' | 'audit_keeper', connections: number): Pool => {
      const opened = openPool(service, role, connections, report);
      undo.push(() => opened.end());
      return opened;
    };
    const writing = pool('audit_writer', 4);
    const reading = pool('audit_reader', 8);
    await makeMonths(writing);
    // The server's own trail is a chain like any other: on the disk first, then in the store.
    const spoolFolder = path.join(folder, 'trail');
    const audit = new AuditRecorder({
      folder: new NodeAuditFolder(spoolFolder),
      version: parts.version,
      node: `audit server ${hostname()}`,
      now: () => new Date(),
      monotonic: () => performance.now(),
      auditor: null,
      randomBytes,
      every: everyInterval,
    });
    audit.start();
    const writer = new Writer({
      pool: writing,
      onRefused: ({ chain, sequence, because }, peer) => {
        record(audit, { type: 'trail.refused', chain, sequence: sequence ?? 0, because, peer }, report);
      },
    });
    undo.push(() => writer.close());
    const delivery = deliverOwn(spoolFolder, audit, writer, report);
    undo.push(() => delivery.end(LAST_DELIVERY));
    undo.push(() => {
      audit.close();
    });
    record(audit, { type: 'application.started', version: parts.version }, report);
    undo.push(() => {
      record(audit, { type: 'application.stopped' }, report);
    });
    const checkpoints = new Checkpoints({
      pool: writing,
      origin: configuration.origin,
      key: await checkpointKey(path.join(folder, 'checkpoint.key')),
      witness: configuration.witness ? fileWitness(configuration.witness.file) : null,
      audit,
      now: () => new Date(),
      report,
    });
    const agrees = await checkpoints.start();
    undo.push(() => checkpoints.stop());
    const retention = new Retention({ pool: pool('audit_keeper', 1), audit, now: () => new Date() });
    const daily = setInterval(() => {
      makeMonths(writing).catch(report);
      if (configuration.retention) retention.keep(configuration.retention.months, 'retention').catch(report);
    }, A_DAY);
    undo.push(() => {
      clearInterval(daily);
    });
    const directory =
      parts.directory ??
      new ActiveDirectory(directorySettings(configuration), {
        now: () => new Date(),
        report: ({ kind, detail }) => {
          report(new Error(`directory (${kind}): ${detail}`));
        },
      });
    undo.push(() => {
      directory.dispose();
    });
    const http = openHttp({
      tls: {
        cert: readFileSync(configuration.tls.certificate, 'utf8'),
        key: readFileSync(configuration.tls.key, 'utf8'),
        ca: readFileSync(configuration.tls.clientCaFile, 'utf8'),
      },
      writer,
      store: new Store(reading, () => new Date()),
      viewers: new Viewers({ directory, roles: configuration.roles, audit, now: () => performance.now() }),
      views: new ViewLog(audit, 'server', () => performance.now()),
      checkpoints,
      audit,
      site: trust.odsCode ?? null,
      identifierSystems: Object.fromEntries(identifiers.map(({ authority, system }) => [authority, system])),
      report,
    });
    await http.listen(configuration.listen);
    undo.push(() => http.close());
    const { port } = http.server.address() as AddressInfo;
    const check = (): Promise<StoreCheck> => checkStore(reading, checkpoints.verifier);
    return {
      port,
      verifier: checkpoints.verifier,
      agrees,
      checkpoints,
      retention,
      check,
      databaseProcess: processId,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openDatabase(
  { database, folder }: ServerConfiguration,
  undo: (() => unknown)[],
): Promise<{ owner: DatabaseAddress | null; service: DatabaseAddress; processId: number | null }> {
  if (database)
    return {
      owner: database.owner === undefined ? null : { connectionString: database.owner },
      service: { connectionString: database.service },
      processId: null,
    };
  const cluster = await startOwnCluster(folder);
  undo.push(() => cluster.stop());
  return cluster;
}

/** Partitions are there before they are needed. */
async function makeMonths(pool: Pool): Promise<void> {
  const now = new Date();
  for (let ahead = 0; ahead <= MONTHS_AHEAD; ahead += 1)
    await pool.query('SELECT audit.ensure_month($1::date)', [
      new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)),
    ]);
}

function deliverOwn(
  spoolFolder: string,
  audit: AuditRecorder,
  writer: Writer,
  report: (error: unknown) => void,
): Delivery {
  const delivery = new Delivery({
    spool: new Spool(spoolFolder, () => audit.written),
    transport: {
      unsettledMs: 0,
      onLost: () => undefined,
      send: async (entries) => {
        const lines = entries.map(({ chain, line }) => ({ chain, line }));
        const complete = new Set(lines.map(({ chain }) => chain));
        await writer.submit(lines, `audit server ${hostname()}`, complete);
      },
      close: () => undefined,
    },
    position: positionFile(path.join(spoolFolder, 'delivery', 'store.json'), report),
    clock: systemClock,
    random: Math.random,
    onState: () => undefined,
    report,
  });
  audit.onRecorded(() => {
    delivery.wake();
  });
  delivery.start();
  return delivery;
}

/** Of what happened already and must not fail for want of a line; what is about to happen is recorded by whoever does it. */
function record(audit: AuditPort, event: Parameters<AuditPort['record']>[0], report: (error: unknown) => void): void {
  try {
    audit.record(event);
  } catch (error) {
    report(error);
  }
}
