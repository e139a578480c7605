// @ts-check
/** `npm start`: all set-up, then the demo hospital with Lanyard in front of it (build/demo/run.ts). */
import { setUpAnd } from './setup.mjs';

await setUpAnd('demo', async () => {
  const { register } = await import('tsx/esm/api');
  register();
  const { runDemo } = await import('./demo/run.js');
  process.exitCode = await runDemo();
});
