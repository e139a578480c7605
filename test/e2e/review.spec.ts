/** Never the wrong patient, second look: pages that are broken in an unlucky way, one test for each way found. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { population } from '../demo/population.js';
import { type Behaviour, colourOf, somebodyElse } from './lab.js';
import { configurationFor, expect, labSystem, type Launch, type Running, type Surroundings, test } from './lanyard.js';
import { coloursOnScreen } from './screen.js';

const [first, brian] = population;
if (!first || !brian) throw new Error('the population is empty');
const amara = first;
const other = somebodyElse(amara);

/** Signed in, with Amara chosen, and the page of this system in step. */
async function inStep(
  launch: Launch,
  surroundings: Surroundings,
  behaviour: Behaviour = 'honest',
  more: Record<string, unknown> = {},
): Promise<{ lanyard: Running; page: Page }> {
  const lanyard = await launch(configurationFor(surroundings, [labSystem(surroundings.lab, behaviour, more)]));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(lanyard.tab(behaviour)).toHaveAccessibleDescription('In step');
  return { lanyard, page: await lanyard.page(`${surroundings.lab.url}/${behaviour}/`) };
}

test('another number in a form field is seen although no event tells of it', async ({ launch, surroundings }) => {
  const { lanyard, page } = await inStep(launch, surroundings);
  await page.evaluate((number) => {
    const field = document.createElement('input');
    field.value = number;
    field.setAttribute('data-nhs-number', '');
    document.querySelector('[data-nhs-number]')?.replaceWith(field);
  }, amara.nhsNumber ?? '');
  await page.evaluate(() => new Promise((done) => setTimeout(done, 200)));
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  await page.evaluate((number) => {
    const field = document.querySelector('input');
    if (field) field.value = number;
  }, other.nhsNumber ?? '');
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('Different patient');
});

test('a page that changes patient while it waits for another address is covered', async ({ launch, surroundings }) => {
  const { lanyard, page } = await inStep(launch, surroundings);
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  // All of it in the page's own time: nobody outside can talk to a page that is on its way.
  await page.evaluate(
    ([address, name, number]) => {
      const show = (selector: string, text: string): void => {
        const element = document.querySelector(selector);
        if (element) element.textContent = text;
      };
      setTimeout(() => void (location.href = address));
      setTimeout(show, 400, 'h1', name); // still right
      setTimeout(show, 600, '[data-nhs-number]', number); // not any more
    },
    [
      `${surroundings.lab.url}/never-answers/patient/${amara.nhsNumber ?? ''}`,
      `${amara.family}, ${amara.given[0] ?? ''} (Mrs)`,
      other.nhsNumber ?? '',
    ] as const,
  );
  await expect(lanyard.tab('honest')).not.toHaveAccessibleDescription('In step');
  await expect.poll(coloursOnScreen).not.toContain(colourOf(amara));
});

test('another patient in a shadow root attached late is seen', async ({ launch, surroundings }) => {
  const { lanyard, page } = await inStep(launch, surroundings);
  await page.evaluate((number) => {
    document.body.insertAdjacentHTML('beforeend', '<div id="late"></div>');
    setTimeout(() => {
      const root = document.querySelector('#late')?.attachShadow({ mode: 'open' });
      if (root) root.innerHTML = `<p data-nhs-number>${number}</p>`;
    }, 200);
  }, other.nhsNumber ?? '');
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('Different patient');
});

const unseen: readonly (readonly [string, string])[] = [
  ['in a collapsed panel', 'height:0;overflow:hidden'],
  ['in a panel of one pixel for screen readers', 'position:absolute;width:1px;height:1px;overflow:hidden'],
  ['cut away', 'position:absolute;clip:rect(0 0 0 0)'],
  ['cut away by a path', 'clip-path:inset(50%)'],
  ['far to the left', 'position:absolute;left:-9999px'],
  ['far above', 'position:absolute;top:-9999px'],
  ['transparent', 'opacity:0'],
];
const seen: readonly (readonly [string, string])[] = [
  ['scrolled away with the page', 'margin-top:5000px'],
  ['scrolled away in a panel', 'height:40px;overflow:auto;padding-top:500px'],
  ['positioned out of a collapsed panel', 'height:0;overflow:hidden;--inside:absolute'],
];

