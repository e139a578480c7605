/** Judges a spool's text at once, for tests: every line's verdict, and everything said against the chain. */
import type { AuditorKey } from '../../main/audit/auditorSeal.js';
import { ChainVerifier, type VerifiedLine } from '../../main/audit/verify/chainVerifier.js';

export function verifyChain(
  text: string,
  chain: string,
  auditor: AuditorKey | null = null,
): { readonly lines: readonly VerifiedLine[]; readonly faults: readonly string[] } {
  const verifier = new ChainVerifier(chain, auditor);
  const pieces = text.split('\n');
  const rest = pieces.pop() ?? '';
  const lines = pieces.map((piece) => verifier.push(piece));
  const { faults, doubts } = verifier.end(Buffer.byteLength(rest));
  return { lines, faults: [...faults, ...doubts] };
}
