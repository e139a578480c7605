/** What lasts as long as one clinician's session: what they stored, entered and let Lanyard watch, and that nothing stays. */
import { beforeEach, expect, test } from 'vitest';
import type { RecordableEvent } from '../../main/domain/audit.js';
import { LanyardError } from '../../main/domain/errors.js';
import { Secret } from '../../main/domain/secret.js';
import { ClinicianSignOn, type WatchedSignIn } from '../../main/signon/clinicianSignOn.js';
import type { CredentialSource } from '../../main/signon/signOn.js';
import { openVault } from '../../main/vault/openVault.js';
import type { Vault, VaultOpening } from '../../main/vault/vault.js';
import { HandClock } from './handClock.js';

const PASSWORD = 'Canary-4471';
const results = { id: 'results', title: 'Results' };

let clock: HandClock;
let recorded: RecordableEvent[];
let reported: unknown[];

beforeEach(() => {
  clock = new HandClock();
  recorded = [];
  reported = [];
});

async function vaultOfTest(): Promise<Vault> {
  const opening = await openVault({
    store: 'memory',
    principalName: 'amara.test@ward.example.nhs',
    password: null,
    userDataFolder: '',
    folder: null,
    clock,
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  });
  if (opening.outcome !== 'open') throw new Error('a vault in memory always opens');
  return opening.vault;
}

async function begin(
  opening?: () => Promise<VaultOpening>,
  record: (event: RecordableEvent) => void = (event) => recorded.push(event),
): Promise<{ signOn: ClinicianSignOn; source: CredentialSource }> {
  const vault = await vaultOfTest();
  const signOn = new ClinicianSignOn({
    clock,
    audit: { record },
    report: (error) => reported.push(error),
    vaultKind: 'memory',
    openVault: opening ?? (() => Promise.resolve({ outcome: 'open', vault })),
    smart: null,
    newId: () => 'question',
    changed: () => undefined,
  });
  const source = signOn.credentialsOf(results, null);
  await settle();
  return { signOn, source };
}

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
};

const watched = (keep: () => void = () => undefined): WatchedSignIn => ({
  userName: 'a.clinician',
  origin: 'https://results.test',
  credentials: { userName: 'a.clinician', password: Secret.of(PASSWORD) },
  keep,
});

test.each([
  ['stored', true, ['a.clinician'], [{ type: 'signOn.stored', systemId: 'results', change: 'stored' }]],
  ['kept for this session only', false, [], []],
])('what is entered can be %s, and signs on either way', async (_what, remember, listed, lines) => {
  const { signOn, source } = await begin();
  expect(source.state).toBe('none');
  await signOn.enter('results', 'a.clinician', PASSWORD, remember);
  expect(signOn.list().entries.map(({ userName }) => userName)).toEqual(listed);
  expect(recorded).toEqual(lines);
  const taken = await source.take();
  expect(taken?.password.use((text) => text)).toBe(PASSWORD);
});

test('what is entered anew replaces what was refused', async () => {
  const { signOn, source } = await begin();
  await signOn.enter('results', 'a.clinician', 'wrong', true);
  (await source.take())?.password.wipe();
  await source.refuse();
  expect([source.state, await source.take()]).toEqual(['refused', null]);
  await signOn.enter('results', 'a.clinician', PASSWORD, true);
  expect(source.state).toBe('usable');
});

test('nothing that pages are told holds a password', async () => {
  const { signOn } = await begin();
  await signOn.enter('results', 'a.clinician', PASSWORD, true);
  await signOn.learn('results', () => Promise.resolve(watched()));
  expect(JSON.stringify([signOn.list(), signOn.learntSignIn, recorded])).not.toContain(PASSWORD);
});

test('removing forgets it in the vault and for this session, and says so first', async () => {
  const { signOn, source } = await begin();
  await signOn.enter('results', 'a.clinician', PASSWORD, true);
  await signOn.remove('results');
  expect([signOn.list().entries, source.state]).toEqual([[], 'none']);
  expect(recorded.at(-1)).toEqual({ type: 'signOn.stored', systemId: 'results', change: 'removed' });
});

