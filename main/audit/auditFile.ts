/**
 * What the recorder needs of a disk. nodeAuditFolder.ts is the real one; the tests' folder in memory can be full,
 * gone or read-only at will. Both pass one contract test.
 */

/** A file that grows at its end. Every call either has reached the disk when it returns, or throws. */
export interface AuditFile {
  /**
   * Adds bytes with one write, and returns when they are durable (fdatasync) and the file can still be found under
   * its name. Throws otherwise; then any part of the bytes may be there.
   */
  append(bytes: Uint8Array): void;
  /** Cuts the file back to `size` bytes. */
  cutTo(size: number): void;
  /** Bytes. */
  size(): number;
  /** The last bytes, at most `most` of them. */
  tail(most: number): Buffer;
  close(): void;
}

/** A private folder of such files. Only one recorder may use a folder at a time. */
export interface AuditFolder {
  /** Makes the folder where it is missing, private to this user. Throws where it cannot be private. */
  prepare(): void;
  /** Names of its files, in no order. */
  names(): string[];
  /** A new file; durable under its name when this returns. Throws where the name is taken. */
  create(name: string): AuditFile;
  /** An existing file, or null where there is none of this name. */
  open(name: string): AuditFile | null;
}
