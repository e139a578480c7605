/** How much of everything the SMART launcher takes. Sizes are bytes, durations milliseconds. */
import type { Rate } from '../../context/hub/limits.js';

const MINUTE = 60_000;

export interface SmartLimits {
  /** How long a launch waits for its application (single use). */
  readonly launchLife: number;
  /** How long a code waits to be exchanged (single use; RFC 6749, section 4.1.2 allows ten minutes). */
  readonly codeLife: number;
  readonly tokenLife: number;
  /** Used and ended launches are remembered so long, to tell a replay from nonsense. */
  readonly remembered: number;
  /** Launches, codes and tokens, each. */
  readonly entries: number;
  /** Further pages of searches that one token may still ask for. */
  readonly pages: number;
  readonly formBytes: number;
  /** Characters of an address. */
  readonly addressLength: number;
  /** Of one answer of the FHIR server. */
  readonly answerBytes: number;
  readonly fhirTimeout: number;
  /** FHIR requests of one token. */
  readonly requests: Rate;
  /** Requests to one system's addresses that need no token, and those with a wrong one. */
  readonly openRequests: Rate;
}

export const defaultSmartLimits: SmartLimits = {
  launchLife: MINUTE,
  codeLife: MINUTE,
  tokenLife: 5 * MINUTE,
  remembered: 10 * MINUTE,
  entries: 500,
  pages: 100,
  formBytes: 16 * 1024,
  addressLength: 8 * 1024,
  answerBytes: 5 * 1024 * 1024,
  fhirTimeout: 10_000,
  requests: { perSecond: 50, atOnce: 200 },
  openRequests: { perSecond: 10, atOnce: 60 },
};
