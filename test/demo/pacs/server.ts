/** The demo's pictures: the OHIF viewer and the built-in archive behind one origin. */
import type { PackageProgress } from '../../../build/registry-package.mjs';
import { html } from '../web/html.js';
import { asset, type DemoSystem, sendPage } from '../web/page.js';
import { type RunningServer, type ServerOptions, startServer } from '../http.js';
import { dicomWebHandler } from './dicomWeb.js';
import { DICOM_WEB_ROOT, fetchViewer, viewerHandler, type ViewerOptions } from './viewer.js';

export interface PacsOptions extends ServerOptions, Pick<ViewerOptions, 'studyList'> {
  /** Folder the viewer is fetched into, once. */
  readonly cacheFolder: string;
  readonly onProgress?: (progress: PackageProgress) => void;
}

export interface PacsServer extends RunningServer {
  /** Root of the DICOMweb services, without a slash at the end. */
  readonly dicomWebRoot: string;
}

const system: DemoSystem = { name: 'Demo pictures', navigation: [{ title: 'Home', href: '/' }] };
const home = html`<h2>Demo pictures</h2>
  <p>No patient is open. Choose one in Lanyard.</p>`;
const styleSheet = asset('demo.css', 'text/css');

/** `/` home · `/viewer?StudyInstanceUIDs=…` the viewer · DICOM_WEB_ROOT the archive. */
export async function startPacs({
  cacheFolder,
  onProgress,
  studyList = 'launched',
  ...options
}: PacsOptions): Promise<PacsServer> {
  const site = await fetchViewer(cacheFolder, onProgress);
  const archive = dicomWebHandler(DICOM_WEB_ROOT);
  const viewer = viewerHandler({ site, ribbon: 'DEMO – not real patients', archive, studyList });
  const server = await startServer((exchange) => {
    if (exchange.url.pathname === '/') sendPage(exchange, system, { title: 'Home', body: home });
    else if (exchange.url.pathname === '/demo.css') styleSheet(exchange);
    else return viewer(exchange);
    return undefined;
  }, options);
  return { ...server, dicomWebRoot: server.url + DICOM_WEB_ROOT };
}
