/**
 * Which file is the configuration. Pure: the composition root says what it knows of the program and the machine.
 *
 * SECURITY(S20): an installed Lanyard reads the machine's file only. The command line and the user's own folders
 * belong to whoever sits at the keyboard, and must not choose the domain controller or switch checks off.
 */
import path from 'node:path';

export interface Whereabouts {
  /** True for an installed program. */
  readonly packaged: boolean;
  /** Value of --config, as typed. */
  readonly configSwitch: string | undefined;
  readonly platform: NodeJS.Platform;
  /** %ProgramData% as Windows (not the user) says it; only used on Windows. */
  readonly programData: string | undefined;
  readonly workingFolder: string;
}

export type ConfigurationFile =
  | { readonly found: true; readonly file: string; readonly ignoredSwitch: boolean }
  /** An unpackaged build without --config: there is no machine it belongs to. */
  | { readonly found: false };

export function configurationFile(whereabouts: Whereabouts): ConfigurationFile {
  const { packaged, configSwitch, workingFolder } = whereabouts;
  if (packaged) return { found: true, file: machineFile(whereabouts), ignoredSwitch: configSwitch !== undefined };
  if (configSwitch === undefined || configSwitch === '') return { found: false };
  return { found: true, file: path.resolve(workingFolder, configSwitch), ignoredSwitch: false };
}

/** The one file an installed Lanyard reads. */
export function machineFile({ platform, programData }: Pick<Whereabouts, 'platform' | 'programData'>): string {
  return platform === 'win32'
    ? path.win32.join(programData ?? 'C:\\ProgramData', 'Lanyard', 'lanyard.json')
    : '/etc/lanyard/lanyard.json';
}
