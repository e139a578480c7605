/** A screen to show windows on: the machine's own, or one in memory (Xvfb) where there is none. */
import { spawn, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hasScreen } from './setup.mjs';
import { isRoot } from './setup/commands.mjs';
import { folderOfOrdinaryUser, giveToOrdinaryUser } from './setup/ordinaryUser.mjs';
import { endingWithUs, endProcess } from './processes.js';

const READY_MS = 20_000;
const SIZE = '1440x900x24';

export interface Screen {
  /** Whether windows exist only in memory. */
  readonly inMemory: boolean;
  close(): Promise<void>;
}

/**
 * Opens a screen for the programs this process starts: afterwards DISPLAY and XAUTHORITY name it.
 * @throws Error when Xvfb is not ready within 20 s
 */
export async function openScreen(): Promise<Screen> {
  const folder = folderOfOrdinaryUser('lanyard-screen-');
  const authority = path.join(folder, 'authority');
  const removeFolder = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  if (hasScreen()) {
    // the ordinary user gets a copy of root's key to the screen
    if (isRoot && process.env['DISPLAY']) {
      const key = execFileSync('xauth', ['extract', '-', process.env['DISPLAY']]);
      if (key.length > 0) {
        writeFileSync(authority, key, { mode: 0o600 });
        giveToOrdinaryUser(folder);
        process.env['XAUTHORITY'] = authority;
      }
    }
    return {
      inMemory: false,
      close: async () => {
        removeFolder();
      },
    };
  }

  removeFolder();
  const screen = await openMemoryScreen();
  Object.assign(process.env, screen.environment);
  return {
    inMemory: true,
    close: async () => {
      await screen.close();
      delete process.env['DISPLAY'];
      delete process.env['XAUTHORITY'];
    },
  };
}

export interface MemoryScreen {
  /** What a program needs to show its windows there. */
  readonly environment: { readonly DISPLAY: string; readonly XAUTHORITY: string };
  /** The file that the picture is in at every moment: XWD, as Xvfb(1) describes for -fbdir. */
  readonly pictureFile: string;
  close(): Promise<void>;
}

/**
 * A screen in memory, whatever screen the machine has.
 * @throws Error when Xvfb is not ready within 20 s
 */
export async function openMemoryScreen(): Promise<MemoryScreen> {
  const folder = folderOfOrdinaryUser('lanyard-screen-');
  const authority = path.join(folder, 'authority');
  const removeFolder = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  writeFileSync(authority, authorityFile(randomBytes(16)), { mode: 0o600 });
  giveToOrdinaryUser(folder);
  const [program, ...args] = endingWithUs([
    'Xvfb',
    ...['-displayfd', '3', '-screen', '0', SIZE, '-nolisten', 'tcp', '-auth', authority, '-noreset', '-fbdir', folder],
  ]);
  // in a process group of its own: Ctrl+C in the terminal ends us, and we end it last
  const server = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], detached: true });
  const displayNumber = server.stdio[3];
  if (!displayNumber) throw new Error('Xvfb was started without its pipe.');
  let display: string;
  try {
    const ready = once(displayNumber, 'data', { signal: AbortSignal.timeout(READY_MS) });
    const failed = once(server, 'exit').then(([code]) => {
      throw new Error(`Xvfb ended with ${String(code)}.`);
    });
    const [data] = (await Promise.race([ready, failed])) as [Buffer];
    display = `:${data.toString('utf8').trim()}`;
  } catch (error) {
    await endProcess(server);
    removeFolder();
    throw error;
  }
  return {
    environment: { DISPLAY: display, XAUTHORITY: authority },
    pictureFile: path.join(folder, 'Xvfb_screen0'),
    close: async () => {
      await endProcess(server);
      removeFolder();
    },
  };
}

/** An Xauthority file (libXau) whose one key fits any display: its number is not known before Xvfb runs. */
function authorityFile(key: Buffer): Buffer {
  const familyWild = Buffer.from([0xff, 0xff]);
  const counted = (content: Buffer): Buffer => Buffer.concat([Buffer.from([0, content.length]), content]);
  const address = counted(Buffer.alloc(0));
  const number = counted(Buffer.alloc(0));
  return Buffer.concat([familyWild, address, number, counted(Buffer.from('MIT-MAGIC-COOKIE-1')), counted(key)]);
}

/**
 * A picture (PNG) of the whole screen, as a person sees it: the shell with the systems' views in it. Without dates in
 * it: the same screen gives the same bytes.
 */
export function takePicture(file: string): void {
  execFileSync('import', ['-window', 'root', '-define', 'png:exclude-chunks=date,time', file], { timeout: READY_MS });
}
