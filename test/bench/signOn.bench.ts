/** Signing on: a form, all systems after a sign-in, a system that follows the identity provider, and a roaming vault. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../main/context/clock.js';
import { Secret } from '../../main/domain/secret.js';
import { openVault } from '../../main/vault/openVault.js';
import { passwordKey } from '../../main/vault/passwordKey.js';
import { newPasswordKeyOrigin } from '../../main/vault/sealedVault.js';
import { DEMO_PASSWORD } from '../demo/directory/accounts.js';
import { SMART_CLIENT_ID, SMART_SCOPES, startSmartApp } from '../demo/web/smartApp.js';
import { type FormHarness, startFormHarness } from '../e2e/formHarness.js';
import { startSignedSystem } from '../e2e/signedSystem.js';
import { goodSignIn, startSignInPages } from '../e2e/signInPages.js';
import { Bare } from './bare.js';
import { type Part, type Surroundings, withEndings } from './bench.js';
import { Lanyard } from './lanyard.js';
import { patients } from './pages.js';
import { startFollower, startProvider } from './provider.js';
import { median, quantile } from './statistics.js';
import { SHOWN_IDENTITY } from './ward.js';
import { XScreen } from './xScreen.js';
import { removeFolder } from '../../build/removeFolder.js';

const FORM_RUNS = 5;
/** Of test/e2e/signInPages.ts: plain HTML, React, a closed shadow root, a strict policy, keys alone, no autocomplete. */
const FORM_PAGES = ['plain', 'react', 'closed', 'csp', 'keys', 'autocomplete'];
const SIGN_INS = 8;
const CHANGES = 20;
const VAULT_RUNS = 5;
const USER = 'amara.test';

export const signOn: Part = {
  name: 'sign-on',
  about: 'systems with a sign-in of their own; the floor is the same systems signed in to by a bare Electron',
  run: async (surroundings) => {
    await forms(surroundings);
    await everySystem(surroundings);
    await following(surroundings);
    await smart(surroundings);
    await vault(surroundings);
  },
};

async function forms({ report }: Surroundings): Promise<void> {
  await withEndings(async (keep) => {
    const pages = await startSignInPages();
    keep(pages, () => pages.close());
    const harness = await startFormHarness([]);
    keep(harness, () => harness.end());
    await untilItAnswers(harness);
    const [after, whole]: [number[], number[]] = [[], []];
    const byPage = new Map<string, number[]>(FORM_PAGES.map((page) => [page, []]));
    for (let run = -1; run < FORM_RUNS; run += 1)
      for (const page of FORM_PAGES) {
        pages.sent.length = 0;
        const step = {
          userName: { selector: '[name=user]' },
          password: { selector: '[name=pass]' },
          submit: { selector: 'button' },
        };
        const recipe = { origin: pages.url, path: `/${page}/login`, steps: [step] };
        const { outcome, tookMs } = await harness.run({
          url: `${pages.url}/${page}/login`,
          recipe,
          ...goodSignIn,
          isAsShipped: true,
        });
        const [sent] = pages.sent;
        if (JSON.stringify(outcome) !== '{"outcome":"signed-on"}' || typeof sent?.after !== 'number')
          throw new Error(`the page "${page}" was not signed in to: ${JSON.stringify(outcome)}`);
        if (run < 0) continue; // warms up
        after.push(sent.after);
        byPage.get(page)?.push(sent.after);
        whole.push(tookMs);
      }
    const figure = { unit: 'ms', count: after.length } as const;
    const name = `form, ${FORM_PAGES.length} kinds of page: fields there → arrived`;
    report.add({ ...figure, name: `${name}, p50`, value: median(after), goal: { value: 150 } });
    report.add({ ...figure, name: `${name}, p95`, value: quantile(after, 0.95) });
    report.add({ ...figure, name: 'form: page asked for → signed on, p50', value: median(whole) });
    report.note(
      `p50 by page: ${[...byPage].map(([page, times]) => `${page} ${median(times).toFixed(0)}`).join(', ')} ms`,
    );
  });
}

