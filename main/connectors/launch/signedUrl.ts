/** An address that is good for a short time only: {notBefore}, {expires}, and an HMAC over what the configuration says. */
import { createHmac } from 'node:crypto';
import type { Launch, SignedUrlRule } from '../connector.js';
import { filledAddress, filledText, isNoRecord, launchTools, type LaunchWork, withKey, written } from './work.js';

export async function launchBySignedUrl(rule: SignedUrlRule, work: LaunchWork): Promise<Launch> {
  const tools = launchTools(work);
  const now = Math.floor(tools.now() / 1000);
  const times = {
    notBefore: timeText(now - rule.skewSeconds, rule.timeFormat),
    expires: timeText(now + rule.validSeconds, rule.timeFormat),
  };
  const address = filledAddress(rule.template, work, times);
  if (isNoRecord(address)) return address;
  const signed =
    rule.canonical === undefined ? `${address.pathname}${address.search}` : filledText(rule.canonical, work, times);
  if (typeof signed !== 'string') return signed;
  const signature = await withKey(rule.key, tools, (key) =>
    createHmac(rule.algorithm === 'hmac-sha512' ? 'sha512' : 'sha256', key)
      .update(signed, 'utf8')
      .digest(),
  );
  const before = address.search.length > 1 ? `${address.search}&` : '?';
  address.search = `${before}${encodeURIComponent(rule.parameter)}=${encodeURIComponent(written(signature, rule.encoding))}`;
  return { kind: 'address', address };
}

/** @param seconds since 1970 */
function timeText(seconds: number, format: SignedUrlRule['timeFormat']): string {
  return format === 'unix' ? String(seconds) : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
