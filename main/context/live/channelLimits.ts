/** What every live channel does with what a page says: at a pace, in a known shape, and refused on record. */
import type { AuditEvent, AuditPort } from '../../domain/audit.js';
import { LanyardError } from '../../domain/errors.js';
import { BlockedLines } from '../../signon/blockedLines.js';
import type { Clock } from '../clock.js';
import { RateLimit } from '../hub/rateLimit.js';
import type { PageLine, PageLineEvent } from './liveChannel.js';

type Refused = Extract<AuditEvent, { type: 'live.refused' }>;
export type RefusedReason = Refused['reason'];

export interface ChannelParts {
  readonly systemId: string;
  readonly line: PageLine;
  readonly audit: AuditPort;
  readonly clock: Clock;
  readonly report: (error: unknown) => void;
}

/** Messages of one page: ten a second, thirty at once. */
const PACE = { perSecond: 10, atOnce: 30 };

/** One page's word: parsed JSON at most, and the origin that said it. */
export interface Said {
  readonly message: unknown;
  readonly origin: string;
}

export class ListenedLine {
  #pace: RateLimit;
  readonly #lines: BlockedLines<Refused>;

  /** @param hear what a page says in time; `changed`: another document stands there, or none that is spoken to */
  constructor(
    private readonly parts: ChannelParts,
    private readonly hear: (said: Said) => void,
    private readonly changed: () => void,
  ) {
    const { clock, audit, report, line } = parts;
    this.#pace = new RateLimit(PACE, clock);
    this.#lines = new BlockedLines<Refused>(clock, (event) => {
      try {
        audit.record(event);
        return true;
      } catch (error) {
        if (!(error instanceof LanyardError)) report(error);
        return false; // refused it is, recorded or not
      }
    });
    line.listen((event) => {
      this.#on(event);
    });
  }

  refuse(reason: RefusedReason, origin: string): void {
    this.#lines.note({ type: 'live.refused', systemId: this.parts.systemId, origin, reason });
  }

  /** The session ends. */
  end(): void {
    this.parts.line.listen(() => undefined);
    this.#lines.end();
  }

  #on(event: PageLineEvent): void {
    switch (event.type) {
      case 'opened':
        // What the document before said too often is not held against this one, which has to ask who is chosen.
        this.#pace = new RateLimit(PACE, this.parts.clock);
        this.changed();
        break;
      case 'closed':
        this.changed();
        break;
      case 'too-large':
        this.refuse('too-large', event.origin);
        break;
      case 'said': {
        const { text, origin } = event;
        if (!this.#pace.take()) {
          this.refuse('too-often', origin);
          return;
        }
        const message = read(text);
        if (message === undefined) this.refuse('malformed', origin);
        else this.hear({ message, origin });
      }
    }
  }
}

function read(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
