/**
 * Whether a request was meant for this hub. A page on the internet can make its own name resolve to 127.0.0.1 and
 * so reach loopback servers with the visitor's browser; its requests still carry its own name as Host.
 */
import { HostRefused } from './errors.js';

export function checkHost(header: string | undefined, allowed: ReadonlySet<string>): void {
  if (header === undefined || !allowed.has(header.toLowerCase())) throw new HostRefused();
}

/** What the Host header may say. @param host an address of 127.0.0.0/8 */
export function allowedHosts(host: string, port: number, isTls: boolean): ReadonlySet<string> {
  const names = [host, '127.0.0.1', 'localhost'];
  const isDefaultPort = port === (isTls ? 443 : 80);
  return new Set(names.flatMap((name) => [`${name}:${port}`, ...(isDefaultPort ? [name] : [])]));
}
