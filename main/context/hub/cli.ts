/** `npm run hub`: the hub alone, under plain Node, for vendors who test their client. */
import { pathToFileURL } from 'node:url';
import { LanyardError } from '../../domain/errors.js';
import { parseHubArguments, usage } from './cliArguments.js';
import { endWithParent } from './endWithParent.js';
import { startHub } from './hub.js';
import { ANY_TOPIC } from './tokenRegistry.js';

/** sysexits.h: the command was used wrongly; something about this machine's set-up is in the way. */
export const EXIT = { usage: 64, configuration: 78 } as const;

const LIFE = 24 * 60 * 60 * 1000;

export interface Console {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/**
 * Starts the hub. @returns how to stop it, or the exit code of a refusal
 * @param isPackaged whether this is an installed Lanyard, which never accepts any topic
 */
export async function runHub(
  args: readonly string[],
  { out, err }: Console,
  isPackaged: boolean,
): Promise<(() => Promise<void>) | number> {
  const parsed = parseHubArguments(args);
  if ('complaint' in parsed) {
    err(`hub: ${parsed.complaint}\n\n${usage}`);
    return EXIT.usage;
  }
  const { port, token, openTopics } = parsed.arguments;
  if (openTopics && isPackaged) {
    err('hub: --open-topics is refused in an installed Lanyard\n');
    return EXIT.configuration;
  }
  try {
    const report = (error: unknown) => {
      err(`hub: unforeseen: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    };
    const hub = await startHub({ port, report });
    const topic = openTopics ? null : hub.tokens.openTopic();
    const grant = {
      topic: topic ?? ANY_TOPIC,
      scopes: 'fhircast/*.*',
      expiresAt: Date.now() + LIFE,
      subscriberName: null,
    } as const;
    const made = token === null ? hub.tokens.grant(grant) : null;
    if (token !== null) hub.tokens.add(token, grant);
    const line = {
      'hub.url': hub.url,
      ...(topic === null ? {} : { 'hub.topic': topic }),
      ...(made === null ? {} : { access_token: made }),
    };
    out(`${JSON.stringify(line)}\n`);
    return () => hub.close();
  } catch (error) {
    if (!(error instanceof LanyardError)) throw error;
    err(`hub: ${error.message}\n`);
    return EXIT.configuration;
  }
}

/** Inside an archive of the program, or under Electron's own runtime when it was not started for development. */
export function isPackagedBuild(moduleUrl: string, process: { versions: object; defaultApp?: boolean }): boolean {
  return moduleUrl.includes('.asar/') || ('electron' in process.versions && process.defaultApp !== true);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const terminal: Console = {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
  };
  const stop = await runHub(process.argv.slice(2), terminal, isPackagedBuild(import.meta.url, process));
  if (typeof stop === 'number') process.exit(stop);
  const end = () => {
    stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end);
  if (process.env['npm_lifecycle_event'] !== undefined) endWithParent(() => process.ppid, end);
}
