import { expect, test } from 'vitest';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { outsideAddress } from '../../main/domain/navigation.js';
import { openDowntimeLink } from '../../main/workspace/downtimeLinks.js';

const links = [{ url: 'https://downtime.example/forms?ward=7' }, { url: 'https://status.example:8443/' }];

/** What happened, in order; the browser opens what the rule for outside links lets through. */
function desk(browser: (address: string) => void = () => undefined) {
  const happened: (RecordableEvent | { opened: string } | { reported: unknown })[] = [];
  return {
    happened,
    ports: {
      note: (event: RecordableEvent) => void happened.push(event),
      report: (error: unknown) => void happened.push({ reported: error }),
      openOutside: (address: string, origins: readonly string[]): Promise<boolean> =>
        Promise.resolve().then(() => {
          const safe = outsideAddress(address, origins);
          if (safe === null) return false;
          browser(safe);
          happened.push({ opened: safe });
          return true;
        }),
    },
  };
}

test.each([0, 1])(
  'link %i of the configuration opens after its audit line, which has the host alone',
  async (place) => {
    const { happened, ports } = desk();
    await openDowntimeLink(links, place, ports);
    const url = links[place]?.url ?? '';
    expect(happened).toEqual([{ type: 'outside.opened', systemId: null, host: new URL(url).host }, { opened: url }]);
  },
);

test.each([2, 99])('there is no link %i: nothing opens, nothing is recorded', async (place) => {
  const { happened, ports } = desk();
  await expect(openDowntimeLink(links, place, ports)).rejects.toMatchObject({ code: 'bad-request' });
  expect(happened).toEqual([]);
});

test('an address that may not open outside is refused in plain words', async () => {
  const { happened, ports } = desk();
  await expect(openDowntimeLink([{ url: 'http://127.0.0.1/' }], 0, ports)).rejects.toMatchObject({
    code: 'unavailable',
  });
  expect(happened).not.toContainEqual(expect.objectContaining({ opened: expect.anything() as unknown }));
});

test('a browser that does not open is said and reported', async () => {
  const failure = new Error('no browser');
  const { happened, ports } = desk(() => {
    throw failure;
  });
  await expect(openDowntimeLink(links, 0, ports)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('browser could not be opened') as unknown,
  });
  expect(happened).toContainEqual({ reported: failure });
});
