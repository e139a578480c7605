/** The audit folder on a real disk: 0700, files 0600, one write and one fdatasync per record. */
import fs from 'node:fs';
import path from 'node:path';
import type { AuditFile, AuditFolder } from './auditFile.js';

const { O_APPEND, O_CREAT, O_EXCL, O_RDWR } = fs.constants;
/** Windows keeps folders private by their access list, which the user's profile inherits. */
const hasModes = process.platform !== 'win32';

export class NodeAuditFolder implements AuditFolder {
  constructor(readonly folder: string) {}

  prepare(): void {
    fs.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    if (hasModes && (fs.statSync(this.folder).mode & 0o077) !== 0) fs.chmodSync(this.folder, 0o700);
  }

  names(): string[] {
    return fs.readdirSync(this.folder);
  }

  create(name: string): AuditFile {
    const file = path.join(this.folder, name);
    const created = new NodeAuditFile(file, fs.openSync(file, O_RDWR | O_APPEND | O_CREAT | O_EXCL, 0o600));
    try {
      this.#keepNames();
    } catch (error) {
      created.close();
      throw error;
    }
    return created;
  }

  open(name: string): AuditFile | null {
    const file = path.join(this.folder, name);
    try {
      return new NodeAuditFile(file, fs.openSync(file, O_RDWR | O_APPEND));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  }

  /** A new name is on the disk only when its folder is. */
  #keepNames(): void {
    if (!hasModes) return; // Windows writes names through, and cannot open a folder
    const handle = fs.openSync(this.folder, 'r');
    try {
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
  }
}

class NodeAuditFile implements AuditFile {
  readonly #identity: { readonly dev: number; readonly ino: number };

  constructor(
    private readonly file: string,
    private readonly handle: number,
  ) {
    this.#identity = fs.fstatSync(handle);
  }

  append(bytes: Uint8Array): void {
    const written = fs.writeSync(this.handle, bytes);
    if (written !== bytes.length)
      throw Object.assign(new Error('the disk took only part of a record'), { code: 'ENOSPC' });
    fs.fdatasyncSync(this.handle);
    // A file deleted or replaced under us takes bytes without complaint: nobody would ever read them.
    const found = fs.statSync(this.file);
    if (found.ino !== this.#identity.ino || found.dev !== this.#identity.dev)
      throw Object.assign(new Error('the audit file was replaced'), { code: 'ESTALE' });
  }

  cutTo(size: number): void {
    fs.ftruncateSync(this.handle, size);
    fs.fdatasyncSync(this.handle);
  }

  size(): number {
    return fs.fstatSync(this.handle).size;
  }

  tail(most: number): Buffer {
    const size = this.size();
    const bytes = Buffer.alloc(Math.min(most, size));
    let read = 0;
    while (read < bytes.length) {
      const count = fs.readSync(this.handle, bytes, read, bytes.length - read, size - bytes.length + read);
      if (count === 0) break;
      read += count;
    }
    return bytes.subarray(0, read);
  }

  close(): void {
    fs.closeSync(this.handle);
  }
}
