/** What the audit server is told on the command line. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type AuditServer, startAuditServer } from './auditServer.js';
import { readServerConfiguration, type ServerConfiguration } from './configuration.js';
import { makeTrial, type Trial } from './trial.js';

/** sysexits.h: EX_USAGE, EX_CONFIG; 1: it did not work. */
const EXIT = { done: 0, failed: 1, usage: 64, configuration: 78 } as const;
const CONFIGURATION = 'audit-server.json';

const usage = `Usage: audit-server [--config FILE] [COMMAND]
       audit-server --trial FOLDER --lanyard FILE

Without a command it runs until it is told to end (SIGTERM, Ctrl+C). FILE: ./${CONFIGURATION} unless said otherwise;
docs/AUDIT.md has an example.

  --trial FOLDER --lanyard FILE     makes everything for a try-out in FOLDER, with the directory and roles of a
                                    lanyard.json, starts, and says what to put into that file
  retain --months N                 deletes every month that is older, unless a hold keeps it
  hold NAME --because TEXT          keeps everything about a --patient NUMBER or a --user NAME
  release NAME                      ends a hold
  check                             computes every hash and the tree anew, and compares the newest checkpoint
  key                               prints the public key of the checkpoints, for the workstations' configuration

Exit code: 0 done; 1 it did not work; 64 not understood; 78 the configuration cannot be used.
`;

export async function runAuditServer(args: readonly string[]): Promise<number> {
  const asked = readArguments(args);
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n\n${usage}`);
    return EXIT.usage;
  }
  if (asked.values.help === true) {
    process.stdout.write(usage);
    return EXIT.done;
  }
  const { trial: trialFolder, lanyard } = asked.values;
  let trial: Trial | null = null;
  try {
    if (trialFolder !== undefined && lanyard !== undefined)
      trial = makeTrial(path.resolve(trialFolder), path.resolve(lanyard));
  } catch (error) {
    process.stderr.write(`${reason(error)}\n`);
    return EXIT.configuration;
  }
  const file = trial?.configuration ?? path.resolve(asked.values.config ?? CONFIGURATION);
  if (!existsSync(file)) {
    process.stderr.write(
      `There is no ${file}. docs/AUDIT.md has an example to begin with, --config FILE names another one, and --trial makes one.\n`,
    );
    return EXIT.configuration;
  }
  let configuration: ServerConfiguration;
  try {
    configuration = readServerConfiguration(file);
  } catch (error) {
    process.stderr.write(`${reason(error)}\n`);
    return EXIT.configuration;
  }
  let server: AuditServer;
  try {
    server = await startAuditServer(configuration, { version: version(), report });
  } catch (error) {
    process.stderr.write(`The audit server cannot start: ${reason(error)}\n`);
    return EXIT.failed;
  }
  try {
    if (trial) {
      const block = { server: { ...trial.workstation, checkpointKey: server.verifier } };
      process.stdout.write(
        `Put this into ${lanyard ?? ''}, and start Lanyard:\n"audit": ${JSON.stringify(block, null, 2)}\n`,
      );
    }
    return await obey(asked, server, configuration);
  } catch (error) {
    process.stderr.write(`${reason(error)}\n`);
    return EXIT.failed;
  } finally {
    await server.stop();
  }
}

type Asked = Exclude<ReturnType<typeof readArguments>, string>;

async function obey(
  { positionals, values }: Asked,
  server: AuditServer,
  configuration: ServerConfiguration,
): Promise<number> {
  const [command, name = ''] = positionals;
  const by = os.userInfo().username;
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  switch (command) {
    case 'key':
      say(server.verifier);
      return EXIT.done;
    case 'check': {
      const { records, altered, isSigned } = await server.check();
      for (const one of altered) say(`ALTERED: ${one}`);
      if (isSigned === false) say('ALTERED: the tree of these records is not the one that was signed');
      const isWhole = altered.length === 0 && isSigned !== false && server.agrees;
      say(`${records} records, ${altered.length} altered: ${isWhole ? 'WHOLE' : 'ALTERED'}`);
      return isWhole ? EXIT.done : EXIT.failed;
    }
    case 'retain': {
      const kept = await server.retention.keep(Number(values.months), by);
      for (const { month, deleted, keptBy } of kept)
        say(
          keptBy === null
            ? `${month}: ${deleted ?? 0} records deleted`
            : `${month}: kept by the legal hold "${keptBy}"`,
        );
      if (kept.length === 0) say('There is nothing so old.');
      return EXIT.done;
    }
    case 'hold': {
      const { patient, user, because = '' } = values;
      await server.retention.hold(
        { name, because, ...(patient !== undefined && { patient }), ...(user !== undefined && { user }) },
        by,
      );
      say(`"${name}" is held.`);
      return EXIT.done;
    }
    case 'release': {
      const was = await server.retention.release(name, by);
      say(was ? `"${name}" is held no more.` : `There is no hold "${name}".`);
      return was ? EXIT.done : EXIT.failed;
    }
    case undefined:
    default: {
      if (!server.agrees)
        process.stderr.write(
          'ALERT: the database does not hold what its checkpoints vouch for. It is on record. See docs/AUDIT.md\n',
        );
      say(`The audit server listens on ${configuration.listen.host}:${server.port}. Checkpoints: ${server.verifier}`);
      await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
      return EXIT.done;
    }
  }
}

function readArguments(args: readonly string[]) {
  try {
    const read = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        trial: { type: 'string' },
        lanyard: { type: 'string' },
        months: { type: 'string' },
        patient: { type: 'string' },
        user: { type: 'string' },
        because: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    const { positionals, values } = read;
    const [command, name, ...more] = positionals;
    if (more.length > 0) return `What is ${more.join(' ')}?`;
    if ((values.trial === undefined) !== (values.lanyard === undefined))
      return '--trial and --lanyard belong together.';
    if (values.trial !== undefined && values.config !== undefined)
      return '--trial makes a configuration: leave --config away.';
    if (command === 'retain' && !/^[1-9]\d{0,3}$/.test(values.months ?? '')) return 'How many --months are kept?';
    if ((command === 'hold' || command === 'release') && name === undefined)
      return `Which hold is to be ${command === 'hold' ? 'made' : 'released'}?`;
    if (command === 'hold' && (values.because ?? '').length < 10) return 'Why? --because takes at least 10 characters';
    if (command === 'hold' && values.patient === undefined && values.user === undefined)
      return 'Hold what? --patient or --user';
    if (command !== undefined && !['check', 'key', 'retain', 'hold', 'release'].includes(command))
      return `There is no command ${command}.`;
    return read;
  } catch (error) {
    if (error instanceof TypeError) return error.message; // parseArgs: an option it does not know
    throw error;
  }
}

function version(): string {
  const { version: text } = JSON.parse(readFileSync(path.join(import.meta.dirname, '../package.json'), 'utf8')) as {
    version: string;
  };
  return text;
}

function report(error: unknown): void {
  process.stderr.write(`${new Date().toISOString()} ${reason(error)}\n`);
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