test('where the vault cannot be opened nothing is stored, and what is entered for now still works', async () => {
  const explanation = 'The keychain of this computer is locked.';
  const { signOn, source } = await begin(() => Promise.resolve({ outcome: 'unavailable', explanation }));
  expect(signOn.list()).toMatchObject({ status: 'closed', explanation });
  expect(source.state).toBe('vault');
  await expect(signOn.enter('results', 'a.clinician', PASSWORD, true)).rejects.toMatchObject({
    code: 'vault-unavailable',
    message: explanation,
  });
  await signOn.enter('results', 'a.clinician', PASSWORD, false);
  expect(source.state).toBe('usable');
});

test('a defect while opening is reported and closes the vault', async () => {
  const { signOn } = await begin(() => Promise.reject(new TypeError('defect')));
  expect([reported.length, signOn.list().status]).toEqual([1, 'closed']);
});

test('a vault sealed by an older password opens with it, and not with another one', async () => {
  const vault = await vaultOfTest();
  const { signOn } = await begin(() =>
    Promise.resolve({
      outcome: 'old-password-needed',
      reopen: (before) =>
        before.use((text) => text) === 'old'
          ? Promise.resolve(vault)
          : Promise.reject(new LanyardError('vault-unavailable', 'This is not the password before')),
      startAnew: () => Promise.resolve(vault),
      dispose: () => undefined,
    }),
  );
  expect(signOn.list().status).toBe('old-password-needed');
  await expect(signOn.reopen('wrong')).rejects.toThrow('not the password before');
  expect(signOn.list().status).toBe('old-password-needed');
  await signOn.reopen('old');
  expect(signOn.list().status).toBe('open');
  await expect(signOn.reopen('old')).rejects.toMatchObject({ code: 'bad-request' });
});

test('a watched sign-in is kept only after a yes', async () => {
  const { signOn, source } = await begin();
  let kept = 0;
  expect(await signOn.learn('results', () => Promise.resolve(watched(() => (kept += 1))))).toBe(true);
  expect(signOn.learntSignIn).toEqual({
    id: 'question',
    systemTitle: 'Results',
    userName: 'a.clinician',
    origin: 'https://results.test',
  });
  expect([source.state, kept]).toEqual(['none', 0]);
  await signOn.answerLearnt('another question', true);
  expect(source.state).toBe('none');
  await signOn.answerLearnt('question', true);
  expect([source.state, kept, signOn.learntSignIn]).toEqual(['usable', 1, null]);
});

test('a watched sign-in that is not wanted is wiped', async () => {
  const { signOn, source } = await begin();
  const seen = watched();
  await signOn.learn('results', () => Promise.resolve(seen));
  await signOn.answerLearnt('question', false);
  expect(() => seen.credentials.password.use((text) => text)).toThrow('wiped');
  expect([source.state, signOn.learntSignIn]).toEqual(['none', null]);
});

test('watching ends when another one begins, and with the session; what was seen too late is wiped', async () => {
  const { signOn } = await begin();
  let ended = 0;
  let see: (seen: WatchedSignIn) => void = () => undefined;
  const late = signOn.learn(
    'results',
    (signal) =>
      new Promise((resolve) => {
        see = resolve;
        signal.addEventListener('abort', () => {
          ended += 1;
        });
      }),
  );
  await signOn.end();
  const seen = watched();
  see(seen);
  expect([await late, ended, signOn.learntSignIn]).toEqual([false, 1, null]);
  expect(() => seen.credentials.password.use((text) => text)).toThrow('wiped');
});

test('after the end nothing is known any more', async () => {
  const { signOn, source } = await begin();
  await signOn.enter('results', 'a.clinician', PASSWORD, false);
  await signOn.end();
  await signOn.end();
  expect([source.state, await source.take(), signOn.list().entries]).toEqual(['vault', null, []]);
});

