/** The downtime page in a running Lanyard: there when the directory and the patient index are not, signed in or not. */
import { DEMO_PASSWORD, demoAccounts, demoDomain } from '../demo/directory/accounts.js';
import { createCertificateAuthority } from '../demo/certificates.js';
import { startDemoDirectory } from '../demo/directory/demoDirectory.js';
import { startFhirServer } from '../demo/fhir/server.js';
import { configurationFor, expect, labSystem, type Running, test } from './lanyard.js';

const downtime = {
  text: 'Go on with the paper charts.\nWrite the time on every sheet.',
  contacts: [{ name: 'IT service desk', telephone: '01632 960001' }],
  links: [
    { title: 'Status of the systems', url: 'https://status.example/' },
    { title: 'Forms to print', url: 'https://downtime.example/forms?ward=7' },
  ],
};

/** What the operating system would have been asked to open, instead of asking it. */
const watchBrowser = ({ app }: Running): Promise<void> =>
  app.evaluate(({ shell }) => {
    const opened: string[] = [];
    Reflect.set(globalThis, 'opened', opened);
    Reflect.set(shell, 'openExternal', (address: string) => Promise.resolve(opened.push(address)));
  });
const opened = ({ app }: Running): Promise<string[]> =>
  app.evaluate(() => Reflect.get(globalThis, 'opened') as string[]);

test('the page and its links work for nobody in particular, and for a clinician, while nothing else answers', async ({
  launch,
  surroundings,
}) => {
  const authority = await createCertificateAuthority('Downtime test CA', new Date());
  const directory = await startDemoDirectory({
    host: '127.0.0.1',
    port: 0,
    users: demoAccounts,
    certificate: await authority.issue([demoDomain.controller]),
  });
  const fhir = await startFhirServer();
  let isRunning = true;
  const endBoth = async (): Promise<void> => {
    if (!isRunning) return;
    isRunning = false;
    await Promise.all([directory.close(), fhir.close()]);
  };
  try {
    const lanyard = await launch(
      configurationFor({ ...surroundings, directory, fhir }, [labSystem(surroundings.lab, 'honest')], { downtime }),
    );
    const { shell } = lanyard;
    const dialog = shell.getByRole('dialog', { name: 'When systems are down' });
    const openLink = (title: string): Promise<void> =>
      dialog.getByRole('button', { name: `Open in browser: ${title}` }).click();
    await watchBrowser(lanyard);

    // Nobody is signed in.
    await shell.getByRole('button', { name: 'When systems are down' }).click();
    await expect(dialog).toContainText('01632 960001');
    await openLink('Forms to print');
    await expect.poll(() => opened(lanyard)).toEqual(['https://downtime.example/forms?ward=7']);
    await shell.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);

    await lanyard.signIn('amara.test', DEMO_PASSWORD);
    await endBoth();

    // A search fails and says so; the page says what to do meanwhile, over the pages of the systems.
    const search = shell.getByRole('searchbox', { name: 'Find a patient' });
    await search.fill('9990000018');
    await search.press('Enter');
    await expect(shell.getByRole('alert').first()).toBeVisible();
    await expect(search).toHaveValue('999 000 0018');
    await lanyard.chooseOfAccount('When systems are down');
    await expect(dialog).toContainText('Write the time on every sheet.');
    await openLink('Status of the systems');
    await expect
      .poll(() => opened(lanyard))
      .toEqual(['https://downtime.example/forms?ward=7', 'https://status.example/']);

    // An address is never taken from a page: only a place in the list.
    const beyond = await shell.evaluate(() => window.lanyard.call('downtime.openLink', { link: 2 }));
    expect(beyond).toMatchObject({ ok: false, code: 'bad-request' });
    await dialog.getByRole('button', { name: 'Close' }).click();
    await expect(search).toHaveValue('999 000 0018');

    expect(lanyard.audit().filter(({ type }) => type === 'outside.opened')).toEqual([
      { type: 'outside.opened', systemId: null, host: 'downtime.example' },
      { type: 'outside.opened', systemId: null, host: 'status.example' },
    ]);

    // The next who comes finds it on the sign-in page, with the directory still gone.
    await shell.getByRole('button', { name: 'Sign out', exact: true }).click();
    await shell.getByLabel('User name').waitFor();
    await shell.getByRole('button', { name: 'When systems are down' }).click();
    await expect(dialog).toContainText('01632 960001');
  } finally {
    await endBoth();
  }
});
