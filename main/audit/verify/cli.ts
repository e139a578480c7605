/** `npm run audit -- verify FILE…`: the audit command without Electron. */
import { standardTerminal } from './terminal.js';
import { auditCommand } from './verifyCommand.js';

process.exitCode = await auditCommand(process.argv.slice(2), standardTerminal());
