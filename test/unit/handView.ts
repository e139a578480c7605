/** A page under the test's hand: it loads, draws and shows only what the test says. Its address is https://epr.test. */
import type { SurveyAnswer } from '../../main/context/survey.js';
import type { LoadOutcome, PageReading, SystemView, SystemViewEvent } from '../../main/context/systemView.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { Patient } from '../../preload/contract.js';

export class HandView implements SystemView {
  shown = false;
  /** Called whenever it goes on the screen or off. */
  onShown: (shown: boolean) => void = () => undefined;
  disposed = false;
  readonly loads: { address: string; discard: boolean; answer: (outcome: LoadOutcome) => void }[] = [];
  emit: (event: SystemViewEvent) => void = () => undefined;
  last: PageReading | null = null;

  load(address: URL, { discard }: { discard: boolean }): Promise<LoadOutcome> {
    return new Promise((resolve) => this.loads.push({ address: address.href, discard, answer: resolve }));
  }
  readAgain(): void {
    if (this.last) this.emit({ type: 'reading', reading: this.last });
  }
  readAnew(): void {
    this.last = null;
    this.emit({ type: 'reading', reading: null });
  }
  setShown(shown: boolean): void {
    this.shown = shown;
    this.onShown(shown);
  }
  /** Answers of the page's drawing; by itself every page draws at once. */
  drawing: (() => Promise<boolean>) | null = null;
  drawn(): Promise<boolean> {
    return this.drawing?.() ?? Promise.resolve(true);
  }
  surveyed: SurveyAnswer = 'ready';
  survey(): Promise<SurveyAnswer> {
    return Promise.resolve(this.surveyed);
  }
  mayBeClosed = true;
  maySleep(): Promise<boolean> {
    return Promise.resolve(this.mayBeClosed);
  }
  /** Answers of a page that is being left; by itself every page goes at once. */
  leaving: (() => Promise<boolean>) | null = null;
  sleep(): Promise<boolean> {
    return this.leaving?.() ?? Promise.resolve(true);
  }
  getJson(): Promise<unknown> {
    return Promise.reject(new LanyardError('unavailable', 'not in this test'));
  }
  subscribe(listener: (event: SystemViewEvent) => void): void {
    this.emit = listener;
  }
  async dispose(): Promise<void> {
    this.disposed = true;
  }
  shows(who: Patient | null, extra: Partial<PageReading> = {}): void {
    this.last = {
      places: [
        { field: 'nhsNumber', texts: who?.nhsNumber ? [who.nhsNumber] : [] },
        { field: 'dateOfBirth', format: 'YYYY-MM-DD', texts: who?.birthDate ? [who.birthDate] : [] },
      ],
      asksToSignIn: false,
      ...extra,
    };
    this.emit({ type: 'reading', reading: this.last });
  }
  commits(path: string, status = 200): void {
    this.last = null;
    this.emit({ type: 'committed', address: `https://epr.test${path}`, status });
  }
}
