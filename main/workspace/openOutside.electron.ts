/**
 * SECURITY(S7): the one place that hands an address to the operating system. A page's address is data from a stranger:
 * parsed, https only, of an allow-listed origin, and what is opened is our own re-serialisation of it. A desktop
 * program's address comes from the configuration and the chosen patient, never from a page; its scheme is on a list.
 */
import { shell } from 'electron';
import { outsideAddress, programAddress } from '../domain/navigation.js';

export async function openOutside(address: string, allowedOrigins: readonly string[]): Promise<boolean> {
  const safe = outsideAddress(address, allowedOrigins);
  if (safe === null) return false;
  await shell.openExternal(safe);
  return true;
}

export async function openProgram(address: string, schemes: readonly string[]): Promise<boolean> {
  const safe = programAddress(address, schemes);
  if (safe === null) return false;
  await shell.openExternal(safe);
  return true;
}
