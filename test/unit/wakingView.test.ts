/** A page that sleeps is another page afterwards, and whoever held it before hears and commands the new one. */
import { expect, test } from 'vitest';
import type { PageLineEvent } from '../../main/context/live/liveChannel.js';
import type { SystemViewEvent } from '../../main/context/systemView.js';
import type { ProviderPage } from '../../main/signon/identityProvider.js';
import { type SystemPage, wakingView } from '../../main/workspace/wakingView.js';
import { HandView } from './handView.js';

class HandPage extends HandView implements SystemPage {
  focused = 0;
  said: object[] = [];
  hear: (event: PageLineEvent) => void = () => undefined;
  readonly line = {
    send: (message: object) => void this.said.push(message),
    listen: (hear: (event: PageLineEvent) => void) => {
      this.hear = hear;
    },
  };
  readonly signOnPage: ProviderPage;
  constructor(readonly number: number) {
    super();
    this.signOnPage = {
      address: `https://epr.test/${number}`,
      status: 200,
      nextDocument: () => Promise.resolve('https://epr.test/'),
      load: () => Promise.resolve({ outcome: 'loaded' }),
      holdDrawing: () => () => undefined,
      attach: () => Promise.reject(new Error('not in this test')),
      dispose: () => this.dispose(),
    };
  }
  focus(): void {
    this.focused += 1;
  }
}

function bench() {
  const made: HandPage[] = [];
  const view = wakingView(
    () => {
      const page = new HandPage(made.length);
      made.push(page);
      return page;
    },
    (error) => {
      throw error;
    },
  );
  const events: (SystemViewEvent | PageLineEvent)[] = [];
  view.subscribe((event) => events.push(event));
  view.line?.listen((event) => events.push(event));
  return { made, view, events };
}

test('the next load after a sleep makes a new page, which is heard; the one before is put away only then', async () => {
  const { made, view, events } = bench();
  expect(await view.sleep()).toBe(true);
  expect([made.length, made[0]?.disposed]).toEqual([1, false]);
  void view.load(new URL('https://epr.test/a'), { timeout: 1, discard: false });
  expect([made.length, made[0]?.disposed, made[1]?.loads.length]).toEqual([2, true, 1]);
  made[1]?.emit({ type: 'hung' });
  made[1]?.hear({ type: 'opened' });
  expect(events).toEqual([{ type: 'hung' }, { type: 'opened' }]);
  view.setShown(true);
  view.focus();
  view.line?.send({ a: 1 });
  expect([made[1]?.shown, made[1]?.focused, made[1]?.said, view.signOnPage.address]).toEqual([
    true,
    1,
    [{ a: 1 }],
    'https://epr.test/1',
  ]);
  await view.dispose();
  expect(made[1]?.disposed).toBe(true);
});

test('asleep it draws nothing, takes no keyboard, is not put to sleep again, and is no page to sign on', async () => {
  const { made, view } = bench();
  await view.sleep();
  view.focus();
  expect([await view.drawn(10), await view.sleep(), await view.maySleep(10), made[0]?.focused]).toEqual([
    false,
    false,
    false,
    0,
  ]);
  await expect(view.signOnPage.attach()).rejects.toMatchObject({ code: 'unavailable' });
  await view.dispose();
  expect([made.length, made[0]?.disposed]).toEqual([1, true]);
});

test('a page that would not be left stays the same', async () => {
  const { made, view } = bench();
  if (made[0]) made[0].leaving = () => Promise.resolve(false);
  expect(await view.sleep()).toBe(false);
  void view.load(new URL('https://epr.test/a'), { timeout: 1, discard: false });
  expect(made).toHaveLength(1);
});
