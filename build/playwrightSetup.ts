/** Before Playwright's tests: the bundle they run is built from what lies here, and there is a screen to show it on. */
import { bundle } from './bundle.js';
import { openScreen } from './screen.js';

/** @returns Playwright's global teardown */
export default async function setUpForPlaywright(): Promise<() => Promise<void>> {
  await bundle();
  const screen = await openScreen();
  return () => screen.close();
}
