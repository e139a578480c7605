/** lanyard.json of the machine, and the files that it names in the user's own folder. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { giveToOrdinaryUser } from '../../build/setup/ordinaryUser.mjs';
import { configurationFor, type Surroundings } from '../e2e/lanyard.js';

export function machineConfiguration(
  surroundings: Surroundings,
  folder: string,
  systems: readonly object[],
  more: Record<string, unknown> = {},
): Record<string, unknown> {
  const { files, directory, ...rest } = configurationFor(surroundings, systems, more) as {
    files: Record<string, string>;
    directory: { serviceAccount: object };
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text, { mode: 0o600 });
  giveToOrdinaryUser(folder);
  return {
    ...rest,
    directory: {
      ...directory,
      caFile: path.join(folder, 'ca.pem'),
      serviceAccount: { ...directory.serviceAccount, passwordFile: path.join(folder, 'svc.secret') },
    },
  };
}
