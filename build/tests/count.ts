/**
 * Counts tests from what the runners wrote down, and is hard to please: a skipped test is a failed one, so is a file
 * that could not be loaded, a run without tests, a missing report, and an exit code that the report does not explain.
 */
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

/** Characters. */
const REASON_LENGTH = 400;

export interface Count {
  readonly passed: number;
  /** One line per failure: its name and what was wrong. */
  readonly failed: readonly string[];
}

/** Of Vitest's JSON reporter, what is counted. */
const vitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          fullName: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

const playwrightTest = z.object({
  status: z.string(),
  projectName: z.string(),
  results: z.array(z.object({ errors: z.array(z.object({ message: z.string().optional() })).optional() })).optional(),
});
interface PlaywrightSuite {
  title: string;
  specs: { title: string; tests: z.infer<typeof playwrightTest>[] }[];
  suites?: PlaywrightSuite[] | undefined;
}
const playwrightSuite: z.ZodType<PlaywrightSuite> = z.lazy(() =>
  z.object({
    title: z.string(),
    specs: z.array(z.object({ title: z.string(), tests: z.array(playwrightTest) })),
    suites: z.array(playwrightSuite).optional(),
  }),
);
/** Of Playwright's JSON reporter, what is counted. */
const playwrightReport = z.object({
  suites: z.array(playwrightSuite),
  errors: z.array(z.object({ message: z.string().optional() })),
});

/** @param ended how the program ended: "0", another exit code, a signal, or "late" */
export function countExitCode(name: string, ended: string): Count {
  return ended === '0' ? { passed: 1, failed: [] } : { passed: 0, failed: [`${name} (ended with ${ended})`] };
}

/** @param report the parsed JSON, or undefined where none was written */
export function countVitest(name: string, ended: string, report: unknown): Count {
  const parsed = vitestReport.safeParse(report);
  if (!parsed.success) return { passed: 0, failed: [`${name} wrote no readable report (ended with ${ended})`] };
  const outcomes = parsed.data.testResults.flatMap((file): Outcome[] => {
    const tests = file.assertionResults.map((test) => ({
      name: test.fullName,
      status: test.status,
      reason: test.failureMessages?.[0],
    }));
    const couldNotLoad = file.status !== 'passed' && tests.every((test) => test.status === 'passed');
    return couldNotLoad ? [...tests, { name: `${file.name}: the file itself`, status: 'failed' }] : tests;
  });
  return tally(name, ended, outcomes, 'passed');
}

/** @param report the parsed JSON, or undefined where none was written */
export function countPlaywright(name: string, ended: string, report: unknown): Count {
  const parsed = playwrightReport.safeParse(report);
  if (!parsed.success) return { passed: 0, failed: [`${name} wrote no readable report (ended with ${ended})`] };
  const outcomes = [
    ...parsed.data.suites.flatMap((suite) => outcomesOf(suite, [])),
    ...parsed.data.errors.map((error) => ({ name: firstLine(error.message ?? 'error'), status: 'failed' })),
  ];
  return tally(name, ended, outcomes, 'expected');
}

interface Outcome {
  readonly name: string;
  readonly status: string;
  readonly reason?: string | undefined;
}

function outcomesOf(suite: PlaywrightSuite, above: readonly string[]): Outcome[] {
  const path = suite.title === '' ? above : [...above, suite.title];
  return [
    ...suite.specs.flatMap((spec) =>
      spec.tests.map((test) => ({
        name: [...path, spec.title].join(' › '),
        status: test.status,
        reason: test.results?.flatMap(({ errors }) => errors ?? [])[0]?.message,
      })),
    ),
    ...(suite.suites ?? []).flatMap((inner) => outcomesOf(inner, path)),
  ];
}

function tally(name: string, ended: string, outcomes: readonly Outcome[], good: string): Count {
  const bad = outcomes.filter((outcome) => outcome.status !== good);
  const failed = bad.map(
    ({ name: test, status, reason }) =>
      test +
      (status === 'failed' || status === 'unexpected' ? '' : ` (${status})`) +
      (reason === undefined ? '' : `: ${onOneLine(reason)}`),
  );
  if (outcomes.length === 0) failed.push(`${name} ran no test`);
  if (failed.length === 0 && ended !== '0') failed.push(`${name} ended with ${ended} although no test failed`);
  return { passed: outcomes.length - bad.length, failed };
}

/** A run is often judged by its last lines alone. */
function onOneLine(reason: string): string {
  const words = stripVTControlCharacters(reason).replaceAll(/\s+/g, ' ').trim();
  return words.length > REASON_LENGTH ? `${words.slice(0, REASON_LENGTH)} …` : words;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