test('a number that nobody can see proves nothing; one that can be scrolled to does', async ({
  launch,
  surroundings,
}) => {
  const { lanyard, page } = await inStep(launch, surroundings);
  const wrap = async (style: string): Promise<void> => {
    await page.evaluate(
      ([css, number]) => {
        document.querySelector('#wrap')?.remove();
        document.querySelector('[data-nhs-number]')?.remove();
        const inside = css.includes('--inside') ? 'position:absolute' : '';
        document.body.insertAdjacentHTML(
          'afterbegin',
          `<div id="wrap" style="${css}"><p style="${inside}"><span data-nhs-number>${number}</span></p></div>`,
        );
      },
      [style, amara.nhsNumber ?? ''] as const,
    );
  };
  for (const [where, style] of [...unseen, ...seen]) {
    await wrap('');
    await expect(lanyard.tab('honest'), 'in the open').toHaveAccessibleDescription('In step');
    await wrap(style);
    const link = seen.some(([one]) => one === where) ? 'In step' : 'Changing';
    await page.evaluate(() => new Promise((done) => setTimeout(done, 100)));
    await expect(lanyard.tab('honest'), where).toHaveAccessibleDescription(link);
  }
});

test('a stale frame beside a right one is seen', async ({ launch, surroundings }) => {
  const { lanyard, page } = await inStep(launch, surroundings, 'foreign-frame');
  await page.evaluate(
    ([address]) => {
      const stale = document.createElement('iframe');
      stale.id = 'record';
      stale.src = address;
      document.body.prepend(stale);
    },
    [`${surroundings.lab.foreignOrigin}/x/inner/${other.nhsNumber ?? ''}`] as const,
  );
  await expect(lanyard.tab('foreign-frame')).toHaveAccessibleDescription('Different patient');
});

test('a large page that never rests is read without being slowed down', async ({ launch, surroundings }) => {
  const { lanyard, page } = await inStep(launch, surroundings);
  const turns = await page.evaluate(
    () =>
      new Promise<number>((done) => {
        document.body.insertAdjacentHTML(
          'beforeend',
          `<table>${'<tr><td>x</td><td>y</td></tr>'.repeat(16_700)}</table>`,
        );
        const cell = document.querySelector('td');
        const { port1, port2 } = new MessageChannel();
        let count = 0;
        const end = performance.now() + 2_000;
        port1.onmessage = () => {
          count += 1;
          cell?.setAttribute('data-turn', String(count));
          if (performance.now() < end) port2.postMessage(0);
          else done(count);
        };
        port2.postMessage(0);
      }),
  );
  // 100,000 without a reader; a reader that searches the whole page at each change leaves it 25.
  expect(turns).toBeGreaterThan(2_000);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
});

test('"back" does not lead to the patient before', async ({ launch, surroundings }) => {
  const { lanyard, page } = await inStep(launch, surroundings);
  await lanyard.choose(brian);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  await expect.poll(() => page.url()).toContain(brian.nhsNumber);
  expect(await page.evaluate(() => history.length)).toBe(1);
  await page.evaluate(() => {
    history.back();
  });
  await page.evaluate((to) => fetch(to).then((answer) => answer.text()), `${surroundings.lab.url}/honest/home`);
  expect(page.url()).toContain(brian.nhsNumber);
});

test('no page takes the keyboard from the shell, neither a hidden one nor one that loads itself again', async ({
  launch,
  surroundings,
}) => {
  const { lab } = surroundings;
  const lanyard = await launch(
    configurationFor(surroundings, [labSystem(lab, 'honest'), labSystem(lab, 'slow'), labSystem(lab, 'stale-panel')]),
  );
  await lanyard.signIn();
  const focused = () =>
    lanyard.app.evaluate(({ webContents }) =>
      webContents
        .getAllWebContents()
        .filter((one) => one.isFocused())
        .map((one) => new URL(one.getURL()).protocol),
    );
  await lanyard.choose(amara);
  for (const title of ['honest', 'slow']) await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');
  await expect(lanyard.tab('stale-panel')).toHaveAccessibleDescription('Different patient');
  expect(await focused()).toEqual(['lanyard:']);
  for (const behaviour of ['honest', 'slow']) {
    const page = await lanyard.page(`${lab.url}/${behaviour}/patient`);
    const loaded = page.waitForEvent('load');
    await page.evaluate(() => {
      location.reload();
    });
    await loaded;
    await expect(lanyard.tab(behaviour)).toHaveAccessibleDescription('In step');
    expect(await focused(), behaviour).toEqual(['lanyard:']);
  }
});

