import { defineConfig } from '@playwright/test';

/** Tests of the packaged program (test/packaged/README.md). Packages first what is not up to date. */
export default defineConfig({
  testDir: 'test/packaged',
  globalSetup: './build/playwrightSetup.ts',
  workers: 1,
  timeout: 90_000,
  expect: { timeout: 15_000 }, // of a busy machine; how fast things are is measured by the bench
  forbidOnly: true,
  reporter: [['list']],
  outputDir: 'test-results/packaged',
  use: { trace: 'retain-on-failure' },
});
