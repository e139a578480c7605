/** How far a transport came: a small file beside the spool, so that it goes wherever the spool goes. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { DeliveryParts } from './delivery.js';

const Position = z.strictObject({ file: z.string().max(200), offset: z.int().min(0) });

/** @param report a file that is none: then everything is sent once more, which a receiver can tell */
export function positionFile(file: string, report: (error: unknown) => void): DeliveryParts['position'] {
  return {
    load: async () => {
      let text: string;
      try {
        text = await fs.readFile(file, 'utf8');
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
        throw error;
      }
      try {
        return Position.parse(JSON.parse(text));
      } catch (error) {
        report(error);
        return null;
      }
    },
    save: async (position) => {
      await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      const aside = `${file}.new`;
      await fs.writeFile(aside, JSON.stringify(position), { mode: 0o600, flush: true });
      await fs.rename(aside, file);
    },
  };
}
