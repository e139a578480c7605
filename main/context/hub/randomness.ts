/** Where the hub's unguessable and unique values come from: injected, so that tests can name them. */
import { randomBytes, randomUUID } from 'node:crypto';

export interface Randomness {
  /** 256 bits, base64url: topics, tokens, WebSocket endpoints (FHIRcast §2.4, §4.3). */
  secret(): string;
  /** A UUID: ids of events the hub makes itself, version ids. */
  id(): string;
}

export const systemRandomness: Randomness = {
  secret: () => randomBytes(32).toString('base64url'),
  id: () => randomUUID(),
};
