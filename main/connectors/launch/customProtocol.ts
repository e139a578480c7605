/**
 * A desktop program, opened through the operating system by its own scheme. What it shows cannot be read back, so its
 * tab keeps to the start page and says "Not checked".
 */
import type { Launch } from '../connector.js';
import { filledText, launchTools, type LaunchWork } from './work.js';

export async function launchByCustomProtocol(
  { template }: { readonly template: string },
  work: LaunchWork,
): Promise<Launch> {
  const tools = launchTools(work);
  const address = filledText(template, work, {}, encodeStrictly);
  if (typeof address !== 'string') return address;
  if (!work.signal.aborted) await tools.openProgram(new URL(address));
  return { kind: 'address', address: new URL(work.system.url) };
}

/** What encodeURIComponent leaves and a command line might read: ! ' ( ) * ~ */
function encodeStrictly(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*~]/gu,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
