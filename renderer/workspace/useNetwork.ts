/** Tells the main process when this computer loses its network, and when it is back. */
import { useEffect } from 'react';
import type { ShellStore } from '../store/shellStore.js';

export const NETWORK_LOST =
  'This computer has lost its network connection. What is open may be out of date. When the connection is back, every page is checked again.';

export function useNetwork(store: ShellStore): void {
  useEffect(() => {
    const tell = ({ type }: Event): void => void store.networkChanged(type === 'online');
    window.addEventListener('online', tell);
    window.addEventListener('offline', tell);
    return () => {
      window.removeEventListener('online', tell);
      window.removeEventListener('offline', tell);
    };
  }, [store]);
}
