/** The three real clinical systems of the tests, started together and ended together. */
import path from 'node:path';
import { type RealEprOptions, startRealEpr } from './epr/server.js';
import { startRealFhirServer } from './fhir/server.js';
import { type RealPacsOptions, startRealPacs } from './pacs/pacs.js';
import type { RealSystems } from './systemsConfiguration.js';

export interface RealSystemsOptions extends Pick<RealEprOptions, 'isSignedIn'>, Pick<RealPacsOptions, 'studyList'> {
  /** An empty folder; the archive keeps its pictures there. */
  readonly folder: string;
  /** Folder of fetched packages; default: .cache of this project. */
  readonly cacheFolder?: string;
}

export interface RunningRealSystems extends RealSystems {
  /** The archive behind the viewer; wants HTTP Basic. */
  readonly archiveUrl: string;
  close(): Promise<void>;
}

const CACHE = path.resolve(import.meta.dirname, '../../.cache');

/** When one cannot start, the others are ended again. The first start of all fetches 60 MB of packages. */
export async function startRealSystems({
  folder,
  cacheFolder = CACHE,
  isSignedIn = () => true,
  studyList = 'launched',
}: RealSystemsOptions): Promise<RunningRealSystems> {
  const epr = startRealEpr({ cacheFolder: path.join(cacheFolder, 'o3'), isSignedIn });
  const pacs = startRealPacs({ cacheFolder: path.join(cacheFolder, 'registry'), folder, studyList });
  const fhir = startRealFhirServer();
  const close = async () => {
    const started = await Promise.allSettled([epr, pacs, fhir]);
    await Promise.all(started.flatMap((one) => (one.status === 'fulfilled' ? [one.value.close()] : [])));
  };
  try {
    const [record, { url, dicomWebRoot, archiveUrl }, results] = await Promise.all([epr, pacs, fhir]);
    return {
      epr: record.url,
      pacs: url,
      dicomWebRoot,
      archiveUrl,
      fhir: results.url,
      fhirBaseUrl: results.fhirBaseUrl,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
