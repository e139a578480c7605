/** A real Electron window with the built shell in it, under the product's content security policy, and a fake main. */
import { existsSync, linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test as base, _electron as electron, type ElectronApplication, type Page } from '@playwright/test';
import { electronExecutable, launcher } from '../../build/electron-runtime.mjs';
import { folderOfOrdinaryUser, readableFolder } from '../../build/setup/ordinaryUser.mjs';
import { installFakeMain } from './fakeMain.js';
import { screens } from './screens.js';

const project = path.resolve(import.meta.dirname, '../..');
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

export interface ShellWindow {
  readonly page: Page;
  readonly app: ElectronApplication;
  /** Loads a screen afresh; resolves when it has nothing left to fetch. */
  readonly open: (name: string) => Promise<void>;
  /** 1: as it is; 2: everything twice as large in the same window. */
  readonly zoom: (factor: number) => Promise<void>;
  /** Writes what the window shows as PNG. */
  readonly picture: (name: string) => Promise<void>;
}

export const test = base.extend<object, { shell: ShellWindow }>({
  shell: [
    async ({}, use) => {
      const server = await serve(path.join(project, 'dist/renderer'));
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const profile = folderOfOrdinaryUser('lanyard-screens-');
      const app = await electron.launch({
        ...launcher('screens', emptyElectron(await electronExecutable())),
        args: [`--user-data-dir=${profile}`],
      });
      const opened = app.waitForEvent('window');
      await app.evaluate(({ BrowserWindow }) => {
        const view = { width: 1100, height: 760, useContentSize: true, webPreferences: { sandbox: true } };
        return new BrowserWindow(view).loadURL('about:blank');
      });
      const page = await opened;
      await page.addInitScript(installFakeMain, Object.fromEntries(screens.map((one) => [one.name, one.answers])));
      await page.clock.setFixedTime('2026-02-12T14:05:00Z');
      const pictures = path.join(project, 'test-results/screens');
      await mkdir(pictures, { recursive: true });
      await use({
        page,
        app,
        open: async (name) => {
          await page.goto(`${address}/?screen=${name}`, { waitUntil: 'networkidle' });
        },
        zoom: async (factor) => {
          await app.evaluate(({ BrowserWindow }, wanted) => {
            BrowserWindow.getAllWindows()[0]?.webContents.setZoomFactor(wanted);
          }, factor);
          await page.waitForFunction((width) => Math.abs(window.innerWidth - width) <= 1, 1100 / factor);
        },
        picture: async (name) => {
          await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
          const png = await app.evaluate(async ({ BrowserWindow }) => {
            const image = await BrowserWindow.getAllWindows()[0]?.webContents.capturePage();
            return image?.toPNG().toString('base64') ?? '';
          });
          await writeFile(path.join(pictures, `${name}.png`), Buffer.from(png, 'base64'));
        },
      });
      await app.close();
      await new Promise((resolve) => server.close(resolve));
      await rm(profile, { recursive: true, force: true });
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});
export { expect } from '@playwright/test';

/**
 * The same Electron around an empty program: the registry's runtime runs its resources/app whatever its arguments, and
 * that is Lanyard. Hard links, so that it costs no space.
 * @returns absolute path of the executable
 */
function emptyElectron(executable: string): string {
  const from = path.dirname(executable);
  const to = path.join(project, '.cache/electron-empty');
  const app = path.join(to, 'resources/app');
  if (!existsSync(app)) {
    linkTree(from, to);
    mkdirSync(app, { recursive: true });
    writeFileSync(path.join(app, 'package.json'), '{ "name": "empty", "main": "index.js" }');
    writeFileSync(path.join(app, 'index.js'), '');
  }
  return path.join(readableFolder(to, path.basename(from)), 'electron');
}

function linkTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.name === 'resources') continue;
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (!existsSync(target)) linkSync(source, target);
  }
}

function serve(root: string): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const file = path.join(root, pathname === '/' ? 'index.html' : path.normalize(pathname));
    readFile(file).then(
      (body) => {
        const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
        response.writeHead(200, { 'content-type': type, 'content-security-policy': CSP }).end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve(server);
    });
  });
}
