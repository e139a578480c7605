/**
 * In two steps: a ticket is asked for, then the page is opened with it. Every launch asks anew, and nothing keeps a
 * ticket: a second try never brings the first one's.
 */
import { LanyardError } from '../../domain/errors.js';
import type { Launch, LaunchTools, PostedContent, TicketRule } from '../connector.js';
import { FORM } from './formPost.js';
import { filledAddress, filledFields, isNoRecord, launchTools, type LaunchWork, withKey } from './work.js';

/** A ticket is a short word of visible ASCII. */
const TICKET = /^[\x21-\x7e]{1,2000}$/u;

export async function launchByTicket(rule: TicketRule, work: LaunchWork): Promise<Launch> {
  const tools = launchTools(work);
  const fields = filledFields(rule.request.fields, work);
  if (isNoRecord(fields)) return fields;
  const content = contentOf(rule, fields);
  const authorization = await authorizationOf(rule, tools);
  let answer: unknown;
  try {
    answer = await tools.postForJson(new URL(rule.request.url), content, authorization, work.signal);
  } catch (error) {
    // Nobody is signed in to the page yet: it opens where it can be, and is launched anew after that.
    const needsSignIn = error instanceof LanyardError && error.code === 'not-signed-in' && !rule.request.client;
    if (needsSignIn) return { kind: 'address', address: new URL(work.system.url) };
    throw error;
  }
  const ticket = valueAt(answer, rule.answer);
  if (ticket === null || !TICKET.test(ticket))
    throw new LanyardError('unavailable', 'It answered without the ticket that opens the page');
  const address = filledAddress(rule.template, work, { ticket });
  return isNoRecord(address) ? address : { kind: 'address', address };
}

function contentOf({ request }: TicketRule, fields: readonly (readonly [string, string])[]): PostedContent {
  return request.format === 'json'
    ? { contentType: 'application/json', body: JSON.stringify(Object.fromEntries(fields)) }
    : { contentType: FORM, body: new URLSearchParams(fields.map(([name, value]) => [name, value])).toString() };
}

/** HTTP Basic, as OAuth writes it (RFC 6749 §2.3.1): both parts percent-encoded. */
async function authorizationOf({ request: { client } }: TicketRule, tools: LaunchTools): Promise<string | null> {
  if (!client) return null;
  return withKey(client.secret, tools, (secret) => {
    const text = new TextDecoder().decode(secret);
    return `Basic ${Buffer.from(`${encodeURIComponent(client.id)}:${encodeURIComponent(text)}`).toString('base64')}`;
  });
}

/** The text at a.b.c of an answer; null where there is none. */
function valueAt(answer: unknown, path: string): string | null {
  let value = answer;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null;
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === 'string' ? value : null;
}
