import { rmSync } from 'node:fs';

/** Removes what a program wrote that has just ended: a child of it may still be writing for a moment. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
