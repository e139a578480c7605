/**
 * `npm run bench [-- PART …] [--long] [--changes N]`: every part, or those named; `--long` and `--changes` set how many
 * patient changes the search for growth makes. Figures are printed and written to test-results/bench.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundle } from '../../build/bundle.js';
import { withEndings } from './bench.js';
import { parts } from './index.js';
import { Report } from './report.js';
import { prepareRuntime } from './runtime.js';
import { openWard } from './ward.js';

const RESULTS = path.resolve(import.meta.dirname, '../../test-results/bench.json');
const CHANGES = 300;
const CHANGES_LONG = 2_000;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { long: { type: 'boolean', default: false }, changes: { type: 'string' } },
});
const unknown = positionals.filter((name) => !parts.some((part) => part.name === name));
const changes = values.changes === undefined ? (values.long ? CHANGES_LONG : CHANGES) : Number(values.changes);
if (unknown.length > 0 || !Number.isSafeInteger(changes) || changes < 20) {
  say(unknown.length > 0 ? `There is no part ${unknown.join(', ')}.` : '--changes takes a whole number from 20.');
  say(`npm run bench [-- PART …] [--long] [--changes N]\nParts: ${parts.map(({ name }) => name).join(' ')}`);
  process.exit(64);
}

await withEndings(async (keep) => {
  const built = await bundle();
  const runtime = await prepareRuntime();
  keep(runtime, runtime.remove);
  const ward = await openWard();
  keep(ward, () => ward.close());
  const machine = {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGB: Math.round(totalmem() / 1e9),
    loadAtStart: loadavg().map((load) => Math.round(load * 100) / 100),
    electron: runtime.electron,
    node: process.versions.node,
  };
  const begun = new Date();
  say(
    `${machine.cores} × ${machine.processor}, ${machine.memoryGB} GB, Electron ${machine.electron}, Node ${machine.node}`,
  );
  say(`Load average at the start: ${machine.loadAtStart.join(', ')}. Only ratios within one run mean anything.`);
  const report = new Report(say);
  const chosen = positionals.length === 0 ? parts : parts.filter(({ name }) => positionals.includes(name));
  for (const part of chosen) {
    report.begin(part.name, part.about);
    await part.run({ runtime, ward, report, changes });
  }
  const seconds = Math.round((Date.now() - begun.getTime()) / 1000);
  const missed = report.figures.filter(({ met }) => met === false).length;
  const met = report.figures.filter((figure) => figure.met === true).length;
  mkdirSync(path.dirname(RESULTS), { recursive: true });
  const { figures, notes } = report;
  const results = { begun: begun.toISOString(), seconds, built, machine, changes, figures, notes };
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  say(`\n${met} goals met, ${missed} missed, in ${seconds} s. Written to ${path.relative(process.cwd(), RESULTS)}.`);
});
