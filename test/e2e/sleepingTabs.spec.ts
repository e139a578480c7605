/** Hidden tabs sleep while Lanyard takes too much memory: their processes end, and nobody loses anything by it. */
import { type DemoPatient, population } from '../demo/population.js';
import { colourOf } from './lab.js';
import { configurationFor, expect, labSystem, type Running, type Surroundings, test } from './lanyard.js';
import { coloursOnScreen } from './screen.js';

const [amara, brian] = population as [DemoPatient, DemoPatient];
const MEGABYTE = 1024 * 1024;
const BALLAST_MB = 80;
/** A tab is hidden for at least twenty seconds before it sleeps, and one goes after the other. */
const ASLEEP_WITHIN = 150_000;

const system = ({ lab }: Surroundings, id: string, behaviour: 'honest' | 'unsaved'): Record<string, unknown> =>
  labSystem(lab, behaviour, {
    id,
    title: id,
    context: {
      launch: { kind: 'url-template', template: `${lab.url}/${behaviour}/patient/{nhsNumber}?tab=${id}` },
    },
  });

const recorded = (lanyard: Running, type: string) => lanyard.audit().filter((event) => event.type === type);

/** The page of a tab, brought to the screen; its process, and the megabytes that takes. */
async function goTo(lanyard: Running, { lab }: Surroundings, id: string, behaviour = 'honest', patient = amara) {
  await lanyard.tab(id).click();
  await expect(lanyard.tab(id)).toHaveAttribute('aria-selected', 'true');
  await expect(lanyard.tab(id)).toHaveAccessibleDescription('In step', { timeout: 30_000 });
  const address = `${lab.url}/${behaviour}/patient/${patient.nhsNumber ?? ''}?tab=${id}`;
  return { page: await lanyard.page(address), address };
}

const processOf = (lanyard: Running, address: string): Promise<{ pid: number; megabytes: number }> =>
  lanyard.app.evaluate(({ app, webContents }, wanted) => {
    const contents = webContents.getAllWebContents().find((one) => one.getURL() === wanted);
    const pid = contents?.getOSProcessId() ?? 0;
    const metric = app.getAppMetrics().find((one) => one.pid === pid);
    return { pid, megabytes: (metric?.memory.workingSetSize ?? 0) / 1024 };
  }, address);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('hidden tabs give their memory back, come back verified, and nothing unsaved is ever closed', async ({
  launch,
  surroundings,
}) => {
  test.setTimeout(420_000);
  const { lab } = surroundings;
  const lanyard = await launch(
    configurationFor(
      surroundings,
      [
        system(surroundings, 'first', 'honest'),
        system(surroundings, 'heavy', 'honest'),
        system(surroundings, 'heavier', 'honest'),
        system(surroundings, 'note', 'unsaved'),
        system(surroundings, 'form', 'honest'),
      ],
      { workspace: { memoryLimitMb: 1 } },
    ),
  );
  const { shell } = lanyard;
  await lanyard.signIn();
  await lanyard.choose(amara);
  await expect(lanyard.tab('first')).toHaveAccessibleDescription('In step');

  const note = await goTo(lanyard, surroundings, 'note', 'unsaved');
  await note.page.getByLabel('Note').pressSequentially('half a sentence');
  const noteProcess = await processOf(lanyard, note.address);
  const form = await goTo(lanyard, surroundings, 'form');
  await form.page.evaluate(() => {
    document.body.append(Object.assign(document.createElement('input'), { value: 'says nothing of it' }));
  });
  const formProcess = await processOf(lanyard, form.address);

  const heavy: { pid: number; megabytes: number }[] = [];
  for (const id of ['heavy', 'heavier']) {
    const { page, address } = await goTo(lanyard, surroundings, id);
    await page.evaluate(
      ([count, size, name]) => {
        const ballast = Array.from({ length: count }, () => new Uint8Array(size).fill(1));
        addEventListener('pagehide', () => navigator.sendBeacon(`/honest/left-${name}-${ballast.length}`));
      },
      [BALLAST_MB, MEGABYTE, id] as const,
    );
    heavy.push(await processOf(lanyard, address));
  }
  for (const { megabytes } of heavy) expect(megabytes).toBeGreaterThan(BALLAST_MB);

  await goTo(lanyard, surroundings, 'first');
  for (const { pid } of heavy) await expect.poll(() => isRunning(pid), { timeout: ASLEEP_WITHIN }).toBe(false);
  for (const id of ['heavy', 'heavier']) {
    await expect(lanyard.tab(id)).toHaveAccessibleDescription('Not checked');
    expect(lab.requests).toContain(`/honest/left-${id}-${BALLAST_MB}`); // the page was left, not killed
  }
  process.stdout.write(`asleep: ${heavy.map(({ megabytes }) => Math.round(megabytes)).join(' + ')} MB given back\n`);
  expect(recorded(lanyard, 'system.slept')).toEqual(
    expect.arrayContaining([
      { type: 'system.slept', systemId: 'heavy', because: 'memory' },
      { type: 'system.slept', systemId: 'heavier', because: 'memory' },
    ]),
  );

  // It is launched for its patient and read back like any page, and says when.
  await goTo(lanyard, surroundings, 'heavy');
  await expect.poll(coloursOnScreen).toContain(colourOf(amara));
  const sentence = shell.getByText(/^Refreshed at \d\d:\d\d$/);
  await expect(sentence).toBeVisible();
  await shell.getByRole('button', { name: 'Dismiss' }).click();
  await expect(sentence).toHaveCount(0);
  const events = lanyard.audit();
  const woken = events.findLastIndex(({ type, systemId }) => type === 'system.woken' && systemId === 'heavy');
  expect(events.slice(woken).find(({ type }) => type === 'system.displayed')).toMatchObject({
    systemId: 'heavy',
    verified: true,
  });

  // Somebody else is chosen: who sleeps goes on sleeping, and wakes to the newest patient.
  await lanyard.choose(brian);
  const question = shell.getByRole('alertdialog', { name: /Not changed yet/ });
  await expect(question).toContainText('note has work that is not saved');
  await expect(note.page.getByLabel('Note')).toHaveValue('half a sentence');
  expect([isRunning(noteProcess.pid), isRunning(formProcess.pid)]).toEqual([true, true]);
  expect(recorded(lanyard, 'system.slept').map(({ systemId }) => systemId)).not.toContain('note');
  expect(recorded(lanyard, 'system.slept').map(({ systemId }) => systemId)).not.toContain('form');
  await question.getByRole('button', { name: 'Continue' }).click();
  await expect(lanyard.tab('heavy')).toHaveAccessibleDescription('In step');
  await expect(lanyard.tab('heavier')).toHaveAccessibleDescription('Not checked');
  await goTo(lanyard, surroundings, 'heavier', 'honest', brian);
  await expect.poll(coloursOnScreen).toContain(colourOf(brian));
});
