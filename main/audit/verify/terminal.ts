/** The program's own standard output and error, as the audit command needs them: a write resolves when it is out. */
import type { Terminal } from './verifyCommand.js';

export function standardTerminal(): Terminal {
  const writer =
    (stream: NodeJS.WriteStream) =>
    (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        stream.once('error', reject); // a pipe whose reader went away
        stream.write(text, (error) => {
          stream.off('error', reject);
          if (error) reject(error);
          else resolve();
        });
      });
  return { out: writer(process.stdout), error: writer(process.stderr) };
}
