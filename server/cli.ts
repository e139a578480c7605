/** `npm run audit-server`: reads the arguments, runs the server until it is told to end, or does one thing for its keeper. */
import { runAuditServer } from './command.js';

process.exitCode = await runAuditServer(process.argv.slice(2));