test('a page that changes patient in place is shown when it has drawn the new one, not before', async ({
  launch,
  surroundings,
}) => {
  const { lab } = surroundings;
  const { lanyard, page } = await inStep(launch, surroundings, 'in-place', {
    url: `${lab.url}/in-place/app`,
    context: { launch: { kind: 'url-template', template: `${lab.url}/in-place/app#{nhsNumber}` } },
  });
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  await page.evaluate(() => 0); // it rests again: a page that does not answer would hold the change
  await lanyard.choose(brian);
  await expect.poll(coloursOnScreen).not.toContain(colourOf(amara)); // the last frame may still be on its way
  let colours: string[] = [];
  while (!colours.includes(colourOf(brian))) {
    colours = await coloursOnScreen();
    expect(colours).not.toContain(colourOf(amara));
  }
});

test('a tab that never was on the screen has drawn before it is shown for the first time', async ({
  launch,
  surroundings,
}) => {
  const { lab } = surroundings;
  const lanyard = await launch(configurationFor(surroundings, [labSystem(lab, 'slow'), labSystem(lab, 'honest')]));
  await lanyard.signIn();
  await lanyard.choose(amara);
  for (const title of ['slow', 'honest']) await expect(lanyard.tab(title)).toHaveAccessibleDescription('In step');
  await lanyard.tab('honest').click();
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
});

test('no system’s page is seen without the patient banner: the shell comes back first', async ({
  launch,
  surroundings,
}) => {
  const { lanyard } = await inStep(launch, surroundings);
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  const before = lanyard.audit().length;
  await lanyard.app.evaluate(({ BrowserWindow }) => {
    BrowserWindow.getAllWindows()[0]?.webContents.forcefullyCrashRenderer();
  });
  const since = () =>
    lanyard
      .audit()
      .slice(before)
      .map(({ type, reason }) => [type, reason]);
  await expect.poll(since).toEqual([
    ['system.covered', 'shell-raised'],
    ['system.displayed', undefined],
  ]);
  await expect.poll(coloursOnScreen).toEqual(expect.arrayContaining([colourOf(amara), '005eb8']));
});

test('a selector that the page’s engine refuses covers the page, and support can read why', async ({
  launch,
  surroundings,
}) => {
  const { lab } = surroundings;
  const identity = { nhsNumber: { selector: 'span:nonsense' }, name: { selector: 'h1' } };
  const lanyard = await launch(configurationFor(surroundings, [labSystem(lab, 'honest', { identity })]));
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('Not checked', { timeout: 10_000 });
  await expect.poll(coloursOnScreen).not.toContain(colourOf(amara));
  const log = readFileSync(path.join(lanyard.userData, 'logs', 'problems.jsonl'), 'utf8');
  expect(log).toContain('span:nonsense');
});

test('after the computer slept a page is covered until it has said anew whom it shows', async ({
  launch,
  surroundings,
}) => {
  const { lanyard } = await inStep(launch, surroundings);
  const shown = () =>
    lanyard.audit().filter(({ type, verified }) => type === 'system.displayed' && verified === true).length;
  await expect.poll(shown).toBe(1);
  await lanyard.app.evaluate(({ powerMonitor }) => powerMonitor.emit('resume'));
  await expect.poll(shown).toBe(2);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
  expect(lanyard.audit().some(({ type, reason }) => type === 'system.covered' && reason === 'page-changed')).toBe(true);
});

test('a computer that lost its network says so, and every page is verified again once it is back', async ({
  launch,
  surroundings,
}) => {
  const { lanyard } = await inStep(launch, surroundings);
  const shown = () =>
    lanyard.audit().filter(({ type, verified }) => type === 'system.displayed' && verified === true).length;
  await expect.poll(shown).toBe(1);
  const lost = lanyard.shell.getByRole('note').filter({ hasText: 'lost its network connection' });
  await lanyard.app.context().setOffline(true);
  await expect(lost).toBeVisible();
  await lanyard.app.context().setOffline(false);
  await expect(lost).toBeHidden();
  await expect.poll(shown).toBe(2);
  await expect(lanyard.tab('honest')).toHaveAccessibleDescription('In step');
});
