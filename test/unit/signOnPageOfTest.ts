/** A page being signed on, for tests of methods that load it and look at its status: no browser, no DevTools. */
import type { DevTools, SignOnPage } from '../../main/signon/signOn.js';

export interface Answer {
  readonly outcome?: 'loaded' | 'failed' | 'superseded' | 'kept';
  readonly status?: number;
  /** Where the page then is; default: where it was told to go. */
  readonly address?: string;
  /** Called before the page has arrived. */
  readonly before?: () => void;
}

export class SignOnPageOfTest implements SignOnPage {
  readonly loaded: string[] = [];

  constructor(
    public address: string,
    public status: number,
    private readonly serve: (address: URL) => Promise<Answer>,
  ) {}

  async load(address: URL): Promise<{ outcome: 'loaded' | 'failed' | 'superseded' | 'kept' }> {
    this.loaded.push(address.href);
    const { outcome = 'loaded', status = 0, address: arrived = address.href, before } = await this.serve(address);
    before?.();
    if (outcome === 'loaded') {
      this.address = arrived;
      this.status = status;
    }
    return { outcome };
  }

  nextDocument(): Promise<string> {
    return Promise.reject(new Error('nothing here waits for a document'));
  }

  holdDrawing(): () => void {
    return () => undefined;
  }

  attach(): Promise<DevTools> {
    return Promise.reject(new Error('nothing here is typed'));
  }
}
