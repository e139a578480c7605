/** An address with macros. */
import type { Launch } from '../connector.js';
import { filledAddress, isNoRecord, type LaunchWork } from './work.js';

export function launchByUrlTemplate({ template }: { readonly template: string }, work: LaunchWork): Launch {
  const address = filledAddress(template, work);
  return isNoRecord(address) ? address : { kind: 'address', address };
}
