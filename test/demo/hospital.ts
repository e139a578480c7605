/** The demo hospital: every system of it, started together and ended together. The directory is apart (directory/). */
import path from 'node:path';
import type { PackageProgress } from '../../build/registry-package.mjs';
import { type FhirServer, startFhirServer } from './fhir/server.js';
import type { RunningServer } from './http.js';
import { type PacsServer, startPacs } from './pacs/server.js';
import { population } from './population.js';
import { startEpr } from './web/epr.js';
import { startResults } from './web/results.js';
import { startSharedCareRecord } from './web/sharedCareRecord.js';
import { startSmartApp } from './web/smartApp.js';

export const demoSystems = ['epr', 'results', 'shared', 'pacs', 'growth', 'fhir'] as const;
export type DemoSystemId = (typeof demoSystems)[number];

export interface HospitalOptions {
  /** Folder that the image viewer is fetched into once (50 MB); default: .cache/registry of this project. */
  readonly cacheFolder?: string;
  /** Ports on 127.0.0.1; a system without one gets any free port. */
  readonly ports?: Partial<Record<DemoSystemId, number>>;
  /** The clock; default: the machine's. */
  readonly now?: () => Date;
  /** How long (ms) a system holds its answer to an address back: for tests of slow systems. Default: not at all. */
  readonly delayFor?: (system: DemoSystemId, url: URL) => number;
  /** Which studies the image viewer offers; see ViewerOptions. */
  readonly studyList?: 'launched' | 'all';
  /** Hears of every sign-in that a system was sent. */
  readonly onSignIn?: (system: DemoSystemId, userName: string, accepted: boolean) => void;
  /** Hears of the fetching of the viewer. */
  readonly onProgress?: (progress: PackageProgress) => void;
}

export interface DemoHospital {
  /** Origin of each system, without a slash at the end. */
  readonly systems: Readonly<Record<Exclude<DemoSystemId, 'fhir'>, string>>;
  /** Root of the archive's DICOMweb services. */
  readonly dicomWebRoot: string;
  readonly fhirBaseUrl: string;
  readonly population: typeof population;
  close(): Promise<void>;
}

const CACHE = path.resolve(import.meta.dirname, '../../.cache/registry');

/** Starts everything; when one system cannot start, the others are ended again. */
export async function startDemoHospital({
  cacheFolder = CACHE,
  ports = {},
  now = () => new Date(),
  delayFor = () => 0,
  studyList = 'launched',
  onSignIn = () => undefined,
  onProgress,
}: HospitalOptions = {}): Promise<DemoHospital> {
  const running: RunningServer[] = [];
  const close = async () => {
    await Promise.all(running.map((server) => server.close()));
  };
  const kept = async <T extends RunningServer>(starting: Promise<T>): Promise<T> => {
    const server = await starting;
    running.push(server);
    return server;
  };
  const options = (id: DemoSystemId) => ({ port: ports[id] ?? 0, delayFor: (url: URL) => delayFor(id, url) });
  const heardBy = (id: DemoSystemId) => (userName: string, accepted: boolean) => {
    onSignIn(id, userName, accepted);
  };

  const starting = [
    kept(startEpr({ ...options('epr'), now, onSignIn: heardBy('epr') })),
    kept(startResults({ ...options('results'), onSignIn: heardBy('results') })),
    kept(startSharedCareRecord({ ...options('shared'), now })),
    kept(startPacs({ ...options('pacs'), cacheFolder, studyList, ...(onProgress && { onProgress }) })),
    kept(startSmartApp(options('growth'))),
    kept(startFhirServer(options('fhir'))),
  ] as const satisfies readonly [
    ...Promise<RunningServer>[],
    Promise<PacsServer>,
    Promise<RunningServer>,
    Promise<FhirServer>,
  ];
  try {
    const [epr, results, shared, pacs, growth, fhir] = await Promise.all(starting);
    return {
      systems: { epr: epr.url, results: results.url, shared: shared.url, pacs: pacs.url, growth: growth.url },
      dicomWebRoot: pacs.dicomWebRoot,
      fhirBaseUrl: fhir.fhirBaseUrl,
      population,
      close,
    };
  } catch (error) {
    await Promise.allSettled(starting);
    await close();
    throw error;
  }
}
