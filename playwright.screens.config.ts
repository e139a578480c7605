/** The shell's pages alone, without the main process: every screen in every state, looked at by axe and by people. */
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'test/screens',
  globalSetup: './build/playwrightSetup.ts',
  workers: 1,
  timeout: 30_000,
  forbidOnly: true,
  reporter: [['list']],
  outputDir: 'test-results/screens-failures',
});
