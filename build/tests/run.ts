/** Runs the stages of `npm test` one after the other and sums up what their programs reported. */
import { spawn, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { endProcess, endingOf } from '../processes.js';
import { isRoot, privilege } from '../setup/commands.mjs';
import { say, seconds } from '../setup/say.mjs';
import { type Count, countExitCode, countPlaywright, countVitest } from './count.js';
import { type Check, type Stage, STAGES } from './stages.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const REPORTS = path.join(ROOT, 'test-results/reports');

/**
 * @param wanted names of stages; none = all
 * @returns the exit code: 0 only when something ran and everything passed. Its last line is "N passed, N failed".
 */
export async function runStages(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((name) => !STAGES.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    console.error(`No such stage: ${unknown.join(', ')}. There are: ${STAGES.map((stage) => stage.name).join(', ')}.`);
    return 64;
  }
  const stages = STAGES.filter((stage) => wanted.length === 0 || wanted.includes(stage.name));
  const summary: { name: string; count: Count; milliseconds: number }[] = [];
  for (const [index, stage] of stages.entries()) {
    say(`\n── ${stage.name} (${index + 1} of ${stages.length}) ${'─'.repeat(60)}`);
    const started = performance.now();
    const count = await runStage(stage);
    const milliseconds = performance.now() - started;
    summary.push({ name: stage.name, count, milliseconds });
    say(`${stage.name}: ${line(count)} (${seconds(milliseconds)})`);
  }

  const total = add(summary.map(({ count }) => count));
  say('\n── summary');
  for (const { name, count, milliseconds } of summary)
    say(`${name.padEnd(10)} ${line(count).padEnd(24)} ${seconds(milliseconds)}`);
  for (const { name, count } of summary) for (const failure of count.failed) say(`FAILED ${name}: ${failure}`);
  say(line(total));
  return total.failed.length === 0 && total.passed > 0 ? 0 : 1;
}

async function runStage(stage: Stage): Promise<Count> {
  const counts: Count[] = [];
  for (const check of stage.checks) counts.push(await runCheck(check));
  return add(counts);
}

async function runCheck(check: Check): Promise<Count> {
  say(`· ${check.name}`);
  const [file, ...args] = check.script;
  if (!existsSync(path.join(ROOT, file))) return { passed: 0, failed: [`${check.name}: ${file} is missing`] };
  if (check.asRoot && privilege() === 'none')
    return { passed: 0, failed: [`${check.name} needs root or sudo: it starts real servers (Samba, Apache)`] };

  const reportFile = path.join(REPORTS, `${check.name.replaceAll(/\W+/g, '-')}.json`);
  rmSync(reportFile, { force: true });
  mkdirSync(REPORTS, { recursive: true });
  const { environment, extra } = reporting(check, reportFile);
  const command = [process.execPath, file, ...args, ...extra];
  const ended = await runToEnd(check.asRoot && !isRoot ? withSudo(command, environment) : command, environment, check);
  if (check.asRoot && !isRoot) takeBack();

  if (check.report === 'exit code') return countExitCode(check.name, ended);
  const report = readReport(reportFile);
  return (check.report === 'vitest' ? countVitest : countPlaywright)(check.name, ended, report);
}

/** Undefined where there is none, or half of one: the runner was ended while it wrote. */
function readReport(file: string): unknown {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    say(`${file} cannot be read: ${String(error)}`);
    return undefined;
  }
}

/** How each runner is told to write its report beside what it prints. */
function reporting({ report }: Check, file: string): { environment: Record<string, string>; extra: string[] } {
  if (report === 'vitest')
    return { environment: {}, extra: ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`] };
  if (report === 'playwright')
    return { environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: file }, extra: ['--reporter=list,json'] };
  return { environment: {}, extra: [] };
}

/** @returns "0", another exit code, the signal's name, or "late: …" */
async function runToEnd(command: string[], environment: Record<string, string>, { minutes }: Check): Promise<string> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd: ROOT, env: { ...process.env, ...environment }, stdio: 'inherit' });
  const late = new AbortController();
  const deadline = setTimeout(() => {
    late.abort();
    void endProcess(child);
  }, minutes * 60_000);
  const ending = await endingOf(child);
  clearTimeout(deadline);
  return late.signal.aborted ? `late: not done in ${minutes} minutes` : ending;
}

/** sudo keeps neither PATH nor our variables, so env(1) hands them over; SUDO_USER tells who runs Electron. */
function withSudo(command: readonly string[], environment: Record<string, string>): string[] {
  const kept = { PATH: process.env['PATH'], CI: process.env['CI'], ...environment };
  const variables = Object.entries(kept).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  return ['sudo', '--', 'env', ...variables, ...command];
}

/** What root left in our folders becomes ours again. */
function takeBack(): void {
  const owner = `${String(process.getuid?.())}:${String(process.getgid?.())}`;
  const folders = ['test-results', 'dist', 'release', 'coverage'].map((name) => path.join(ROOT, name));
  execFileSync('sudo', ['--', 'chown', '-R', '-h', owner, ...folders.filter((folder) => existsSync(folder))]);
}

function add(counts: readonly Count[]): Count {
  return {
    passed: counts.reduce((sum, count) => sum + count.passed, 0),
    failed: counts.flatMap((count) => count.failed),
  };
}

function line(count: Count): string {
  return `${count.passed} passed, ${count.failed.length} failed`;
}
