import path from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const eslint = new ESLint({ cwd: ROOT });

/** The rules that complain when a file of the project holds this text. */
async function complaints(file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: path.join(ROOT, file) });
  return (result?.messages ?? []).map(({ ruleId, message }) => `${ruleId ?? 'syntax'}: ${message}`);
}

const SYNTAX = /^no-restricted-syntax: S/;
const IMPORTS = /^no-restricted-imports: /;
const ADAPTER = 'main/workspace/webView.electron.ts';
const OPENS_OUTSIDE = 'main/workspace/openOutside.electron.ts';
const PLAIN = 'main/domain/errors.ts';
const TEST = 'test/unit/router.test.ts';

describe('lint refuses', { timeout: 60_000 }, () => {
  it.each([
    [ADAPTER, "import { shell } from 'electron'; void shell.openExternal('https://x');", SYNTAX],
    [
      ADAPTER,
      "import { shell } from 'electron'; const { openExternal } = shell; void openExternal('https://x');",
      SYNTAX,
    ],
    [OPENS_OUTSIDE, "import { shell } from 'electron'; void shell.openPath('/x');", SYNTAX],
    [ADAPTER, "import { session } from 'electron'; session.defaultSession.setCertificateVerifyProc(null);", SYNTAX],
    [
      ADAPTER,
      "import { app } from 'electron'; app.on('certificate-error', (_e, _c, _u, _r, _t, done) => { done(true); });",
      SYNTAX,
    ],
    [ADAPTER, "import { app } from 'electron'; app.commandLine.appendSwitch('no-sandbox');", SYNTAX],
    [ADAPTER, 'export const preferences = { webPreferences: { sandbox: false } };', SYNTAX],
    [ADAPTER, 'export const preferences = { webPreferences: { contextIsolation: false } };', SYNTAX],
    [ADAPTER, 'export const preferences = { webPreferences: { nodeIntegration: true } };', SYNTAX],
    [ADAPTER, 'export const preferences = { webPreferences: { webviewTag: true } };', SYNTAX],
    [PLAIN, 'export const options = { rejectUnauthorized: false };', SYNTAX],
    [PLAIN, "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';", SYNTAX],
    ['renderer/main.tsx', 'export const page = <webview src="https://x" />;', SYNTAX],
    ['renderer/main.tsx', "document.createElement('webview');", SYNTAX],
    ['build/bundle.ts', "export const args = ['--no-sandbox'];", SYNTAX],
    [TEST, 'export const launch = { chromiumSandbox: false };', SYNTAX],
    [PLAIN, "import 'electron';", IMPORTS],
    [PLAIN, "import 'node-fetch';", IMPORTS],
    [ADAPTER, "import 'node-fetch';", IMPORTS],
    [TEST, "import { it } from 'vitest'; it.skip('later', () => undefined);", /a skipped test counts as failed/],
    [TEST, "import { test } from '@playwright/test'; test.only('mine', () => undefined);", /a skipped test counts/],
  ])('in %s: %s', async (file, text, rule) => {
    expect(await complaints(file, text)).toContainEqual(expect.stringMatching(rule));
  });
});

describe('lint allows', { timeout: 60_000 }, () => {
  it.each([
    [OPENS_OUTSIDE, "import { shell } from 'electron'; void shell.openExternal('https://x');"],
    [
      ADAPTER,
      "import { app } from 'electron'; app.on('certificate-error', (_e, _c, _u, _r, _t, done) => { done(false); });",
    ],
    ['main/index.electron.ts', "export const refused = ['no-sandbox', 'remote-debugging-port'];"],
  ])('in %s: %s', async (file, text) => {
    const restricted = (await complaints(file, text)).filter((complaint) => complaint.startsWith('no-restricted'));
    expect(restricted).toEqual([]);
  });
});
