/**
 * The end of a live channel inside a page, in the page's own world: a queue that Lanyard empties, and what it says back.
 * The page can see and change all of this, as it can change itself; nothing of the shell's is reachable from here, and
 * whatever it says is looked at as a stranger's word (main/context/live).
 *
 * Built to one self-contained file (dist/pageWorld).
 */

/** What Lanyard calls. */
export interface PageEnd {
  /** The next thing the page says, as JSON; "" after a while without one, or when the page goes away. */
  next(): Promise<string>;
  /** What Lanyard says, as JSON. */
  deliver(text: string): void;
}

/** What a channel's script says by, and hears by. */
export interface PageOutlet {
  /** False: too much. */
  readonly say: (message: object) => boolean;
  readonly hear: (listener: (message: unknown) => void) => void;
}

/** Characters of one message; Lanyard reads no more either. */
const LONGEST = 65_536;
/** Messages that wait to be read. */
const MOST_WAITING = 100;
/** Milliseconds: an answer that waits for ever would keep the whole document. */
const ASK_AGAIN = 20_000;

export function createPageEnd(): { readonly end: PageEnd; readonly outlet: PageOutlet } {
  const said: string[] = [];
  let ready: ((text: string) => void) | null = null;
  let listener: (message: unknown) => void = () => undefined;

  const answer = (text: string): void => {
    const resolve = ready;
    ready = null;
    resolve?.(text);
  };
  window.addEventListener('pagehide', () => {
    answer('');
  });

  return {
    end: {
      next: () =>
        new Promise((resolve) => {
          answer('');
          const first = said.shift();
          if (first !== undefined) {
            resolve(first);
            return;
          }
          ready = resolve;
          setTimeout(() => {
            if (ready === resolve) answer('');
          }, ASK_AGAIN);
        }),
      deliver: (text) => {
        listener(JSON.parse(text));
      },
    },
    outlet: {
      say: (message) => {
        const text = JSON.stringify(message);
        if (text.length > LONGEST || said.length >= MOST_WAITING) return false;
        if (ready) answer(text);
        else said.push(text);
        return true;
      },
      hear: (wanted) => {
        listener = wanted;
      },
    },
  };
}
