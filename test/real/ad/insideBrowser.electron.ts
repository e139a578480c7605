/** Functions that run inside a real Electron's main process (test/bench/bareApp.electron.ts): each stands for itself. */
import type * as Electron from 'electron';
import type { HttpChallenge } from '../../../main/signon/signOn.js';

type ElectronModule = typeof Electron;

interface Browser {
  readonly ticketPage: Electron.WebContentsView;
  readonly ticketChallenges: {
    readonly challenge: HttpChallenge;
    readonly answer: (userName?: string, password?: string) => void;
  }[];
}

export interface Loaded {
  readonly outcome: 'loaded' | 'failed';
  readonly address: string;
  readonly status: number;
  readonly text: string;
}

/** One page of one system, in a session in memory; what asks for a password waits to be answered. */
export function openPage({ BrowserWindow, WebContentsView, session }: ElectronModule): void {
  const own = session.fromPartition(`system:${Math.random()}`);
  const view = new WebContentsView({ webPreferences: { session: own, sandbox: true, contextIsolation: true } });
  BrowserWindow.getAllWindows()[0]?.contentView.addChildView(view);
  view.setBounds({ x: 0, y: 0, width: 800, height: 600 });
  const challenges: Browser['ticketChallenges'] = [];
  view.webContents.on('login', (event, { url, firstAuthAttempt }, { isProxy, scheme, host, port, realm }, answer) => {
    event.preventDefault();
    challenges.push({ challenge: { url, scheme, host, port, realm, isProxy, isFirst: firstAuthAttempt }, answer });
  });
  Object.assign(globalThis, { ticketPage: view, ticketChallenges: challenges });
}

export function allowTickets({ session }: ElectronModule, hosts: string): void {
  session.defaultSession.allowNTLMCredentialsForDomains(hosts);
}

export async function loadPage(_electron: ElectronModule, address: string): Promise<Loaded> {
  const { webContents } = (globalThis as unknown as Browser).ticketPage;
  let status = 0;
  const arrived = (_event: unknown, _address: string, code: number): void => {
    status = code;
  };
  webContents.on('did-navigate', arrived);
  const failed = await webContents.loadURL(address).then(
    () => false,
    () => true,
  );
  webContents.off('did-navigate', arrived);
  const text: unknown = failed ? '' : await webContents.executeJavaScript('document.body.innerText');
  return { outcome: failed ? 'failed' : 'loaded', address: webContents.getURL(), status, text: String(text) };
}

/** The oldest challenge that has not been answered, or null. */
export function waitingChallenge(): HttpChallenge | null {
  return (globalThis as unknown as Browser).ticketChallenges[0]?.challenge ?? null;
}

export function answerChallenge(
  _electron: ElectronModule,
  credentials: { readonly userName: string; readonly password: string } | null,
): void {
  const waiting = (globalThis as unknown as Browser).ticketChallenges.shift();
  if (credentials) waiting?.answer(credentials.userName, credentials.password);
  else waiting?.answer();
}

/** What ends a system's session at sign-out. */
export async function forgetSession(): Promise<void> {
  const own = (globalThis as unknown as Browser).ticketPage.webContents.session;
  await Promise.all([own.closeAllConnections(), own.clearAuthCache(), own.clearStorageData()]);
}
