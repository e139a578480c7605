/** What the process that reads badges says. Checked on arrival: it loads a native module. */
import { z } from 'zod';

export const FromReader = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('attached') }),
  z.strictObject({ type: z.literal('detached') }),
  /** Upper-case hexadecimal; 4 to 10 bytes. */
  z.strictObject({ type: z.literal('tap'), number: z.string().regex(/^([0-9A-F]{2}){4,10}$/) }),
  z.strictObject({ type: z.literal('removed') }),
  z.strictObject({ type: z.literal('unreadable') }),
  /** There is none to be reached; it goes on looking. */
  z.strictObject({ type: z.literal('no-service') }),
]);
export type FromReader = z.infer<typeof FromReader>;
