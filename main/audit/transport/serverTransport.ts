/** The audit server, over HTTPS with certificates on both sides: an answer means that the records are committed. */
import { z } from 'zod';
import type { SecureClient } from '../secureRequest.js';
import { MissesBefore, type Transport } from './delivery.js';
import type { SpoolEntry } from './spool.js';

const Answer = z.looseObject({ committed: z.int(), refused: z.int() });
const Gap = z.looseObject({ chain: z.string(), heldThrough: z.int() });

export class ServerTransport implements Transport {
  /** It acknowledges. */
  readonly unsettledMs = 0;
  /** Chains of which everything that is left here was sent: what is missing before is lost. */
  readonly #complete = new Set<string>();

  /** @param report records that the server keeps apart */
  constructor(
    private readonly client: SecureClient,
    private readonly report: (error: unknown) => void,
  ) {}

  /** Nothing is handed over that is not acknowledged: nothing can be lost. */
  readonly onLost = (): void => undefined;

  async send(entries: readonly SpoolEntry[]): Promise<void> {
    const chains = [...new Set(entries.map(({ chain }) => chain))].filter((chain) => this.#complete.has(chain));
    const { status, text } = await this.client.ask({
      method: 'POST',
      path: 'v1/records',
      headers: {
        'content-type': 'application/x-ndjson',
        ...(chains.length > 0 && { 'lanyard-complete': chains.join(',') }),
      },
      body: entries.map(({ chain, line }) => `${chain} ${line}\n`).join(''),
    });
    if (status === 409) {
      const { chain, heldThrough } = Gap.parse(JSON.parse(text));
      this.#complete.add(chain);
      throw new MissesBefore(`the audit server has chain ${chain} through record ${heldThrough} only`);
    }
    if (status !== 200) throw new Error(`the audit server answered ${status}`);
    const { refused } = Answer.parse(JSON.parse(text));
    if (refused > 0)
      this.report(new Error(`the audit server keeps ${refused} records apart: they do not go on from what it holds`));
  }

  close(): void {
    this.client.close();
  }
}
