/** The pictures for tests: OHIF in front of a real Orthanc, one origin, read-only, signed in to the archive on the way. */
import { request as ask } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Exchange, type Handler, type RunningServer, startServer } from '../../demo/http.js';
import { type ImagedStudy, imagedStudies } from '../../demo/pacs/studies.js';
import { pacsHandler } from '../../demo/pacs/server.js';
import { DICOM_WEB_ROOT, fetchViewer, type ViewerOptions } from '../../demo/pacs/viewer.js';
import { type Orthanc, startOrthanc } from './orthanc.js';
import { seed } from './seed.js';

export interface RealPacsOptions extends Partial<Pick<ViewerOptions, 'studyList' | 'signOn'>> {
  /** An empty folder for the archive's database. */
  readonly folder: string;
  /** Folder the viewer is fetched into, once. */
  readonly cacheFolder: string;
  readonly studies?: readonly ImagedStudy[];
  readonly port?: number;
}

export interface RealPacs extends RunningServer {
  readonly dicomWebRoot: string;
  /** The archive itself, which wants to be signed in to. */
  readonly archiveUrl: string;
}

const ANSWER_MS = 30_000;

export async function startRealPacs(options: RealPacsOptions): Promise<RealPacs> {
  const { folder, cacheFolder, studies = imagedStudies, studyList = 'launched', port = 0, signOn } = options;
  const site = await fetchViewer(cacheFolder);
  const orthanc = await startOrthanc(path.join(folder, 'orthanc'), DICOM_WEB_ROOT);
  try {
    await seed(orthanc, studies, path.join(folder, 'stamped'));
    const archive = readOnlyProxy(orthanc);
    const ribbon = 'TEST – not real patients';
    const server = await startServer(
      pacsHandler('Test pictures', { site, ribbon, archive, studyList, ...(signOn && { signOn }) }),
      { port },
    );
    return {
      url: server.url,
      dicomWebRoot: server.url + DICOM_WEB_ROOT,
      archiveUrl: orthanc.url,
      close: async () => {
        await server.close();
        await orthanc.close();
      },
    };
  } catch (error) {
    await orthanc.close();
    throw error;
  }
}

/** Passes questions on with the archive's own sign-in and the asker's host, so that addresses in answers fit. */
function readOnlyProxy(orthanc: Orthanc): Handler {
  return async ({ request, response, url }) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405).end();
      return;
    }
    const answer = await new Promise<Exchange['request']>((resolve, reject) => {
      const question = ask(
        orthanc.url + url.pathname + url.search,
        {
          method: request.method,
          headers: { accept: request.headers.accept, host: request.headers.host, authorization: orthanc.authorization },
          timeout: ANSWER_MS,
        },
        resolve,
      );
      question.once('timeout', () => question.destroy(new Error('the archive did not answer in time')));
      question.once('error', reject);
      response.once('close', () => question.destroy());
      question.end();
    });
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, response).catch((error: unknown) => {
      if (!response.destroyed) throw error; // else the asker left in the middle
    });
  };
}
