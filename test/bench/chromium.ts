/** Debian's Chromium with the same pages in tabs, as the ordinary user and with its sandbox: what people have today. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { endProcess } from '../../build/processes.js';
import { codeOf, DevTools } from './devTools.js';
import { pidOf, saidAddress, startCommand, untilWindow } from './program.js';
import { newFolder } from './ward.js';
import type { XScreen } from './xScreen.js';

const CHROMIUM = '/usr/bin/chromium';

const Targets = z.array(z.object({ type: z.string(), url: z.string(), webSocketDebuggerUrl: z.string() }));

export interface Chromium {
  readonly pid: number;
  /** Each tab to another address, in the order they were opened with. @returns once all have loaded */
  go(addresses: readonly string[]): Promise<void>;
  end(): Promise<void>;
}

/** null: not installed. */
export function chromiumVersion(): string | null {
  if (!existsSync(CHROMIUM)) return null;
  return /\d[\d.]+/.exec(execFileSync(CHROMIUM, ['--version'], { encoding: 'utf8', stdio: 'pipe' }))?.[0] ?? 'unknown';
}

/** @returns once every page has loaded */
export async function startChromium(screen: XScreen, addresses: readonly string[]): Promise<Chromium> {
  const folder = newFolder();
  const { child } = startCommand(
    [
      CHROMIUM,
      ...folder.args,
      '--lang=en-GB',
      '--no-first-run',
      '--no-default-browser-check',
      '--password-store=basic', // no window that asks for the key ring's password
      '--remote-debugging-port=0',
      ...(addresses.length === 0 ? ['about:blank'] : addresses),
    ],
    screen,
  );
  const end = async (): Promise<void> => {
    await endProcess(child);
    folder.remove();
  };
  try {
    const { host } = new URL(await saidAddress(child, /DevTools listening on (ws:\/\/\S+)/));
    await untilWindow(screen);
    const listed = await fetch(`http://${host}/json/list`, { signal: AbortSignal.timeout(10_000) });
    const pages = Targets.parse(await listed.json()).filter(({ url }) => addresses.includes(url));
    if (pages.length !== addresses.length) throw new Error('Chromium did not open every page');
    const inEach = async (work: (page: DevTools, index: number) => Promise<unknown>): Promise<void> => {
      for (const [index, address] of addresses.entries()) {
        const target = pages.find(({ url }) => url === address);
        if (!target) throw new Error('a page of Chromium is gone');
        const page = await DevTools.connect(target.webSocketDebuggerUrl);
        await work(page, index);
        page.close();
      }
    };
    await inEach((page) => page.evaluate(codeOf(untilLoaded, undefined)));
    return {
      pid: pidOf(child),
      end,
      go: (next) => inEach((page, index) => page.navigate(next[index] ?? 'about:blank')),
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** In a page. */
async function untilLoaded(): Promise<void> {
  if (document.readyState === 'complete') return;
  await new Promise((resolve) => {
    addEventListener('load', resolve, { once: true });
  });
}
