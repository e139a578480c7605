/**
 * The states of a tab, walked over every edge: a real FollowedTab, a page that does whatever pages do. What comes out is
 * docs/LINK-STATES.md; a change there is a change of what clinicians see (npx vitest run -u writes it anew).
 */
import { expect, test } from 'vitest';
import type { Connector } from '../../main/connectors/connector.js';
import { FollowedTab } from '../../main/context/followedTab.js';
import { LanyardError } from '../../main/domain/errors.js';
import type { Patient } from '../../preload/contract.js';
import { HandClock } from './handClock.js';
import { HandView } from './handView.js';
import { amara, brian } from './people.js';
import { asTable, walk } from './walk.js';

const connector: Connector = {
  kind: 'test',
  permissions: [],
  originPolicy: ({ origins }) => ({ origins }),
  startAddress: ({ url }) => new URL(url),
  launch: async (_system, patient) => ({ kind: 'address', address: new URL(`https://epr.test/${patient.id}`) }),
};

/** A tab on the screen, and what the test knows of its page. */
class Bench {
  readonly clock = new HandClock();
  readonly view = new HandView();
  readonly tab: FollowedTab;
  epoch = 0;
  shared: Patient | null = null;
  auditWorks = true;
  /** Whom the page shows; undefined: not read since the last document. */
  shows: Patient | null | undefined = undefined;
  asksToSignIn = false;
  #answered = 0;

  constructor() {
    this.tab = new FollowedTab(
      {
        id: 'epr',
        title: 'Patient record',
        url: 'https://epr.test/',
        origins: ['https://epr.test'],
        context: { launch: { kind: 'none' } },
        canBeReadBack: true,
        readsLoadedIdentity: false,
        mayLead: false,
        loadTimeout: 20_000,
        verifyTimeout: 10_000,
      },
      connector,
      this.view,
      {
        clock: this.clock,
        audit: {
          record: () => {
            if (!this.auditWorks) throw new LanyardError('audit-unavailable', 'the audit trail cannot be written');
          },
        },
        isAuditHealthy: () => this.auditWorks,
        signOn: null,
        mayTeach: false,
        authorities: [{ authority: 'rm3' }],
        bannerDrawn: () => Promise.resolve(true),
        changed: () => undefined,
        lead: () => undefined,
        judged: () => undefined,
        report: (error) => {
          throw error;
        },
      },
    );
    this.tab.setOnScreen(true, 'page-changed');
  }

  choose(patient: Patient | null): void {
    this.shared = patient;
    this.epoch += 1;
    this.tab.follow(patient, this.epoch);
  }
  /** The page asked for last arrives, empty yet. */
  arrive(status = 200): void {
    const load = this.view.loads.at(-1);
    if (!load || this.#answered === this.view.loads.length) return;
    this.#answered = this.view.loads.length;
    this.shows = undefined;
    this.asksToSignIn = false;
    this.view.commits(new URL(load.address).pathname, status);
    load.answer({ outcome: 'loaded' });
  }
  answer(outcome: Parameters<HandView['loads'][number]['answer']>[0]): void {
    const load = this.view.loads.at(-1);
    if (!load || this.#answered === this.view.loads.length) return;
    this.#answered = this.view.loads.length;
    load.answer(outcome);
  }
  show(who: Patient | null, asksToSignIn = false): void {
    if (this.#answered === 0) return; // no page was ever there
    this.shows = who;
    this.asksToSignIn = asksToSignIn;
    this.view.shows(who, { asksToSignIn });
  }
}

const settled =
  (act: (bench: Bench) => void) =>
  async (bench: Bench): Promise<void> => {
    act(bench);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };

const happenings: Record<string, (bench: Bench) => void> = {
  'A is chosen': (bench) => {
    bench.choose(amara);
  },
  'B is chosen': (bench) => {
    bench.choose(brian);
  },
  'the patient is closed': (bench) => {
    bench.choose(null);
  },
  'the page arrives': (bench) => {
    bench.arrive();
  },
  'it answers 403': (bench) => {
    bench.arrive(403);
  },
  'it does not arrive': (bench) => {
    bench.answer({ outcome: 'failed', explanation: 'It did not answer.' });
  },
  'it is kept for unsaved work': (bench) => {
    bench.answer({ outcome: 'kept' });
  },
  'the page shows A': (bench) => {
    bench.show(amara);
  },
  'the page shows B': (bench) => {
    bench.show(brian);
  },
  'the page shows nobody': (bench) => {
    bench.show(null);
  },
  'the page asks to sign in': (bench) => {
    bench.show(null, true);
  },
  'the sign-in page is wanted': ({ tab }) => {
    tab.showSignInPage();
  },
  'time passes': ({ clock }) => {
    clock.advance(11_000);
  },
  'the page crashes': (bench) => {
    bench.shows = undefined;
    bench.asksToSignIn = false;
    bench.view.last = null;
    bench.view.emit({ type: 'crashed' });
  },
  'the page hangs': ({ view }) => {
    view.emit({ type: 'hung' });
  },
  'the page answers again': ({ view }) => {
    view.emit({ type: 'responsive' });
  },
  'it is tried again': ({ tab }) => {
    tab.retry();
  },
  'the link is broken': ({ tab }) => {
    tab.breakLink();
  },
  'it is linked again': ({ tab }) => {
    tab.rejoin();
  },
  'the computer slept': (bench) => {
    bench.tab.verifyAnew();
    if (bench.view.last === null) bench.shows = undefined;
  },
  'the audit trail fails': (bench) => {
    bench.auditWorks = false;
    bench.tab.auditChanged();
  },
  'the audit trail is well': (bench) => {
    bench.auditWorks = true;
    bench.tab.auditChanged();
  },
};

test('every edge between the states of a tab is known, and no page is ever seen for another patient', async () => {
  let seen = 0;
  const edges = await walk<Bench>({
    start: () => new Bench(),
    events: Object.fromEntries(Object.entries(happenings).map(([name, act]) => [name, settled(act)])),
    state: ({ tab, view, auditWorks }) => {
      const { link, cover, unlinked } = tab.state;
      const seenAs = cover ? `covered (${cover.kind})` : view.shown ? 'the page shows' : 'not on the screen';
      return `${link}${unlinked ? ', with its own patient' : ''} · ${seenAs}${auditWorks ? '' : ' · no audit'}`;
    },
    check: ({ tab, view, shared, shows, asksToSignIn, auditWorks }, way) => {
      const said = way.join(' → ');
      const { link, cover } = tab.state;
      expect(view.shown, said).toBe(cover === null && view.shown);
      if (link === 'In step') {
        expect(shows, said).toBe(shared);
        expect(auditWorks, said).toBe(true);
      }
      if (!view.shown) return;
      seen += 1;
      const whose = tab.ownPatient ?? (tab.isLinked ? shared : null);
      if (shows) expect(shows.id, said).toBe(whose?.id);
      else if (whose) expect(asksToSignIn, said).toBe(true); // of a patient's page silence is never seen
      if (whose) expect(auditWorks, said).toBe(true);
    },
  });
  expect(seen).toBeGreaterThan(1_000);
  await expect(`${introduction}\n${asTable(edges)}`).toMatchFileSnapshot('../../docs/LINK-STATES.md');
}, 60_000);

const introduction = `# The states of a tab

Written by test/unit/linkStateWalk.test.ts, which walks a real tab over every edge: from each state everything that can
happen, and every two such things after each other. A and B are two patients. "or" stands where what happened before
decides. On every one of these ways no page was seen that showed another patient than the one the shell said, and no
silent page was seen for a patient.
`;