/** Its window may stand on the screen a moment before its main process can be asked. */
async function untilItAnswers(harness: FormHarness): Promise<void> {
  for (let asked = 0; asked < 200; asked += 1) {
    const answer: unknown = await harness.waitsOfWatch();
    if (answer !== undefined) return;
    await delay(50);
  }
  throw new Error('the form harness does not answer');
}

/** Two forms and HTTP Basic, all of which share the directory password. */
async function everySystem({ runtime, ward, report }: Surroundings): Promise<void> {
  await withEndings(async (keep) => {
    const systems = await Promise.all((['form', 'form', 'basic'] as const).map(startOne));
    async function startOne(by: 'form' | 'basic') {
      const server = await startSignedSystem(by);
      server.accounts.set(USER, DEMO_PASSWORD);
      return { by, server: keep(server, () => server.close()) };
    }
    const configured = systems.map(({ by, server: { url } }, index) => ({
      id: `system-${index}`,
      title: `System ${index}`,
      kind: 'web',
      url: `${url}/home`,
      roles: ['clinician'],
      signOn:
        by === 'basic'
          ? { method: 'http', account: 'directory' }
          : { method: 'form', account: 'directory', recipe: recipeOf(url, '/login', 'user', 'secret') },
      context: { launch: { kind: 'url-template', template: `${url}/patient/{nhsNumber}` } },
      identity: SHOWN_IDENTITY,
    }));
    const folder = ward.configureFor(configured, {});
    keep(folder, folder.remove);
    const lanyard = await Lanyard.start(runtime, folder, await screen(keep));
    keep(lanyard, () => lanyard.end());
    const bare = await Bare.start(runtime, await screen(keep));
    keep(bare, () => bare.end());

    const times = { lanyard: [] as number[], bare: [] as number[], own: [] as number[] };
    for (let run = -1; run < SIGN_INS; run += 1) {
      for (const { server } of systems) server.attempts.length = 0;
      const floor = async (): Promise<number> => {
        const took = await bare.openAndSignIn(
          systems.map(({ by, server }) => ({
            address: `${server.url}/home`,
            by,
            userName: USER,
            password: DEMO_PASSWORD,
          })),
        );
        expectSignedIn();
        await bare.closeViews();
        return took;
      };
      const ours = async (): Promise<number> => {
        const { accepted, opened } = await lanyard.signIn();
        expectSignedIn();
        await lanyard.signOut();
        return opened - accepted;
      };
      const expectSignedIn = (): void => {
        for (const { server } of systems)
          if (!server.attempts.some(({ accepted }) => accepted) || server.attempts.some(({ accepted }) => !accepted))
            throw new Error(`a system has ${JSON.stringify(server.attempts)}`);
        for (const { server } of systems) server.attempts.length = 0;
      };
      const before = run % 2 === 0 ? await floor() : null;
      const took = await ours();
      const least = before ?? (await floor());
      if (run < 0) continue; // warms up
      times.lanyard.push(took);
      times.bare.push(least);
      times.own.push(took - least);
    }
    const figure = { unit: 'ms', count: SIGN_INS } as const;
    report.add({
      ...figure,
      name: 'accepted → two forms and HTTP Basic usable, p50',
      value: median(times.lanyard),
      floor: median(times.bare),
    });
    report.add({ ...figure, name: 'of that Lanyard’s own, p50', value: median(times.own), goal: { value: 3_000 } });
    report.add({ ...figure, name: 'of that Lanyard’s own, the longest', value: Math.max(...times.own) });
  });
}

