/** The shell's pages alone, without the main process: every screen in every state, looked at by axe and by people. */
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'test/screens',
  globalSetup: './build/playwrightSetup.ts',
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 }, // of a busy machine; how fast things are is measured by the bench
  forbidOnly: true,
  reporter: [['list']],
  outputDir: 'test-results/screens-failures',
});
