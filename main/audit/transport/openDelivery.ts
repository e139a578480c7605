/** The way to the trust's syslog receiver, as the configuration says it. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../context/clock.js';
import type { AuditRecorder } from '../auditRecorder.js';
import type { Configuration } from '../../policy/configuration.js';
import { lanyardCodeSystem } from '../renderings/auditMessage.js';
import { Delivery, type DeliveryParts } from './delivery.js';
import { positionFile } from './positionFile.js';
import { Spool } from './spool.js';
import { SyslogTransport } from './syslogTransport.js';

/** Beside the chains; no chain is called so. */
const FOLDER = 'delivery';

/** @throws for a certificate that cannot be read */
export function openDelivery(
  { trust, patients }: Configuration,
  syslog: NonNullable<Configuration['audit']['syslog']>,
  spoolFolder: string,
  recorder: Pick<AuditRecorder, 'written' | 'onRecorded'>,
  parts: Pick<DeliveryParts, 'onState' | 'report'>,
): Delivery {
  const pem = (file: string | undefined): string | undefined => file && readFileSync(file, 'utf8');
  const delivery = new Delivery({
    ...parts,
    spool: new Spool(spoolFolder, () => recorder.written),
    transport: new SyslogTransport(
      {
        host: syslog.host,
        port: syslog.port,
        caPem: pem(syslog.caFile),
        certificatePem: pem(syslog.clientCertificate),
        keyPem: pem(syslog.clientKey),
      },
      {
        site: trust.odsCode ?? null,
        codeSystem: lanyardCodeSystem,
        identifierSystems: Object.fromEntries(patients.identifiers.map(({ authority, system }) => [authority, system])),
      },
    ),
    position: positionFile(path.join(spoolFolder, FOLDER, 'syslog.json'), parts.report),
    clock: systemClock,
    random: Math.random,
  });
  recorder.onRecorded(() => {
    delivery.wake();
  });
  delivery.start();
  return delivery;
}
