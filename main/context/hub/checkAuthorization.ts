/** Who asks: the Bearer token of the Authorization header (RFC 6750 §2.1), looked up in the registry. */
import { NotAuthorized } from './errors.js';
import type { Grant, TokenRegistry } from './tokenRegistry.js';

export function checkAuthorization(header: string | undefined, tokens: TokenRegistry): Grant {
  const [, token] = /^Bearer +([^\s]{1,520}) *$/i.exec(header ?? '') ?? [];
  const grant = token === undefined ? undefined : tokens.find(token);
  if (!grant) throw new NotAuthorized(header !== undefined);
  return grant;
}
