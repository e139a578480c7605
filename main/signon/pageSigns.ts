/**
 * Whether a page says that somebody is signed in, or asks for a sign-in: seen from outside through the DevTools
 * protocol. Nothing runs in the page and nothing is typed.
 */
import type { DevTools } from './signOn.js';

/** `identityProviders[].signedIn`: everything that is given must hold. */
export interface PageSign {
  /** The page has this path, or one below it. */
  readonly path?: string | undefined;
  /** The page shows this. */
  readonly selector?: string | undefined;
  /** A cookie of this name is set for the page. */
  readonly cookie?: string | undefined;
}

interface DomNode {
  readonly nodeId: number;
  readonly nodeName: string;
  readonly attributes?: readonly string[];
  readonly children?: readonly DomNode[];
  readonly shadowRoots?: readonly DomNode[];
  readonly contentDocument?: DomNode;
}

/** @throws when the page goes on meanwhile: look at the next one then */
export async function showsSign(devTools: DevTools, address: string, sign: PageSign): Promise<boolean> {
  if (sign.path !== undefined && !isBelow(address, sign.path)) return false;
  if (sign.cookie !== undefined && !(await hasCookie(devTools, address, sign.cookie))) return false;
  return sign.selector === undefined || (await shows(devTools, sign.selector));
}

/** A password box that can be seen, in any frame of this origin or any shadow root, open or closed. */
export async function showsPasswordBox(devTools: DevTools): Promise<boolean> {
  const { root } = (await devTools.send('DOM.getDocument', { depth: -1, pierce: true })) as { root: DomNode };
  for (const node of everyNode(root)) if (isPasswordBox(node) && (await isDrawn(devTools, node.nodeId))) return true;
  return false;
}

function isBelow(address: string, path: string): boolean {
  if (!URL.canParse(address)) return false;
  const { pathname } = new URL(address);
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}

/** By name only; the value is not looked at. */
async function hasCookie(devTools: DevTools, address: string, name: string): Promise<boolean> {
  const { cookies } = (await devTools.send('Network.getCookies', { urls: [address] })) as {
    cookies: readonly { readonly name: string; readonly value: string }[];
  };
  return cookies.some((cookie) => cookie.name === name && cookie.value !== '');
}

async function shows(devTools: DevTools, selector: string): Promise<boolean> {
  const { root } = (await devTools.send('DOM.getDocument', { depth: 0 })) as { root: DomNode };
  const { nodeId } = (await devTools.send('DOM.querySelector', { nodeId: root.nodeId, selector })) as DomNode;
  return nodeId !== 0 && isDrawn(devTools, nodeId);
}

/** An element without a box has no quads: the protocol then says so by an error. */
async function isDrawn(devTools: DevTools, nodeId: number): Promise<boolean> {
  try {
    const { quads } = (await devTools.send('DOM.getContentQuads', { nodeId })) as { quads: readonly unknown[] };
    return quads.length > 0;
  } catch {
    return false;
  }
}

function* everyNode(node: DomNode): Generator<DomNode> {
  yield node;
  const below = [...(node.children ?? []), ...(node.shadowRoots ?? [])];
  if (node.contentDocument) below.push(node.contentDocument);
  for (const one of below) yield* everyNode(one);
}

function isPasswordBox({ nodeName, attributes = [] }: DomNode): boolean {
  if (nodeName.toUpperCase() !== 'INPUT') return false;
  return attributes.some(
    (name, index) =>
      index % 2 === 0 && name.toLowerCase() === 'type' && attributes[index + 1]?.toLowerCase() === 'password',
  );
}
