/** Tells main which rectangle of the shell's page belongs to the systems' pages, whenever it changes. */
import type { Placement } from '../../preload/contract.js';

/** CSS pixels, whole numbers, never larger than the element: a page must not lie over a line of the shell. */
export function placementOf(rectangle: DOMRectReadOnly): Placement {
  const x = Math.max(0, Math.ceil(rectangle.left));
  const y = Math.max(0, Math.ceil(rectangle.top));
  return {
    x,
    y,
    width: Math.max(0, Math.floor(rectangle.right) - x),
    height: Math.max(0, Math.floor(rectangle.bottom) - y),
  };
}

/** Reports now and after every change of size (window, zoom, a line more in the header). Returns what ends it. */
export function watchPlacement(element: HTMLElement, report: (placement: Placement) => void): () => void {
  let last = '';
  const measure = (): void => {
    const placement = placementOf(element.getBoundingClientRect());
    const key = JSON.stringify(placement);
    if (key === last) return;
    last = key;
    report(placement);
  };
  const observer = new ResizeObserver(measure);
  observer.observe(element);
  window.addEventListener('resize', measure);
  measure();
  return () => {
    observer.disconnect();
    window.removeEventListener('resize', measure);
  };
}