/** A system asks the provider again, which knows the clinician already, against one that does not ask. */
async function following({ runtime, ward, report }: Surroundings): Promise<void> {
  await withEndings(async (keep) => {
    const provider = await startProvider();
    keep(provider, () => provider.close());
    const first = await startFollower('first', provider.url);
    keep(first, () => first.close());
    const second = await startFollower('second', provider.url);
    keep(second, () => second.close());
    const configured = [first, second].map(({ url }, index) => ({
      id: `system-${index}`,
      title: `System ${index}`,
      kind: 'web',
      url: `${url}/`,
      roles: ['clinician'],
      signOn: { method: 'oidc', provider: 'trust' },
      context: { launch: { kind: 'url-template', template: `${url}/patient/{nhsNumber}` } },
      identity: SHOWN_IDENTITY,
    }));
    const trust = {
      id: 'trust',
      title: 'Hospital sign-on',
      url: `${provider.url}/`,
      signOn: { method: 'form', account: 'directory', recipe: recipeOf(provider.url, '/', 'user', 'password') },
      signedIn: { selector: '#menu' },
    };
    const folder = ward.configureFor(configured, { identityProviders: [trust] });
    keep(folder, folder.remove);
    const lanyard = await Lanyard.start(runtime, folder, await screen(keep));
    keep(lanyard, () => lanyard.end());
    const bare = await Bare.start(runtime, await screen(keep));
    keep(bare, () => bare.end());

    const { accepted, opened } = await lanyard.signIn();
    report.add({
      name: 'accepted → provider and two systems that follow it usable',
      unit: 'ms',
      value: opened - accepted,
      count: 1,
    });
    await bare.openAndSignIn(
      [first, second].map(({ url }) => ({ address: `${url}/`, by: 'provider', userName: USER, password: 'any' })),
    );
    const times = { asks: [] as number[], knows: [] as number[], bareAsks: [] as number[], bareKnows: [] as number[] };
    let next = 0;
    const choose = async (forget: boolean): Promise<number> => {
      if (forget) second.forget();
      const before = second.arrivals();
      const times = await lanyard.choose(patientAt((next += 1)));
      if (second.arrivals() - before !== Number(forget)) throw new Error('the system did not follow once');
      return times.verified - times.asked;
    };
    const load = async (forget: boolean): Promise<number> => {
      if (forget) second.forget();
      const { nhsNumber } = patientAt(next);
      return bare.load([first, second].map(({ url }) => `${url}/patient/${nhsNumber}`));
    };
    for (let change = -2; change < CHANGES; change += 1) {
      const asks = await choose(true);
      const bareAsks = await load(true);
      await choose(true); // the load of the floor has ended this session too
      const knows = await choose(false);
      await load(true);
      const bareKnows = await load(false);
      if (change < 0) continue; // warms up
      times.asks.push(asks);
      times.knows.push(knows);
      times.bareAsks.push(bareAsks);
      times.bareKnows.push(bareKnows);
    }
    const figure = { unit: 'ms', count: CHANGES } as const;
    report.add({
      ...figure,
      name: 'chosen → verified, the second system asks the provider, p50',
      value: median(times.asks),
      floor: median(times.bareAsks),
    });
    report.add({
      ...figure,
      name: 'the same, and nobody asks the provider, p50',
      value: median(times.knows),
      floor: median(times.bareKnows),
    });
    report.add({
      ...figure,
      name: 'what following silently adds, p50',
      value: median(times.asks) - median(times.knows),
      floor: median(times.bareAsks) - median(times.bareKnows),
      goal: { value: 1_000 },
    });
    report.note('this provider answers at once; the real one (test/real/idp) adds its own time');
  });
}

