// @ts-check
/** The names of the ward's test servers, in /etc/hosts: Kerberos and certificates need names, not numbers. */
import { readFileSync } from 'node:fs';
import { privilege, runAsRoot } from './commands.mjs';
import { say, SetUpStop } from './say.mjs';

/** Loopback addresses only: nothing here leaves the machine. */
export const HOST_NAMES = /** @type {const} */ ([
  ['127.0.88.10', 'dc1.ward.example.nhs'],
  ['127.0.88.30', 'epr.ward.example.nhs'],
  ['127.0.88.40', 'results.ward.example.nhs'],
  ['127.0.88.50', 'idp.ward.example.nhs'],
]);
const HOSTS = '/etc/hosts';

/**
 * The lines that a hosts file lacks. One name a line: reverse look-ups (Kerberos) take the first name of a line.
 * @param {string} text of the hosts file
 * @throws {SetUpStop} when a name stands there with another address
 */
export function missingHostLines(text) {
  /** @type {Map<string, string>} */
  const known = new Map();
  for (const line of text.split('\n')) {
    const [address, ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    for (const name of names) if (address && !known.has(name)) known.set(name, address);
  }
  return HOST_NAMES.filter(([address, name]) => {
    const found = known.get(name);
    if (found !== undefined && found !== address)
      throw new SetUpStop(`${HOSTS} says that ${name} is ${found}; the tests need ${address}. Please mend that line.`);
    return found === undefined;
  }).map(([address, name]) => `${address} ${name}`);
}

export async function addHostNames() {
  if (process.platform !== 'linux') return;
  const text = readFileSync(HOSTS, 'utf8');
  const lines = missingHostLines(text);
  if (lines.length === 0) return;
  if (privilege() === 'none')
    throw new SetUpStop(`Please add these lines to ${HOSTS} as root, then start again:\n\n  ${lines.join('\n  ')}\n`);
  say(`Adding to ${HOSTS}: ${lines.join(', ')}`);
  const input = `${text === '' || text.endsWith('\n') ? '' : '\n'}${lines.join('\n')}\n`;
  await runAsRoot('tee', ['-a', HOSTS], { input });
}
