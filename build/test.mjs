// @ts-check
/** `npm test`: all set-up, then every test. `npm test -- unit e2e` runs only those stages (build/tests/stages.ts). */
import { setUpAnd } from './setup.mjs';

await setUpAnd('test', async () => {
  const { register } = await import('tsx/esm/api');
  register();
  const { runStages } = await import('./tests/run.js');
  process.exitCode = await runStages(process.argv.slice(2));
});
