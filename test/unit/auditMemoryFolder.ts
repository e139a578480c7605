/** An audit folder in memory whose disk can be full, gone, read-only or failing at will: faults without a mocked fs. */
import type { AuditFile, AuditFolder } from '../../main/audit/auditFile.js';

export type Fault =
  /** Takes only so many more bytes, then ENOSPC in the middle of a write. */
  | { readonly kind: 'full'; room: number }
  | { readonly kind: 'read-only' }
  /** The write arrives, but the disk does not confirm it. */
  | { readonly kind: 'sync-fails' };

function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}

interface Stored {
  bytes: Buffer;
}

export class MemoryAuditFolder implements AuditFolder {
  /** The disk. Tests may look at it and change it. */
  files = new Map<string, Stored>();
  fault: Fault | null = null;
  exists = false;
  openHandles = 0;

  prepare(): void {
    if (!this.exists && this.fault?.kind === 'read-only') throw diskError('EROFS');
    this.exists = true;
  }

  names(): string[] {
    return [...this.files.keys()];
  }

  create(name: string): AuditFile {
    if (!this.exists) throw diskError('ENOENT');
    if (this.fault?.kind === 'read-only') throw diskError('EROFS');
    if (this.files.has(name)) throw diskError('EEXIST');
    this.files.set(name, { bytes: Buffer.alloc(0) });
    return this.#handle(name);
  }

  open(name: string): AuditFile | null {
    return this.files.has(name) ? this.#handle(name) : null;
  }

  /** Somebody deletes the folder and everything in it. */
  vanish(): void {
    this.files.clear();
    this.exists = false;
  }

  text(name: string): string {
    return this.files.get(name)?.bytes.toString('utf8') ?? '';
  }

  #handle(name: string): AuditFile {
    const stored = this.files.get(name);
    if (!stored) throw diskError('ENOENT');
    this.openHandles++;
    let isOpen = true;
    return {
      append: (bytes) => {
        if (!isOpen) throw diskError('EBADF');
        if (this.fault?.kind === 'read-only') throw diskError('EROFS');
        const room = this.fault?.kind === 'full' ? this.fault.room : bytes.length;
        const taken = Math.min(room, bytes.length);
        stored.bytes = Buffer.concat([stored.bytes, bytes.slice(0, taken)]);
        if (this.fault?.kind === 'full') this.fault.room -= taken;
        if (taken < bytes.length) throw diskError('ENOSPC');
        if (this.fault?.kind === 'sync-fails') throw diskError('EIO');
        if (this.files.get(name) !== stored) throw diskError('ENOENT');
      },
      cutTo: (size) => {
        if (!isOpen) throw diskError('EBADF');
        if (this.fault?.kind === 'read-only') throw diskError('EROFS');
        stored.bytes = stored.bytes.subarray(0, size);
      },
      size: () => stored.bytes.length,
      tail: (most) => Buffer.from(stored.bytes.subarray(Math.max(0, stored.bytes.length - most))),
      close: () => {
        if (!isOpen) throw diskError('EBADF');
        isOpen = false;
        this.openHandles--;
      },
    };
  }
}
