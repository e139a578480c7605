/**
 * The content shared in one open context: what the update events have put there (FHIRcast §2.10).
 *
 * A value: an update makes a new content or none.
 */
import type { Delete, Put } from './checkUpdateBundle.js';
import { MalformedRequest, TooLarge } from './errors.js';
import type { Resource } from './message.js';

interface Held {
  readonly fullUrl: string | undefined;
  readonly resource: Resource;
  readonly bytes: number;
}

export interface CollectionBundle {
  readonly resourceType: 'Bundle';
  readonly id: string;
  readonly type: 'collection';
  readonly entry: readonly { readonly fullUrl?: string; readonly resource: Resource }[];
}

export class Content {
  readonly #held: ReadonlyMap<string, Held>;
  readonly bytes: number;
  /** Whether any update was ever accepted. */
  readonly isShared: boolean;

  private constructor(held: ReadonlyMap<string, Held>, isShared: boolean) {
    this.#held = held;
    this.bytes = [...held.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    this.isShared = isShared;
  }

  static readonly empty = new Content(new Map(), false);

  /**
   * @param opened `Type/id` of every resource the open event brought: these may be put anew, never deleted
   * @param limit bytes
   */
  with(changes: readonly (Put | Delete)[], opened: ReadonlySet<string>, limit: number): Content {
    const held = new Map(this.#held);
    for (const change of changes) {
      if (change.method === 'PUT') {
        const bytes = Buffer.byteLength(JSON.stringify(change.resource));
        held.set(change.reference, { fullUrl: change.fullUrl, resource: change.resource, bytes });
        continue;
      }
      if (change.addresses.some((address) => opened.has(address))) {
        throw new MalformedRequest('a resource of the open event cannot be deleted');
      }
      const reference = change.addresses.map((address) => this.#find(held, address)).find((one) => one !== undefined);
      if (reference === undefined) throw new MalformedRequest('a resource to delete is not in the shared content');
      held.delete(reference);
    }
    const content = new Content(held, true);
    if (content.bytes > limit) throw new TooLarge('the shared content', limit);
    return content;
  }

  toBundle(id: string): CollectionBundle {
    const entry = [...this.#held.values()].map(({ fullUrl, resource }) => ({
      ...(fullUrl === undefined ? {} : { fullUrl }),
      resource,
    }));
    return { resourceType: 'Bundle', id, type: 'collection', entry };
  }

  #find(held: ReadonlyMap<string, Held>, address: string): string | undefined {
    if (held.has(address)) return address;
    return [...held].find(([, { fullUrl }]) => fullUrl === address)?.[0];
  }
}
