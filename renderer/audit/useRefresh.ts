/** Asks again while somebody looks. */
import { useEffect, useEffectEvent } from 'react';

/** Milliseconds. */
const AGAIN_AFTER = 10_000;

export function useRefresh(isOn: boolean, again: () => void): void {
  const refresh = useEffectEvent(again);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) refresh();
    }, AGAIN_AFTER);
    return () => {
      clearInterval(timer);
    };
  }, [isOn]);
}