/** A SMART application knows nobody before it is launched: its sign-on is part of every choice of a patient. */
async function smart({ runtime, ward, report }: Surroundings): Promise<void> {
  await withEndings(async (keep) => {
    const chart = await startSmartApp();
    keep(chart, () => chart.close());
    const configured = {
      id: 'growth-chart',
      title: 'Growth chart',
      kind: 'web',
      url: `${chart.url}/`,
      roles: ['clinician'],
      signOn: {
        method: 'smart',
        clientId: SMART_CLIENT_ID,
        redirectUris: [`${chart.url}/chart`],
        scopes: [...SMART_SCOPES],
      },
      context: { launch: { kind: 'smart', url: `${chart.url}/launch` } },
      identity: { ...SHOWN_IDENTITY, dateOfBirth: { selector: '.dob', format: 'DD-MMM-YYYY' } },
    };
    const folder = ward.configureFor([configured], {});
    keep(folder, folder.remove);
    const lanyard = await Lanyard.start(runtime, folder, await screen(keep));
    keep(lanyard, () => lanyard.end());
    const bare = await Bare.start(runtime, await screen(keep));
    keep(bare, () => bare.end());
    await lanyard.signIn();
    await bare.openViews(1);
    const [chosen, loaded]: [number[], number[]] = [[], []];
    for (let change = -2; change < CHANGES; change += 1) {
      const least = await bare.load([`${chart.url}/`]);
      const { asked, verified } = await lanyard.choose(patientAt(change + 3));
      if (change < 0) continue; // warms up
      chosen.push(verified - asked);
      loaded.push(least);
    }
    report.add({
      name: 'chosen → SMART application launched and verified, p50',
      unit: 'ms',
      count: CHANGES,
      value: median(chosen),
      floor: median(loaded),
    });
    report.note('that floor is one page of the application in a bare view: no launch, no token, no record');
  });
}

/** The roaming file's key is Argon2id and slow on purpose; what opening adds to it, and whether anything waits for it. */
async function vault({ report }: Surroundings): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'lanyard-bench-vault-'));
  try {
    const directoryPassword = Secret.of('Bench-Directory-1');
    const open = async (): Promise<number> => {
      const began = performance.now();
      const opening = await openVault({
        store: 'roaming-file',
        principalName: 'amara.test@ward.example.nhs',
        password: directoryPassword,
        userDataFolder: folder,
        folder,
        clock: systemClock,
        randomBytes,
      });
      const took = performance.now() - began;
      if (opening.outcome !== 'open') throw new Error(`the vault did not open: ${opening.outcome}`);
      opening.vault.dispose();
      return took;
    };
    const keyAlone = async (): Promise<number> => {
      const origin = newPasswordKeyOrigin(randomBytes);
      const began = performance.now();
      (await passwordKey(directoryPassword, origin, systemClock)).fill(0);
      return performance.now() - began;
    };
    await open(); // the file begins here
    const [opened, keys, stalls]: [number[], number[], number[]] = [[], [], []];
    for (let run = 0; run < VAULT_RUNS; run += 1) {
      if (run % 2 === 0) keys.push(await keyAlone());
      const loop = monitorEventLoopDelay({ resolution: 1 });
      loop.enable();
      opened.push(await open());
      loop.disable();
      stalls.push(loop.max / 1e6);
      if (run % 2 === 1) keys.push(await keyAlone());
    }
    const figure = { unit: 'ms', count: VAULT_RUNS } as const;
    report.add({
      ...figure,
      name: 'roaming vault opened, p50; the floor is its key alone',
      value: median(opened),
      floor: median(keys),
    });
    report.add({
      ...figure,
      name: 'the longest that the event loop stood still meanwhile, p50',
      value: median(stalls),
    });
  } finally {
    removeFolder(folder);
  }
}

function recipeOf(origin: string, at: string, userName: string, password: string): object {
  const step = {
    userName: { selector: `input[name=${userName}]` },
    password: { selector: `input[name=${password}]` },
    submit: { selector: 'button' },
  };
  return { origin, path: at, steps: [step] };
}

function patientAt(index: number): { nhsNumber: string } {
  const patient = patients[index % patients.length];
  if (!patient) throw new Error('there is no patient');
  return patient;
}

async function screen(keep: <E>(thing: E, end: () => Promise<void> | void) => E): Promise<XScreen> {
  const opened = await XScreen.open();
  return keep(opened, () => opened.close());
}
