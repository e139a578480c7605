/** SMART App Launch: the launcher makes a launch that works once, for this patient. */
import type { Launch } from '../connector.js';
import type { LaunchWork } from './work.js';

export async function launchBySmart({ url }: { readonly url: string }, work: LaunchWork): Promise<Launch> {
  const { system, patient, tools } = work;
  return { kind: 'address', address: await tools.smartLaunch(system, new URL(url), patient) };
}
