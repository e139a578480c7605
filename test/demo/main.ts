/**
 * The process behind `npm start`: the demo hospital with its directory, until it is told to end.
 *
 *   tsx test/demo/main.ts --folder DIR [--cache DIR]
 *
 * Writes lanyard.json into DIR, says what it starts in plain lines, and at last prints one line of JSON:
 * {"ready":true,"config":"DIR/lanyard.json"}. Ends on SIGTERM and SIGINT.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { PackageProgress } from '../../build/registry-package.mjs';
import { createCertificateAuthority } from './certificates.js';
import { writeDemoConfiguration } from './configuration.js';
import { demoAccounts, demoDomain } from './directory/accounts.js';
import { startDemoDirectory } from './directory/demoDirectory.js';
import { startDemoHospital } from './hospital.js';

const { values } = parseArgs({ options: { folder: { type: 'string' }, cache: { type: 'string' } } });
if (values.folder === undefined) {
  process.stderr.write('Usage: tsx test/demo/main.ts --folder DIR [--cache DIR]\n');
  process.exit(64);
}
const folder = path.resolve(values.folder);

const ended = new Promise<void>((resolve) => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, resolve);
});

const authority = await createCertificateAuthority('Lanyard demo authority', new Date());
const [directory, hospital] = await Promise.all([
  authority
    .issue([demoDomain.controller])
    .then((certificate) => startDemoDirectory({ host: '127.0.0.1', port: 0, users: demoAccounts, certificate })),
  startDemoHospital({
    onProgress: tell,
    ...(values.cache !== undefined && { cacheFolder: path.resolve(values.cache) }),
  }),
]);
say(`Directory (LDAPS):   ${directory.url}`);
say(`Patient record:      ${hospital.systems.epr}/`);
say(`Results:             ${hospital.systems.results}/`);
say(`Shared care record:  ${hospital.systems.shared}/`);
say(`Images:              ${hospital.systems.pacs}/`);
say(`Growth chart:        ${hospital.systems.growth}/`);
say(`Patient index:       ${hospital.fhirBaseUrl}`);
say(`${hospital.population.length} invented patients; nothing here is real.`);
const config = await writeDemoConfiguration(folder, hospital, directory);
say(JSON.stringify({ ready: true, config }));

await ended;
await Promise.all([hospital.close(), directory.close()]);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function tell({ phase, receivedBytes, totalBytes, reason, pauseMs }: PackageProgress): void {
  const megabytes = (bytes: number | undefined) => `${Math.round((bytes ?? 0) / 1e6)} MB`;
  if (phase === 'downloading')
    say(`Fetching the image viewer: ${megabytes(receivedBytes)} of ${megabytes(totalBytes)}`);
  else if (phase === 'unpacking') say('Unpacking the image viewer.');
  else
    say(
      `The image viewer did not arrive (${reason ?? 'no reason given'}). Trying again in ${(pauseMs ?? 0) / 1000} s.`,
    );
}