test('a vault that opens after the end is wiped at once', async () => {
  const vault = await vaultOfTest();
  let open: (opening: VaultOpening) => void = () => undefined;
  const { signOn } = await begin(
    () =>
      new Promise((resolve) => {
        open = resolve;
      }),
  );
  await signOn.end();
  open({ outcome: 'open', vault });
  await settle();
  await expect(vault.store('results', { userName: 'x', password: Secret.of('y') })).rejects.toBeInstanceOf(Error);
});

test('only systems of this session can be stored for', async () => {
  const { signOn } = await begin();
  await expect(signOn.enter('another', 'x', 'y', true)).rejects.toMatchObject({ code: 'unknown-tab' });
});

test.each([
  ['entered', (signOn: ClinicianSignOn) => signOn.enter('results', 'a.clinician', PASSWORD, true)],
  [
    'watched',
    async (signOn: ClinicianSignOn) => {
      await signOn.learn('results', () => Promise.resolve(watched()));
      await signOn.answerLearnt('question', true);
    },
  ],
])('what was %s is not stored where that cannot be recorded', async (_what, act) => {
  const { signOn } = await begin(undefined, () => {
    throw new LanyardError('audit-unavailable', 'Nothing can be recorded');
  });
  await expect(act(signOn)).rejects.toThrow('Nothing can be recorded');
  expect(signOn.list().entries).toEqual([]);
});

test('a new directory password goes to what shares the one before, stored or entered, and to nothing else', async () => {
  const { signOn, source } = await begin();
  const other = signOn.credentialsOf({ id: 'letters', title: 'Letters' }, null);
  const third = signOn.credentialsOf({ id: 'maternity', title: 'Maternity' }, null);
  await signOn.enter('results', 'amara.test', 'Directory-1', true);
  await signOn.enter('letters', 'amara.test', 'Directory-1', false);
  await signOn.enter('maternity', 'amara.test', PASSWORD, true);
  const [before, after] = [Secret.of('Directory-1'), Secret.of('Directory-2')];

  expect(await signOn.directoryPasswordChanged(before, after)).toEqual([]);

  after.wipe(); // theirs to wipe
  const taken = await Promise.all([source, other, third].map((one) => one.take()));
  expect(taken.map((one) => one?.password.use((text) => text))).toEqual(['Directory-2', 'Directory-2', PASSWORD]);
  expect(recorded).toContainEqual({ type: 'signOn.stored', systemId: 'results', change: 'password-changed' });
});

test('stored sign-ins that wait for the password before are opened with it', async () => {
  const vault = await vaultOfTest();
  const given: string[] = [];
  const { signOn } = await begin(() =>
    Promise.resolve({
      outcome: 'old-password-needed',
      reopen: (before) => {
        given.push(before.use((text) => text));
        return Promise.resolve(vault);
      },
      startAnew: () => Promise.reject(new Error('not asked for')),
      dispose: () => undefined,
    }),
  );
  expect(await signOn.directoryPasswordChanged(Secret.of('Directory-1'), Secret.of('Directory-2'))).toEqual([]);
  expect(given).toEqual(['Directory-1']);
  expect(signOn.list().status).toBe('open');
});

test('stored sign-ins that cannot be sealed anew are said', async () => {
  const vault = await vaultOfTest();
  const gone = new LanyardError('vault-unavailable', 'The folder is gone');
  const { signOn } = await begin(() =>
    Promise.resolve({
      outcome: 'open',
      vault: Object.assign(vault, { directoryPasswordChanged: () => Promise.reject(gone) }),
    }),
  );
  expect(await signOn.directoryPasswordChanged(Secret.of('Directory-1'), Secret.of('Directory-2'))).toEqual([
    'Your stored sign-ins still need your password from before. The folder is gone.',
  ]);
  expect(reported).toEqual([gone]);
});
