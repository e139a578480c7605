/** Why the user left: UserLogout and UserHibernate carry a Parameters resource with a code (FHIRcast §3.2.2-3). */
import { z } from 'zod';
import { MalformedRequest } from './errors.js';
import type { EventName } from './eventNames.js';
import type { ContextEntry } from './message.js';

const reasons = ['user-initiated', 'system-timeout', 'system-initiated'] as const;

const Code = z.looseObject({
  name: z.literal('code'),
  valueCoding: z.looseObject({ code: z.enum(reasons) }).optional(),
  valueCode: z.enum(reasons).optional(),
});
const Hub = z.looseObject({ name: z.literal('hub'), valueBoolean: z.boolean() });
const Named = z.looseObject({ name: z.string() });

/** An empty context is taken as STU2 sent it: a sign-out is never refused for want of a reason. */
export function checkReason(event: EventName, context: readonly ContextEntry[]): void {
  const entries = context.filter(({ key }) => key !== 'extension');
  if (entries.length === 0) return;
  const resource = entries.length === 1 && entries[0]?.key === 'parameters' ? entries[0].resource : undefined;
  const parameters = z.array(Named).safeParse(resource?.['parameter']);
  if (resource?.resourceType !== 'Parameters' || !parameters.success) {
    throw new MalformedRequest(`${event.name} needs a Parameters resource under the key parameters`);
  }
  const codes = parameters.data.filter(({ name }) => name === 'code');
  const code = Code.safeParse(codes[0]);
  if (codes.length !== 1 || !code.success || !(code.data.valueCoding ?? code.data.valueCode)) {
    throw new MalformedRequest(`${event.name} needs one parameter "code": ${reasons.join(', ')}`);
  }
  const hubs = parameters.data.filter(({ name }) => name === 'hub');
  if (hubs.length > 1 || hubs.some((hub) => !Hub.safeParse(hub).success)) {
    throw new MalformedRequest('the parameter "hub" is a boolean');
  }
}
