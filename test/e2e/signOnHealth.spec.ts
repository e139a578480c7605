/** Checking the sign-ins of a session: what cannot be reached is said in the list, and nothing is sent or typed for it. */
import { configurationFor, expect, LAB_IDENTITY, test } from './lanyard.js';
import { startSignedSystem } from './signedSystem.js';

test('the check says which identity provider cannot be reached, and tries no sign-in', async ({
  launch,
  surroundings,
}) => {
  const results = await startSignedSystem('form');
  const answering = await startSignedSystem('form');
  const gone = await startSignedSystem('form');
  const away = gone.url;
  await gone.close();
  try {
    const system = { kind: 'web', roles: ['clinician', 'support'], identity: LAB_IDENTITY, loadTimeoutSeconds: 5 };
    const of = (id: string, title: string, signOn: object): object => ({
      ...system,
      id,
      title,
      url: `${results.url}/home`,
      signOn,
      context: { launch: { kind: 'url-template', template: `${results.url}/patient/{nhsNumber}` } },
    });
    const provider = (id: string, title: string, origin: string): object => ({
      id,
      title,
      url: `${origin}/login`,
      origins: [origin],
      signOn: { method: 'http', account: 'own' },
    });
    const lanyard = await launch({
      ...configurationFor(surroundings, [
        of('results', 'Results', { method: 'http', account: 'own' }),
        of('images', 'Images', { method: 'oidc', provider: 'trust' }),
        of('letters', 'Letters', { method: 'oidc', provider: 'region' }),
      ]),
      identityProviders: [
        provider('trust', 'Trust sign-in', away),
        provider('region', 'Regional sign-in', answering.url),
      ],
    });
    await lanyard.signIn();
    await lanyard.chooseOfAccount('Stored sign-ins');
    await lanyard.shell.getByRole('button', { name: 'Check every sign-in' }).click();
    const table = lanyard.shell.getByRole('table', { name: 'Sign-in checks' });
    const rowOf = (name: RegExp) => table.getByRole('row', { name });
    await expect(rowOf(/Images/).first()).toContainText('Does not work', { timeout: 25_000 });
    await expect(rowOf(/Regional sign-in answers/)).toContainText('Good');
    await expect(rowOf(/Results/)).toContainText('Not checked');
    expect([...results.attempts, ...answering.attempts]).toEqual([]);
    // The tabs themselves may turn to their provider meanwhile; no account is used for the check.
    const attempted = lanyard.audit().filter(({ type }) => type === 'signOn.attempted');
    expect(attempted.filter(({ method }) => method !== 'oidc')).toEqual([]);
  } finally {
    await results.close();
    await answering.close();
  }
});
