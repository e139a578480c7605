/** While something of the shell's own lies over the content area, the shell lies above every system's page. */
import { useEffect } from 'react';
import type { ShellStore } from '../store/shellStore.js';

export function useRaisedShell(store: ShellStore, isRaised: boolean): void {
  useEffect(() => (isRaised ? store.raise() : undefined), [store, isRaised]);
}
