/**
 * Every place a page can keep elements in, watched for changes: documents, and the open shadow roots in them.
 *
 * What is added is searched when it is added, so that a large page costs nothing while it changes a little; a shadow
 * root attached to an element that already stood there tells nobody, and is found by `explore()`. That looks at the
 * elements which can have one and nothing else: touching every cell of a large table twice a second leaves tens of
 * megabytes of garbage in the page.
 */
export type Root = Document | ShadowRoot;

export interface Roots {
  /** A document and the shadow roots in it. Watches them from now on. */
  of(document: Document): Root[];
  /** Searches everything once more. */
  explore(): void;
}

/**
 * Elements of HTML and SVG that can never have a shadow root. Everything else may be a custom element, of whose names
 * CSS knows nothing. Source: DOM, "valid shadow host name".
 */
const NEVER_HOSTS = [
  'a,abbr,address,area,audio,b,base,bdi,bdo,br,button,canvas,caption,center,cite,code,col,colgroup,data,datalist,dd,del',
  'details,dfn,dialog,dl,dt,em,embed,fieldset,figcaption,figure,font,form,head,hgroup,hr,html,i,iframe,img,input,ins,kbd',
  'label,legend,li,link,map,mark,menu,meta,meter,noscript,object,ol,optgroup,option,output,param,picture,pre,progress,q',
  'rp,rt,ruby,s,samp,script,search,select,slot,small,source,strong,style,sub,summary,sup,table,tbody,td,template,textarea',
  'tfoot,th,thead,time,title,tr,track,u,ul,var,video,wbr,svg,g,path,rect,circle,ellipse,line,polyline,polygon,text,tspan',
  'use,defs',
].join();
const POSSIBLE_HOST = `:not(${NEVER_HOSTS})`;

/** @param changed something changed, or may have */
export function createRoots(changed: () => void): Roots {
  const documents = new Set<Document>();
  const shadowRoots = new Set<ShadowRoot>();
  const possibleHosts = new Set<Element>();

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
    if (!start.isConnected || !('querySelectorAll' in start)) return;
    const parent = start as Element | Root;
    if ('matches' in parent && parent.matches(POSSIBLE_HOST)) consider(parent);
    for (const element of parent.querySelectorAll(POSSIBLE_HOST)) consider(element);
  }

  function consider(element: Element): void {
    possibleHosts.add(element);
    const root = element.shadowRoot;
    if (!root || shadowRoots.has(root)) return;
    shadowRoots.add(root);
    watch(root);
    search(root);
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
      for (const document of documents) if (!document.defaultView) documents.delete(document);
      for (const element of possibleHosts) {
        if (element.isConnected) consider(element);
        else possibleHosts.delete(element);
      }
    },
  };
}
