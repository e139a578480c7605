/** What several specifications of hostile pages do with a page. */
import type { Frame, Page } from '@playwright/test';

/** Puts a frame into a page and waits until it has loaded. */
export async function addFrame(
  page: Page,
  address: string,
  attributes: Readonly<Record<string, string>> = {},
): Promise<Frame> {
  const name = `frame-${page.frames().length}-${String(Math.random()).slice(2)}`;
  await page.evaluate(
    async ([src, given]) => {
      const frame = document.createElement('iframe');
      for (const [attribute, value] of Object.entries(given)) frame.setAttribute(attribute, value);
      const loaded = new Promise((resolve) => {
        frame.addEventListener('load', resolve, { once: true });
      });
      frame.src = src;
      document.body.append(frame);
      await loaded;
    },
    [address, { ...attributes, name }] as const,
  );
  const frame = page.frame({ name });
  if (!frame) throw new Error('the frame did not come');
  return frame;
}

/** Follows a link that was not there a moment ago, as a script of the page would. */
export function clickLink(page: Page | Frame, address: string, attributes: Readonly<Record<string, string>> = {}) {
  return page.evaluate(
    ([to, given]) => {
      const link = document.createElement('a');
      link.href = to;
      for (const [attribute, value] of Object.entries(given)) link.setAttribute(attribute, value);
      document.body.append(link);
      link.click();
    },
    [address, attributes] as const,
  );
}

/** Goes to another address of its own, as a page may, and waits for the new document. */
export async function visit(page: Page, address: string): Promise<void> {
  const arrived = page.waitForEvent('load');
  await page.evaluate((to) => void (location.href = to), address);
  await arrived;
}
