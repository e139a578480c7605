/**
 * A hub that npm started ends when npm is ended. npm runs a script through a shell, which dies of the signal without
 * passing it on; the hub would stay behind and keep its port.
 */
import type { Cancel } from './clock.js';

/** How often to look, in milliseconds. The only sign of a parent's end is that there is another one. */
const PERIOD = 500;

/** Calls `end` once, when the parent process is no longer the one it was. */
export function endWithParent(parentId: () => number, end: () => void): Cancel {
  const first = parentId();
  const timer = setInterval(() => {
    if (parentId() === first) return;
    clearInterval(timer);
    end();
  }, PERIOD);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}
