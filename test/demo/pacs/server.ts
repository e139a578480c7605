/** The demo's pictures: the OHIF viewer and the built-in archive behind one origin. */
import type { PackageProgress } from '../../../build/registry-package.mjs';
import { html } from '../web/html.js';
import { asset, type DemoSystem, sendPage } from '../web/page.js';
import { type Handler, type RunningServer, type ServerOptions, startServer } from '../http.js';
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

const styleSheet = asset('demo.css', 'text/css');

/** `/` a home page without a patient · `/viewer?StudyInstanceUIDs=…` the viewer · DICOM_WEB_ROOT the archive. */
export function pacsHandler(name: string, options: ViewerOptions): Handler {
  const system: DemoSystem = { name, navigation: [{ title: 'Home', href: '/' }] };
  const home = html`<h2>${name}</h2>
    <p>No patient is open. Choose one in Lanyard.</p>`;
  const viewer = viewerHandler(options);
  return async (exchange) => {
    if (exchange.url.pathname === '/') sendPage(exchange, system, { title: 'Home', body: home });
    else if (exchange.url.pathname === '/demo.css') styleSheet(exchange);
    else await viewer(exchange);
  };
}

export async function startPacs({
  cacheFolder,
  onProgress,
  studyList = 'launched',
  ...options
}: PacsOptions): Promise<PacsServer> {
  const site = await fetchViewer(cacheFolder, onProgress);
  const archive = dicomWebHandler(DICOM_WEB_ROOT);
  const ribbon = 'DEMO – not real patients';
  const server = await startServer(pacsHandler('Demo pictures', { site, ribbon, archive, studyList }), options);
  return { ...server, dicomWebRoot: server.url + DICOM_WEB_ROOT };
}
