/** What a download is doing just now. */
export interface PackageProgress {
  readonly phase: 'downloading' | 'unpacking' | 'retrying';
  /** Bytes of the tarball received so far (as seen in npm's cache; an estimate while several npm run at once). */
  readonly receivedBytes: number | undefined;
  /** Bytes of the whole tarball, where the caller pinned it. */
  readonly totalBytes: number | undefined;
  /** Only when retrying: which attempt failed, why, and the pause (ms) before the next. */
  readonly attempt?: number;
  readonly pauseMs?: number;
  readonly reason?: string;
}

export interface RegistryPackage {
  readonly name: string;
  /** Exact version. */
  readonly version: string;
  /** sha512 of the tarball in subresource-integrity form, as `npm view <name>@<version> dist.integrity` prints it. */
  readonly integrity: string;
  /** Size of the tarball in bytes, for progress only. */
  readonly bytes?: number;
}

export interface FetchOptions extends RegistryPackage {
  /** Cache folder; the package becomes `<folder>/<name with / as +>@<version>`, complete or absent, never half. */
  readonly folder: string;
  readonly onProgress?: (progress: PackageProgress) => void;
  /** How often to try in all; default 5. A wrong integrity is never tried again. */
  readonly attempts?: number;
  /** A download during which nothing arrives for so long (ms) is given up and tried again; default 60 000. */
  readonly stallMs?: number;
  /** Pause (ms) after the first failure; doubles each time; default 1 000. */
  readonly firstPauseMs?: number;
  /** Environment of the npm client; default: this process's. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Returns the folder of the unpacked package, fetching it first if it is not there yet.
 * @throws Error naming the package when the tarball is not the pinned one, or every attempt failed
 */
export function fetchRegistryPackage(options: FetchOptions): Promise<string>;
