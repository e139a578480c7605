/**
 * One system's page that may sleep: it is ended, and the next load makes a new one in the same session. Everybody who holds
 * the page (its tab, its sign-on, its live channel) holds this instead, and needs not know.
 */
import type { PageLine, PageLineEvent } from '../context/live/liveChannel.js';
import type { SystemView, SystemViewEvent } from '../context/systemView.js';
import { LanyardError } from '../domain/errors.js';
import type { ProviderPage } from '../signon/identityProvider.js';

/** webView.electron.ts makes the real ones. */
export interface SystemPage extends SystemView {
  focus(): void;
  /** The same page, for signing it on. */
  readonly signOnPage: ProviderPage;
  /** The same page, for its live channel; null: it has none. */
  readonly line: PageLine | null;
}

/**
 * @param create makes a page that has been nowhere yet
 * @param report a page that slept and could not be put away
 */
export function wakingView(create: () => SystemPage, report: (error: unknown) => void): SystemPage {
  let page = create();
  let isAsleep = false;
  let listener: (event: SystemViewEvent) => void = () => undefined;
  let hear: (event: PageLineEvent) => void = () => undefined;

  const awake = (): SystemPage => {
    if (!isAsleep) return page;
    const before = page;
    isAsleep = false;
    page = create(); // before the other one leaves their session: the last to leave would end it
    page.subscribe(listener);
    page.line?.listen(hear);
    before.dispose().catch(report);
    return page;
  };

  const dispose = (): Promise<void> => page.dispose();
  return {
    signOnPage: {
      get address() {
        return page.signOnPage.address;
      },
      get status() {
        return page.signOnPage.status;
      },
      nextDocument: (signal) => awake().signOnPage.nextDocument(signal),
      load: (address, timeout) => awake().signOnPage.load(address, timeout),
      holdDrawing: () => page.signOnPage.holdDrawing(),
      attach: () =>
        isAsleep ? Promise.reject(new LanyardError('unavailable', 'The page is asleep')) : page.signOnPage.attach(),
      dispose,
    },
    line: page.line && {
      send: (message) => {
        page.line?.send(message);
      },
      listen: (wanted) => {
        hear = wanted;
        page.line?.listen(wanted);
      },
    },
    load: (address, options) => awake().load(address, options),
    readAgain: () => {
      page.readAgain();
    },
    readAnew: () => {
      page.readAnew();
    },
    setShown: (shown) => {
      page.setShown(shown);
    },
    drawn: (deadline) => (isAsleep ? Promise.resolve(false) : page.drawn(deadline)),
    survey: (deadline) => page.survey(deadline),
    maySleep: (deadline) => (isAsleep ? Promise.resolve(false) : page.maySleep(deadline)),
    sleep: async () => {
      if (isAsleep) return false;
      isAsleep = await page.sleep();
      return isAsleep;
    },
    getJson: (address, signal) => page.getJson(address, signal),
    subscribe: (wanted) => {
      listener = wanted;
      page.subscribe(wanted);
    },
    focus: () => {
      if (!isAsleep) page.focus();
    },
    dispose,
  };
}
