/**
 * Every place a page can keep elements in, watched for changes: documents, and the open shadow roots in them.
 *
 * What is added is searched when it is added, so that a large page costs nothing while it changes a little; a shadow
 * root attached to an element that already stood there tells nobody, and is found by `explore()`.
 */
export type Root = Document | ShadowRoot;

export interface Roots {
  /** A document and the shadow roots in it. Watches them from now on. */
  of(document: Document): Root[];
  /** Searches everything once more. */
  explore(): void;
}

/** @param changed something changed, or may have */
export function createRoots(changed: () => void): Roots {
  const documents = new Set<Document>();
  const shadowRoots = new Set<ShadowRoot>();

  const observer = new MutationObserver((records) => {
    for (const { addedNodes } of records) for (const node of addedNodes) search(node);
    changed();
  });

  function watch(root: Root): void {
    observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
    root.addEventListener('load', changed, true); // a frame that finished loading; captured, since load does not bubble
    root.addEventListener('input', changed, true);
  }

  function search(start: Node): void {
    if (!start.isConnected) return;
    const walker = (start.ownerDocument ?? document).createTreeWalker(start, NodeFilter.SHOW_ELEMENT);
    for (let node: Node | null = walker.currentNode; node; node = walker.nextNode()) {
      const root = 'shadowRoot' in node ? (node as Element).shadowRoot : null;
      if (!root) continue;
      if (!shadowRoots.has(root)) {
        shadowRoots.add(root);
        watch(root);
      }
      search(root);
    }
  }

  return {
    of: (document) => {
      if (!documents.has(document)) {
        documents.add(document);
        watch(document);
        search(document);
      }
      const inside = [...shadowRoots].filter((root) => root.isConnected && root.ownerDocument === document);
      return [document, ...inside];
    },
    explore: () => {
      for (const root of shadowRoots) if (!root.isConnected) shadowRoots.delete(root);
      for (const document of documents) {
        if (document.defaultView) search(document);
        else documents.delete(document);
      }
    },
  };
}
