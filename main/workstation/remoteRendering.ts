/**
 * Is what Lanyard draws sent to another computer? Then the graphics card of this one only costs, windows that seem to be
 * covered are not, and everything that moves is sent picture by picture.
 */

export interface RemoteFacts {
  readonly platform: NodeJS.Platform;
  /** SESSIONNAME of the environment; it is as old as the session, so it may prove a remote one, and never the console. */
  readonly sessionName: string | undefined;
  /** Of a single-session Citrix desktop, whose SESSIONNAME may say "Console". */
  readonly clientName: string | null;
}

/** @param setting `workstation.remoteRendering` of the configuration */
export function drawsRemotely(setting: 'auto' | 'on' | 'off', facts: () => RemoteFacts): boolean {
  if (setting !== 'auto') return setting === 'on';
  const { platform, sessionName = '', clientName } = facts();
  return platform === 'win32' && (/^(ICA|RDP)-/i.test(sessionName) || clientName !== null);
}

/** Chromium takes one list of features: what is on it already stays. */
export function withoutFeature(listed: string, feature: string): string {
  const all = listed.split(',').filter((one) => one !== '');
  return [...new Set([...all, feature])].join(',');
}
