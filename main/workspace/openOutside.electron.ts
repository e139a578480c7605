/**
 * SECURITY(S7): the one place that hands an address to the operating system. A page's address is data from a stranger:
 * parsed, https only, of an allow-listed origin, and what is opened is our own re-serialisation of it.
 */
import { shell } from 'electron';
import { outsideAddress } from '../domain/navigation.js';

export async function openOutside(address: string, allowedOrigins: readonly string[]): Promise<boolean> {
  const safe = outsideAddress(address, allowedOrigins);
  if (safe === null) return false;
  await shell.openExternal(safe);
  return true;
}
