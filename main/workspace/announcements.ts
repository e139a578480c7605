/**
 * Tells the shell's own page what there is to see: everything that changes in one turn as one message.
 *
 * Another patient is announced only once the pages of the one before are off the screen. The window and the shell's page
 * are drawn by different processes: on a busy machine the page of one patient was to be seen under the banner of the next
 * for a sixth of a second (test/e2e/frames.spec.ts).
 */
import type { Clock } from '../context/clock.js';
import type { WorkspaceState } from '../../preload/contract.js';

export interface AnnouncementPorts {
  readonly state: () => WorkspaceState;
  readonly send: (state: WorkspaceState) => void;
  /** Calls it when this turn is over. */
  readonly soon: (call: () => void) => void;
  readonly clock: Clock;
  /** When a page was taken off the screen last, by that clock; null: none was. */
  readonly takenOffAt: () => number | null;
  /** Resolves with whether two frames were drawn since, at the latest after `deadline` milliseconds. */
  readonly drawn: (deadline: number) => Promise<boolean>;
  readonly report: (error: unknown) => void;
}

/** A window that has not drawn within so many milliseconds is told all the same: its page cannot have drawn either. */
const DRAW_DEADLINE = 500;
/**
 * From a page taken off to a screen without it: the longest of a thousand times on a busy machine was 160 ms. Waited for in
 * steps: the main process draws the window, and while something holds it up the time passes and nothing is drawn.
 */
const STEPS = 10;
/** Milliseconds. */
const STEP = 20;
/** Milliseconds after which whatever held up the main process is over, and the window was drawn. */
const LONG_AGO = 1_000;

export class Announcements {
  #epoch = 0;
  #underWay: Promise<void> | null = null;
  #again = false;

  constructor(private readonly ports: AnnouncementPorts) {}

  changed(): void {
    if (this.#underWay) this.#again = true;
    else
      this.#underWay = this.#say()
        .catch(this.ports.report)
        .then(() => {
          this.#underWay = null;
        });
  }

  /** Resolves when the page has been sent everything that was announced before this call. */
  async said(): Promise<void> {
    await this.#underWay;
  }

  async #say(): Promise<void> {
    do {
      await new Promise<void>((resolve) => {
        this.ports.soon(resolve);
      });
      this.#again = false;
      const { epoch } = this.ports.state();
      if (epoch !== this.#epoch) await this.#pagesGone();
      // SECURITY(S12): a patient chosen meanwhile has pages that may still be there: it waits for its own turn.
      const state = this.ports.state();
      if (state.epoch === epoch) {
        this.#epoch = epoch;
        this.ports.send(state);
      } else this.#again = true;
    } while (this.#again);
  }

  /** Nothing tells when the window itself has been drawn: so this waits for longer than that was seen to take. */
  async #pagesGone(): Promise<void> {
    const { clock, takenOffAt, drawn } = this.ports;
    const at = takenOffAt();
    if (at !== null && clock.now() - at < LONG_AGO)
      for (let step = 0; step < STEPS; step += 1)
        await new Promise<void>((resolve) => {
          clock.after(STEP, resolve);
        });
    await drawn(DRAW_DEADLINE);
  }
}
