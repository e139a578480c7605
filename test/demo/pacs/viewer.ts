/** Serves the OHIF viewer: its built site with our configuration, and the archive below the same origin. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fetchRegistryPackage, type PackageProgress } from '../../../build/registry-package.mjs';
import type { Exchange, Handler } from '../http.js';

/** Where the viewer finds the archive: a path of its own origin. */
export const DICOM_WEB_ROOT = '/pacs/dicom-web';

const TYPES: Partial<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
};

/** OHIF 3.13.2 (MIT): the package's dist/ is its complete built site. 50 MB to fetch, once. */
export async function fetchViewer(
  cacheFolder: string,
  onProgress?: (progress: PackageProgress) => void,
): Promise<string> {
  const home = await fetchRegistryPackage({
    name: '@ohif/app',
    version: '3.13.2',
    integrity: 'sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA==',
    bytes: 49_906_651,
    folder: cacheFolder,
    ...(onProgress && { onProgress }),
  });
  return path.join(home, 'dist');
}

export interface ViewerOptions {
  /** The built site of OHIF. */
  readonly site: string;
  /** Text in the viewer's head that says what this installation is. */
  readonly ribbon: string;
  /** Answers everything below DICOM_WEB_ROOT. */
  readonly archive: Handler;
  /**
   * Which studies the viewer's side panel offers. 'all': also those it finds itself by PatientID alone, whoever issued
   * it, and its header then names whoever was loaded last, not who is in the picture. Default: the launched ones only.
   */
  readonly studyList?: 'launched' | 'all';
  /** Present: nobody gets in but by this identity provider, OpenID Connect's code flow. */
  readonly signOn?: { /** Issuer, with a slash at the end. */ readonly provider: string; readonly clientId: string };
}

/** Any address that is not a file is the single-page application: `/viewer?StudyInstanceUIDs=…`. */
export function viewerHandler({ site, ribbon, archive, studyList = 'launched', signOn }: ViewerOptions): Handler {
  const configuration = viewerConfiguration(ribbon, studyList, signOn);
  const policy = contentPolicy(signOn && new URL(signOn.provider).origin);
  return async (exchange) => {
    const { pathname } = exchange.url;
    if (pathname.startsWith(`${DICOM_WEB_ROOT}/`)) return archive(exchange);
    if (pathname === '/app-config.js') {
      exchange.response.writeHead(200, { 'content-type': TYPES['.js'], 'cache-control': 'no-store' });
      exchange.response.end(configuration);
      return undefined;
    }
    const file = path.join(site, path.posix.normalize(pathname));
    const inside = file.startsWith(site + path.sep) && !file.endsWith('index.html');
    const facts = inside ? await stat(file).catch(ignoreMissing) : undefined;
    if (facts?.isFile()) return sendFile(exchange, file, policy, facts.size);
    if (path.extname(pathname) !== '') {
      exchange.response.writeHead(404).end();
      return undefined;
    }
    return sendFile(exchange, path.join(site, 'index.html'), policy);
  };
}

async function sendFile({ response }: Exchange, file: string, policy: string, size?: number): Promise<void> {
  const named = /\.[0-9a-f]{16,20}\./.test(path.basename(file)); // the name holds a hash of the content
  response.writeHead(200, {
    'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
    'cache-control': named ? 'max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': policy,
    ...(size !== undefined && { 'content-length': size }),
  });
  await pipeline(createReadStream(file), response).catch((error: unknown) => {
    if (!response.destroyed) throw error; // else the asker left in the middle
  });
}

/** The viewer evaluates code of its own; nothing may come from or go to anywhere else but the identity provider. */
function contentPolicy(provider: string | undefined): string {
  const sources = "'self' 'unsafe-inline' 'unsafe-eval' blob: data:";
  const also = provider === undefined ? '' : `connect-src ${sources} ${provider}; `;
  return `default-src ${sources}; ${also}frame-ancestors 'none'`;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}

/** The viewer shows the patient in its header, always: the launcher reads the identity there. */
function viewerConfiguration(ribbon: string, studyList: 'launched' | 'all', signOn: ViewerOptions['signOn']): string {
  const oidc = signOn && {
    authority: signOn.provider,
    client_id: signOn.clientId,
    redirect_uri: '/callback',
    response_type: 'code',
    scope: 'openid profile email',
    post_logout_redirect_uri: '/',
    revoke_uri: '',
    automaticSilentRenew: false, // by a frame of the provider, which is never let in
    revokeAccessTokenOnSignout: true,
  };
  return `window.config = {
  name: 'demo', routerBasename: null, extensions: [], modes: [],${oidc ? ` oidc: [${JSON.stringify(oidc)}],` : ''}
  customizationService: {
    'ohif.tours': { $set: [] },
    'studyBrowser.studyMode': { $set: '${studyList === 'all' ? 'all' : 'primary'}' },
  },
  whiteLabeling: {
    createLogoComponentFn: (React) =>
      React.createElement('strong', { style: { color: '#ffeb3b', padding: '0 12px' } }, ${JSON.stringify(ribbon)}),
  },
  showPatientInfo: 'visibleReadOnly',
  showStudyList: false, maxNumberOfWebWorkers: 2, showCPUFallbackMessage: false, showLoadingIndicator: true,
  strictZSpacingForVolumeViewport: true, investigationalUseDialog: { option: 'never' },
  defaultDataSourceName: 'pacs',
  dataSources: [{
    namespace: '@ohif/extension-default.dataSourcesModule.dicomweb', sourceName: 'pacs',
    configuration: {
      friendlyName: 'Pictures', name: 'pacs',
      wadoUriRoot: '/pacs/wado', qidoRoot: '${DICOM_WEB_ROOT}', wadoRoot: '${DICOM_WEB_ROOT}',
      qidoSupportsIncludeField: true, imageRendering: 'wadors', thumbnailRendering: 'wadors', enableStudyLazyLoad: true,
      supportsFuzzyMatching: false, supportsWildcard: true, omitQuotationForMultipartRequest: true,
      bulkDataURI: { enabled: true },
    },
  }],
};
`;
}
