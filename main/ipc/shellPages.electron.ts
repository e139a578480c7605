/**
 * SECURITY(S13, S14): the shell's own pages, from one folder, over a scheme that only the shell's session answers.
 * No file: address anywhere; a systems' session has no handler for lanyard://, so its pages cannot reach these.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Session } from 'electron';

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Of another site than the shell's pages, so that it has a process of its own. */
export const EMPTY_PAGE = 'lanyard://empty/';

export function serveShellPages(session: Session, root: string): void {
  session.protocol.handle('lanyard', async (request) => {
    if (request.url === EMPTY_PAGE) return new Response('', { headers: { 'content-type': TYPES['.html'] ?? '' } });
    const file = fileOf(root, request.url);
    const type = file && TYPES[path.extname(file)];
    if (!file || !type) return new Response(null, { status: 404 });
    try {
      const headers = { 'content-type': type, 'content-security-policy': CSP, 'x-content-type-options': 'nosniff' };
      return new Response(await readFile(file), { headers });
    } catch {
      return new Response(null, { status: 404 }); // only files of the build exist
    }
  });
  session.setPermissionRequestHandler((_contents, _permission, answer) => {
    answer(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setSpellCheckerEnabled(false);
}

function fileOf(root: string, address: string): string | null {
  const { host, pathname } = new URL(address);
  if (host !== 'shell') return null;
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  const file = path.join(root, path.normalize(decoded));
  return file.startsWith(root + path.sep) ? file : null;
}
