/**
 * The chosen patient and its followers, real ones, on pages that do what they like: random choices, answers, delays,
 * crashes, hangs, sign-outs, unsaved work, pages that turn to somebody else, clock jumps. Whatever happens, nobody ever
 * sees a page of another patient than the one the shell says it is of, and no group's patient reaches the other group.
 * Replay: SEED=n npx vitest run test/unit/contextRandom.test.ts
 */
import { expect, test } from 'vitest';
import type { Connector } from '../../main/connectors/connector.js';
import { FollowedTab, type FollowedSystem } from '../../main/context/followedTab.js';
import { PatientContext } from '../../main/context/patientContext.js';
import { ChangeSurvey, type SurveyAnswer } from '../../main/context/survey.js';
import type { LoadOutcome, SystemView, SystemViewEvent } from '../../main/context/systemView.js';
import type { AuditPort, RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import { Workspace } from '../../main/workspace/workspace.js';
import type { Patient } from '../../preload/contract.js';
import { HandClock } from './handClock.js';
import { amara, brian } from './people.js';
import { nothingRestricted } from './restrictedRecords.js';

const STEPS = 10_000;
const SEED = Number(process.env['SEED'] ?? 20_261_122);

/** Same birth date and nearly the same name as Amara: only the number tells them apart. */
const lookAlike: Patient = {
  ...amara,
  id: 'amare',
  nhsNumber: '9990000204',
  identifiers: [],
  name: { ...amara.name, given: ['Amare', 'Jane'] },
};
const people = [amara, brian, lookAlike] as const;

/** Mulberry32, public domain. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A system's page with a will of its own; what it shows is read at once, as the guard in a real page does. */
class WilfulPage implements SystemView {
  /** Whom the page shows, now. */
  shows: Patient | null = null;
  isUnsaved = false;
  isHung = false;
  isVisible = false;
  isAsleep = false;
  #listener: (event: SystemViewEvent) => void = () => undefined;
  #load = 0;

  constructor(
    private readonly clock: HandClock,
    private readonly random: () => number,
  ) {}

  load(address: URL, { timeout, discard }: { timeout: number; discard: boolean }): Promise<LoadOutcome> {
    const mine = ++this.#load;
    this.isAsleep = false;
    return new Promise((resolve) => {
      const wait = this.random() < 0.1 ? timeout + 1 : this.random() * 400;
      this.clock.after(Math.min(wait, timeout), () => {
        if (mine !== this.#load) resolve({ outcome: 'superseded' });
        else if (this.isUnsaved && !discard) resolve({ outcome: 'kept' });
        else if (wait > timeout) resolve({ outcome: 'failed', explanation: 'It did not answer.' });
        else {
          this.isUnsaved = false;
          this.isHung = false;
          this.#shows(null, 'committed');
          resolve({ outcome: 'loaded' });
          const asked = people.find(({ id }) => address.pathname === `/${id}`) ?? null;
          // Late answers, of this patient or of one asked for before.
          this.clock.after(this.random() * 600, () => {
            if (mine === this.#load || this.random() < 0.05) this.#shows(asked);
          });
        }
      });
    });
  }

  readAgain(): void {
    this.#read();
  }
  readAnew(): void {
    this.#listener({ type: 'reading', reading: null });
    this.clock.after(this.random() * 100, () => {
      this.#read();
    });
  }
  setShown(shown: boolean): void {
    this.isVisible = shown;
  }
  drawn(): Promise<boolean> {
    return new Promise((resolve) => {
      this.clock.after(this.random() * 50, () => {
        resolve(this.random() < 0.95);
      });
    });
  }
  survey(): Promise<SurveyAnswer> {
    return Promise.resolve(this.isHung ? 'busy' : this.isUnsaved ? 'unsaved' : 'ready');
  }
  maySleep(): Promise<boolean> {
    const mayBeClosed = !this.isUnsaved && !this.isHung;
    return new Promise((resolve) => {
      this.clock.after(this.random() * 100, () => {
        resolve(mayBeClosed); // it may have changed its mind meanwhile
      });
    });
  }
  sleep(): Promise<boolean> {
    const mine = ++this.#load;
    return new Promise((resolve) => {
      this.clock.after(this.random() * 300, () => {
        const goes = mine === this.#load && !this.isUnsaved && !this.isHung && this.random() < 0.9;
        if (goes) {
          this.#shows(null, 'committed');
          this.isAsleep = true;
        }
        resolve(goes);
      });
    });
  }
  getJson(): Promise<unknown> {
    return Promise.reject(new LanyardError('unavailable', 'not in this test'));
  }
  subscribe(listener: (event: SystemViewEvent) => void): void {
    this.#listener = listener;
  }
  async dispose(): Promise<void> {
    this.#listener = () => undefined;
  }

  /** Over its live channel: it follows, at once, late or never, or shows whom it likes. @returns false: it has none now */
  isTold(patient: Patient): boolean {
    const isWilling = this.random() < 0.8;
    const shown = this.random() < 0.9 ? patient : (people[Math.floor(this.random() * people.length)] ?? null);
    if (isWilling && this.random() < 0.9)
      this.clock.after(this.random() * 4_000, () => {
        this.#shows(shown);
      });
    return isWilling;
  }

  turnTo(patient: Patient | null): void {
    this.#shows(patient);
  }
  crash(): void {
    if (this.isAsleep) return;
    this.shows = null;
    this.isUnsaved = false;
    this.#listener({ type: 'crashed' });
  }
  hang(): void {
    this.isHung = !this.isHung;
    this.#listener({ type: this.isHung ? 'hung' : 'responsive' });
  }
  reload(): void {
    const { shows } = this;
    this.#shows(null, 'committed');
    this.clock.after(this.random() * 300, () => {
      this.#shows(shows);
    });
  }

  #shows(patient: Patient | null, how: 'committed' | 'changed' = 'changed'): void {
    if (this.isAsleep) return; // there is no page
    this.shows = patient;
    if (how === 'committed') this.#listener({ type: 'committed', address: 'https://epr.test/', status: 200 });
    this.#read();
  }

  #read(): void {
    const { shows } = this;
    this.#listener({
      type: 'reading',
      reading: {
        places: [
          { field: 'nhsNumber', texts: shows?.nhsNumber ? [shows.nhsNumber] : [] },
          { field: 'dateOfBirth', format: 'YYYY-MM-DD', texts: shows?.birthDate ? [shows.birthDate] : [] },
        ],
        asksToSignIn: false,
      },
    });
  }
}

