/** The ways out of this computer that the configuration names: each goes at its own pace, and says how far it came. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { DeliveryHealth } from '../../../preload/auditContract.js';
import { systemClock } from '../../context/clock.js';
import type { Configuration } from '../../policy/configuration.js';
import type { AuditRecorder } from '../auditRecorder.js';
import { lanyardCodeSystem } from '../renderings/auditMessage.js';
import { SecureClient } from '../secureRequest.js';
import { Delivery, type Transport } from './delivery.js';
import { FhirTransport } from './fhirTransport.js';
import { positionFile } from './positionFile.js';
import { ServerTransport } from './serverTransport.js';
import { Spool } from './spool.js';
import { keepSpool } from './spoolKeeper.js';
import { type SyslogRendering, SyslogTransport } from './syslogTransport.js';

/** Beside the chains; no chain is called so. */
const FOLDER = 'delivery';
/** Milliseconds. */
const A_DAY = 86_400_000;

export interface Deliveries {
  health(): Promise<DeliveryHealth[]>;
  /** Sends what there is for at most so many milliseconds; the rest goes out next time, from wherever the spool is then. */
  end(milliseconds: number): Promise<void>;
}

export interface DeliveriesParts {
  /** Whether everybody takes what they are sent; called at every change. */
  readonly onState: (delivers: boolean) => void;
  readonly report: (error: unknown) => void;
}

interface Way {
  readonly name: 'server' | 'fhir' | 'syslog';
  readonly title: string;
  readonly transport: Transport;
}

/** @returns null where the trail stays here. @throws for a certificate that cannot be read */
export function openDeliveries(
  configuration: Configuration,
  spoolFolder: string,
  recorder: Pick<AuditRecorder, 'written' | 'onRecorded' | 'record'>,
  { onState, report }: DeliveriesParts,
): Deliveries | null {
  const spool = new Spool(spoolFolder, () => recorder.written);
  const states = new Map<string, boolean>();
  const opened = waysOf(configuration, report).map(({ name, title, transport }) => ({
    name,
    title,
    delivery: new Delivery({
      spool: new Spool(spoolFolder, () => recorder.written),
      transport,
      position: positionFile(path.join(spoolFolder, FOLDER, `${name}.json`), report),
      clock: systemClock,
      random: Math.random,
      onState: (delivers) => {
        states.set(name, delivers);
        onState([...states.values()].every((one) => one));
      },
      report,
    }),
  }));
  if (opened.length === 0) return null;
  recorder.onRecorded(() => {
    for (const { delivery } of opened) delivery.wake();
  });
  for (const { delivery } of opened) delivery.start();
  const tidy = (): void => {
    if (!configuration.audit.server) return;
    const settled = opened.map(({ delivery }) => delivery.settled);
    keepSpool(spoolFolder, settled, configuration.audit.keepSpoolDays, recorder).catch(report);
  };
  const daily = setInterval(tidy, A_DAY);
  daily.unref();
  const first = setTimeout(tidy, 60_000);
  first.unref();
  return {
    health: () =>
      Promise.all(
        opened.map(async ({ title, delivery }) => {
          const { records, oldest } = await spool.count(delivery.settled);
          return { title, unsent: records, oldest, delivers: delivery.delivers };
        }),
      ),
    end: async (milliseconds) => {
      clearInterval(daily);
      clearTimeout(first);
      await Promise.all(opened.map(({ delivery }) => delivery.end(milliseconds)));
    },
  };
}

function waysOf({ trust, patients, audit }: Configuration, report: (error: unknown) => void): Way[] {
  const rendering: SyslogRendering = {
    site: trust.odsCode ?? null,
    codeSystem: lanyardCodeSystem,
    identifierSystems: Object.fromEntries(patients.identifiers.map(({ authority, system }) => [authority, system])),
  };
  const pem = (file: string | undefined): string | undefined => file && readFileSync(file, 'utf8');
  const { server, fhir, syslog } = audit;
  const ways: Way[] = [];
  if (server)
    ways.push({
      name: 'server',
      title: `Audit server (${new URL(server.url).host})`,
      transport: new ServerTransport(new SecureClient(server), report),
    });
  if (fhir) {
    const { tokenFile } = fhir;
    const token = (): string | null => (tokenFile === undefined ? null : readFileSync(tokenFile, 'utf8').trim());
    ways.push({
      name: 'fhir',
      title: `FHIR server (${new URL(fhir.url).host})`,
      transport: new FhirTransport(new SecureClient(fhir), rendering, token),
    });
  }
  if (syslog)
    ways.push({
      name: 'syslog',
      title: `Syslog receiver (${syslog.host})`,
      transport: new SyslogTransport(
        {
          host: syslog.host,
          port: syslog.port,
          caPem: pem(syslog.caFile),
          certificatePem: pem(syslog.clientCertificate),
          keyPem: pem(syslog.clientKey),
        },
        rendering,
      ),
    });
  return ways;
}
