/** The patient record for tests: the real OpenMRS O3 front end on our stand-in for its server (backEnd.ts). */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Exchange, type RunningServer, sendJson, type ServerOptions, startServer } from '../../demo/http.js';
import { answerAsBackEnd } from './backEnd.js';
import { assembleFrontEnd, type FrontEnd } from './frontEnd.js';

export interface RealEprOptions extends ServerOptions {
  /** Folder the front end is fetched into, once. */
  readonly cacheFolder: string;
  /** Asked at every question of the front end; false: it shows its sign-in page. Default: always signed in. */
  readonly isSignedIn?: () => boolean;
}

const SPA = '/openmrs/spa';
const TYPES: Partial<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

/** `/openmrs/spa/patient/{id}/chart/Patient Summary` shows the patient with this id of the population. */
export async function startRealEpr({
  cacheFolder,
  isSignedIn = () => true,
  ...options
}: RealEprOptions): Promise<RunningServer> {
  const frontEnd = await assembleFrontEnd(cacheFolder);
  const page = await shellPage(frontEnd);
  return startServer(async (exchange) => {
    const { response, url } = exchange;
    if (url.pathname.startsWith('/openmrs/ws/')) answerAsBackEnd(exchange, isSignedIn());
    else if (url.pathname === `${SPA}/importmap.json`) sendJson(response, frontEnd.importMap);
    else if (url.pathname === `${SPA}/routes.registry.json`) sendJson(response, frontEnd.routes);
    else if (url.pathname === SPA || url.pathname.startsWith(`${SPA}/`)) await sendSpa(exchange, frontEnd, page);
    else if (url.pathname === '/') response.writeHead(302, { location: `${SPA}/home` }).end();
    else response.writeHead(404).end();
  }, options);
}

async function sendSpa({ response, url }: Exchange, { shell, modules }: FrontEnd, page: string): Promise<void> {
  const [folder = '', ...rest] = url.pathname.slice(SPA.length + 1).split('/');
  const home = modules.get(folder);
  const [root, name] = home === undefined ? [shell, [folder, ...rest].join('/')] : [home, rest.join('/')];
  const file = path.join(root, path.posix.normalize(`/${name}`));
  const inside = file.startsWith(root + path.sep) && !file.endsWith('index.html');
  const facts = inside ? await stat(file).catch(ignoreMissing) : undefined;
  if (facts?.isFile()) {
    response.writeHead(200, {
      'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
      'content-length': facts.size,
      'cache-control': 'max-age=3600',
    });
    await pipeline(createReadStream(file), response).catch((error: unknown) => {
      if (!response.destroyed) throw error; // else the asker left in the middle
    });
  } else if (path.extname(name) !== '') {
    response.writeHead(404).end();
  } else {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page);
  }
}

/** The shell's page, pointed at this server instead of a public one, without a service worker, and labelled. */
async function shellPage({ shell }: FrontEnd): Promise<string> {
  const original = await readFile(path.join(shell, 'index.html'), 'utf8');
  const label =
    '<p style="position:fixed;bottom:0;left:0;z-index:99999;margin:0;padding:2px 12px;background:#ffeb3b;color:#212b32;' +
    'font:bold 13px Arial,sans-serif">TEST – OpenMRS O3 on a stand-in server, not real patients</p></body>';
  return original
    .replaceAll('https://dev3.openmrs.org/openmrs/spa/importmap.json', `${SPA}/importmap.json`)
    .replace('offline: true', 'offline: false')
    .replace('</body>', label);
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
  throw error;
}
