/**
 * A page to sign on for unit tests, by script: where each address leads, what the DevTools protocol then answers, and
 * everything that was asked of it. No browser: what a real page does is for test/e2e.
 */
import { LanyardError } from '../../main/domain/errors.js';
import type { ProviderPage } from '../../main/signon/identityProvider.js';
import type { DevTools } from '../../main/signon/signOn.js';

export interface ScriptedDocument {
  /** Where it stands; default: the address that was asked for. */
  readonly address?: string;
  readonly status?: number;
  /** Selectors of visible elements. */
  readonly shows?: readonly string[];
  readonly asksForPassword?: boolean;
}

export type ScriptedLoad = ScriptedDocument | { readonly failure: string } | 'never';

export class ScriptedPage implements ProviderPage {
  address = 'about:blank';
  status = 0;
  readonly loads: string[] = [];
  /** Methods of the protocol that were sent. */
  readonly sent: string[] = [];
  readonly cookies = new Map<string, string>();
  attached = 0;
  held = 0;
  disposed = false;
  #document: ScriptedDocument = {};
  #gone = new AbortController();
  #arrivals: ((address: string) => void)[] = [];

  /** @param answer what stands there after `load` */
  constructor(public answer: (address: string) => ScriptedLoad) {}

  /** The page goes on by itself. */
  show(address: string, document: ScriptedDocument = {}): void {
    this.#document = document;
    this.address = document.address ?? address;
    this.status = document.status ?? 200;
    for (const arrived of this.#arrivals.splice(0)) arrived(this.address);
  }

  async load(address: URL) {
    this.loads.push(address.href);
    const answer = this.answer(address.href);
    if (answer === 'never') return new Promise<never>(() => undefined);
    if ('failure' in answer) return { outcome: 'failed' as const, explanation: answer.failure };
    this.show(address.href, answer);
    return { outcome: 'loaded' as const };
  }

  nextDocument(signal: AbortSignal): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#arrivals.push(resolve);
      signal.addEventListener('abort', () => {
        reject(new LanyardError('unavailable', 'the page did not go on'));
      });
    });
  }

  holdDrawing() {
    this.held += 1;
    return () => {
      this.held -= 1;
    };
  }

  async attach(): Promise<DevTools> {
    if (this.attached > 0) throw new LanyardError('unavailable', 'something else is attached');
    this.attached += 1;
    return {
      send: async (method, params = {}) => {
        this.sent.push(method);
        return this.#answer(method, params);
      },
      subscribe: () => undefined,
      gone: this.#gone.signal,
      detach: () => {
        this.attached -= 1;
      },
    };
  }

  dispose(): void {
    this.disposed = true;
    this.#gone.abort();
  }

  #answer(method: string, params: Readonly<Record<string, unknown>>): unknown {
    const { shows = [], asksForPassword = false } = this.#document;
    switch (method) {
      case 'DOM.getDocument': {
        const box = { nodeId: 900, nodeName: 'INPUT', attributes: ['type', 'password'] };
        return { root: { nodeId: 1, nodeName: '#document', children: asksForPassword ? [box] : [] } };
      }
      case 'DOM.querySelector':
        return { nodeId: shows.includes(String(params['selector'])) ? 901 : 0 };
      case 'DOM.getContentQuads':
        return { quads: [[0, 0, 1, 0, 1, 1, 0, 1]] };
      case 'Network.getCookies':
        return { cookies: [...this.cookies].map(([name, value]) => ({ name, value, domain: 'idp', path: '/' })) };
      case 'Network.deleteCookies':
        this.cookies.delete(String(params['name']));
        return {};
      default:
        throw new Error(`the scripted page does not know ${method}`);
    }
  }
}