const connector: Connector = {
  kind: 'test',
  permissions: [],
  originPolicy: ({ origins }) => ({ origins }),
  startAddress: () => new URL('https://epr.test/'),
  launch: async (_system, patient) => ({ kind: 'address', address: new URL(`https://epr.test/${patient.id}`) }),
};

test(`${STEPS} random steps: no page of anybody else is ever seen`, { timeout: 240_000 }, async () => {
  const random = seeded(SEED);
  const clock = new HandClock();
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
  const trail = { works: true };
  const recorded: RecordableEvent[] = [];
  const audit: AuditPort = {
    record: (event) => {
      if (!trail.works) throw new LanyardError('audit-unavailable', 'full');
      recorded.push(event);
    },
  };
  const never = (error: unknown): never => {
    throw error;
  };
  const pages = Array.from({ length: 5 }, () => new WilfulPage(clock, random));
  const tabs = pages.map((page, index) => {
    const id = `system${index}`;
    const system: FollowedSystem = {
      id,
      title: id,
      url: 'https://epr.test/',
      origins: ['https://epr.test'],
      context: { launch: { kind: 'none' } },
      canBeReadBack: true,
      readsLoadedIdentity: false,
      mayLead: index < 2,
      loadTimeout: 5_000,
      verifyTimeout: 3_000,
    };
    return new FollowedTab(system, connector, page, {
      clock,
      audit,
      isAuditHealthy: () => trail.works,
      signOn: null,
      mayTeach: false,
      authorities: [],
      bannerDrawn: () => Promise.resolve(random() < 0.95),
      ...(index > 0 && index < 4 && { live: { tell: (patient: Patient) => tell(page, patient) } }),
      changed: () => undefined,
      judged: () => undefined,
      lead: ({ nhsNumber }) => {
        const patient = people.find((one) => one.nhsNumber === nhsNumber);
        const change = context.reserve(id);
        if (patient)
          void change.agree(patient).then((agreed) => {
            if (agreed)
              refusable(() => {
                change.commit(patient);
              });
          });
      },
      report: never,
    });
  });
  const tell = (page: WilfulPage, patient: Patient): boolean => {
    const isTold = page.isTold(patient);
    if (isTold) seen.told += 1;
    expect(page.isVisible, describe()).toBe(false);
    return isTold;
  };
  let ids = 0;
  const workspace = new Workspace(tabs, {
    audit,
    openOutside: () => Promise.resolve(false),
    learntSignIn: () => null,
    newId: () => `${++ids}`,
    now: () => clock.now(),
    changed: () => undefined,
  });
  const survey = new ChangeSurvey({
    participants: () => workspace.participants(),
    mayBreakLink: () => workspace.mayBreakLink,
    audit,
    clock,
    newId: () => `${++ids}`,
    changed: () => undefined,
    report: never,
  });
  const known = {
    get: (id: string) =>
      new Promise<Patient>((resolve) => {
        clock.after(random() * 100, () => {
          resolve(people.find((one) => one.id === id) ?? amara);
        });
      }),
  };
  const context = new PatientContext(known, audit, workspace, survey, nothingRestricted(), (error) => {
    if (!(error instanceof LanyardError)) throw error;
  });
  const refusable = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      if (!(error instanceof LanyardError)) throw error;
    }
  };
  const asked = (what: Promise<void>): void => {
    what.catch((error: unknown) => {
      if (!(error instanceof LanyardError)) throw error;
    });
  };

  let history: string[] = [];
  const seen = { shown: 0, unlinked: 0, questions: 0, led: 0, told: 0, slept: 0, woken: 0 };
  const look = (): void => {
    const { patient, secondPatient, tabs: states } = workspace.state;
    const visible = pages.filter(({ isVisible }) => isVisible);
    expect(visible.length, describe()).toBeLessThanOrEqual(1);
    const own = tabs.flatMap(({ ownPatient }) => (ownPatient ? [ownPatient.id] : []));
    expect(new Set([...own, ...(patient ? [patient.id] : [])]).size, describe()).toBeLessThanOrEqual(2);
    tabs.forEach((tab, index) => {
      const page = pages[index];
      const state = states[index];
      if (!page || !state) throw new Error('a tab without a page');
      const expected = tab.isLinked ? patient : (tab.ownPatient ?? null);
      if (state.link === 'In step') expect([tab.isLinked, page.shows?.id], describe()).toEqual([true, patient?.id]);
      if (tab.ownPatient && tab.ownPatient.id !== patient?.id)
        expect(secondPatient?.id, describe()).toBe(tab.ownPatient.id);
      if (!page.isVisible || page.shows === null) return;
      expect(page.shows.id, describe()).toBe(expected?.id);
      expect(trail.works, describe()).toBe(true);
      seen.shown += 1;
      if (!tab.isLinked) seen.unlinked += 1;
    });
    if (survey.question) seen.questions += 1;
  };
  const describe = (): string => `seed ${SEED}, after ${history.length} steps: … ${history.slice(-12).join(', ')}`;
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 12; turn += 1) {
      await Promise.resolve();
      look();
    }
  };

  const steps: readonly (readonly [string, number, () => void])[] = [
    [
      'choose',
      6,
      () => {
        asked(context.select(pick(people).id));
      },
    ],
    [
      'close',
      0.5,
      () => {
        asked(context.close());
      },
    ],
    [
      'wait a little',
      10,
      () => {
        clock.advance(random() * 200);
      },
    ],
    [
      'wait',
      6,
      () => {
        clock.advance(random() * 2_000);
      },
    ],
    [
      'sleep',
      0.2,
      () => {
        clock.advance(3_600_000);
        workspace.verifyAnew();
      },
    ],
    [
      'nap',
      1.5,
      () => {
        const at = Math.floor(random() * tabs.length);
        const [tab, page] = [tabs[at], pages[at]];
        void tab?.sleep('memory').then((sleeps) => {
          if (sleeps) expect([page?.isAsleep, page?.isUnsaved], describe()).toEqual([true, false]);
        });
      },
    ],
    [
      'other tab',
      4,
      () => {
        workspace.activate(pick(tabs).system.id);
      },
    ],
    [
      'turn',
      3,
      () => {
        pick(pages).turnTo(pick([...people, null]));
      },
    ],
    [
      'reload',
      1,
      () => {
        pick(pages).reload();
      },
    ],
    [
      'crash',
      0.5,
      () => {
        pick(pages).crash();
      },
    ],
    [
      'hang',
      0.7,
      () => {
        pick(pages).hang();
      },
    ],
    [
      'write',
      1,
      () => {
        const page = pick(pages);
        page.isUnsaved = !page.isAsleep;
      },
    ],
    ['save', 1.5, () => (pick(pages).isUnsaved = false)],
    [
      'retry',
      1,
      () => {
        workspace.retry(pick(tabs).system.id);
      },
    ],
    [
      'break',
      0.7,
      () => {
        refusable(() => {
          workspace.breakLink(pick(tabs).system.id);
        });
      },
    ],
    [
      'rejoin',
      0.7,
      () => {
        refusable(() => {
          workspace.rejoin(pick(tabs).system.id);
        });
      },
    ],
    [
      'lead',
      0.5,
      () => {
        const { id } = pick(tabs).system;
        refusable(() => {
          asked(context.lead(workspace.ownPatientOf(id), id));
        });
      },
    ],
    [
      'answer',
      3,
      () => {
        const { question } = survey;
        if (question)
          refusable(() => {
            survey.answer(question.id, pick(['continue', 'cancel', 'break-link']));
          });
      },
    ],
    [
      'audit',
      0.2,
      () => {
        trail.works = !trail.works;
        workspace.auditChanged();
      },
    ],
    [
      'raise',
      0.5,
      () => {
        workspace.raiseShell(random() < 0.5);
      },
    ],
  ];
  const all = steps.reduce((sum, [, weight]) => sum + weight, 0);
  workspace.open((start) => clock.after(400, start));
  for (let step = 0; step < STEPS; step += 1) {
    let at = random() * all;
    const [name, , act] = steps.find(([, weight]) => (at -= weight) < 0) ?? pick(steps);
    history.push(name);
    act();
    look();
    await settle();
    // Nothing is recorded for long only: a day in which nothing can be recorded shows nothing.
    if (!trail.works && random() < 0.3) {
      trail.works = true;
      workspace.auditChanged();
    }
  }
  seen.slept = recorded.filter(({ type }) => type === 'system.slept').length;
  seen.woken = recorded.filter(({ type }) => type === 'system.woken').length;
  seen.led = recorded.filter(({ type }) => type === 'patient.chosen').length;

  // Then everything is well again: every linked tab ends on the last commit.
  trail.works = true;
  workspace.auditChanged();
  workspace.raiseShell(false);
  survey.giveUp();
  history = [...history, 'the end'];
  for (const page of pages) {
    page.isUnsaved = false;
    if (page.isHung) page.hang();
  }
  for (const { system, isLinked } of tabs) if (!isLinked) workspace.rejoin(system.id);
  const { epoch } = context.current;
  asked(context.select(brian.id));
  for (let turn = 0; turn < 60; turn += 1) {
    clock.advance(1_000);
    await settle();
    for (const { system, state } of tabs) if (state.cover !== null && turn % 8 === 7) workspace.retry(system.id);
    if (turn > 8 && tabs.every(({ state }) => state.link === 'In step')) break;
  }
  expect(context.current).toEqual({ patient: brian, epoch: epoch + 1 });
  expect(tabs.map(({ state }) => state.link)).toEqual(tabs.map(() => 'In step'));
  // A test that saw nothing proves nothing.
  expect(seen.shown).toBeGreaterThan(STEPS / 10);
  expect(seen.unlinked).toBeGreaterThan(STEPS / 100);
  expect(seen.questions).toBeGreaterThan(STEPS / 100);
  expect(seen.led).toBeGreaterThan(STEPS / 100);
  expect(seen.told).toBeGreaterThan(STEPS / 100);
  expect(seen.slept).toBeGreaterThan(STEPS / 200);
  expect(seen.woken).toBeGreaterThan(STEPS / 200);
});
