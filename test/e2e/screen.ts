/** What people really see: pictures of the whole screen, not of one page of it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The colours that fill at least one five-hundredth of the screen, as six hexadecimal digits. */
export async function coloursOnScreen(): Promise<string[]> {
  const { stdout } = await run('import', ['-window', 'root', '-depth', '8', 'rgb:-'], {
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
  });
  const counts = new Map<string, number>();
  // Every 7th pixel is plenty for areas this large.
  const step = 3 * 7;
  for (let at = 0; at + 3 <= stdout.length; at += step) {
    const colour = stdout.toString('hex', at, at + 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const least = stdout.length / step / 500;
  return [...counts].filter(([, count]) => count >= least).map(([colour]) => colour);
}
