/** The page is asked for by a form: nothing of the patient stands in the address. */
import type { FormPostRule, Launch } from '../connector.js';
import { filledFields, isNoRecord, type LaunchWork } from './work.js';

export const FORM = 'application/x-www-form-urlencoded';

export function launchByFormPost({ url, fields }: FormPostRule, work: LaunchWork): Launch {
  const filled = filledFields(fields, work);
  if (isNoRecord(filled)) return filled;
  const body = new URLSearchParams(filled.map(([name, value]) => [name, value])).toString();
  return { kind: 'address', address: new URL(url), post: { contentType: FORM, body } };
}
