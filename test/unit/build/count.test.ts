import { describe, expect, it } from 'vitest';
import { countExitCode, countPlaywright, countVitest } from '../../../build/tests/count.js';

describe('a check without a report', () => {
  it('passes when it ends with 0', () => {
    expect(countExitCode('eslint', '0')).toEqual({ passed: 1, failed: [] });
  });
  it.each(['1', 'SIGKILL', 'late: not done in 5 minutes'])('fails when it ends with %s', (ending) => {
    expect(countExitCode('eslint', ending)).toEqual({ passed: 0, failed: [`eslint (ended with ${ending})`] });
  });
});

describe('a report of Vitest', () => {
  const file = (status: string, ...tests: [name: string, status: string][]) => ({
    name: 'a.test.ts',
    status,
    assertionResults: tests.map(([fullName, outcome]) => ({ fullName, status: outcome })),
  });
  const count = (ended: string, ...testResults: object[]) => countVitest('vitest', ended, { testResults });

  it('counts what passed', () => {
    expect(count('0', file('passed', ['one', 'passed'], ['two', 'passed']))).toEqual({ passed: 2, failed: [] });
  });
  it('names what failed', () => {
    expect(count('1', file('failed', ['one', 'passed'], ['two', 'failed']))).toEqual({ passed: 1, failed: ['two'] });
  });
  it('says what was wrong, on one line and not without end', () => {
    const reasons = {
      fullName: 'one',
      status: 'failed',
      failureMessages: [`expected \u001B[31m1\u001B[39m\n  to be 2 ${'x'.repeat(1000)}`],
    };
    const [failure = ''] = count('1', { ...file('failed'), assertionResults: [reasons] }).failed;
    expect(failure).toMatch(/^one: expected 1 to be 2 x+ …$/);
    expect(failure.length).toBeLessThan(500);
  });
  it.each(['skipped', 'pending', 'todo', 'disabled'])('counts a test that is %s as failed', (status) => {
    const { passed, failed } = count('0', file('passed', ['one', 'passed'], ['two', status]));
    expect({ passed, failed }).toEqual({ passed: 1, failed: [`two (${status})`] });
  });
  it('counts a file that could not be loaded', () => {
    expect(count('1', file('failed')).failed).toEqual(['a.test.ts: the file itself']);
  });
  it('counts a file that failed around its passing tests', () => {
    const { passed, failed } = count('1', file('failed', ['one', 'passed']));
    expect({ passed, failed }).toEqual({ passed: 1, failed: ['a.test.ts: the file itself'] });
  });
  it('fails a run without tests', () => {
    expect(count('0').failed).toEqual(['vitest ran no test']);
  });
  it('fails a run whose exit code nothing explains', () => {
    const { passed, failed } = count('1', file('passed', ['one', 'passed']));
    expect({ passed, failed }).toEqual({ passed: 1, failed: ['vitest ended with 1 although no test failed'] });
  });
  it.each([undefined, null, 7, {}, { testResults: 'none' }])('fails when the report is %j', (report) => {
    expect(countVitest('vitest', '0', report)).toEqual({
      passed: 0,
      failed: ['vitest wrote no readable report (ended with 0)'],
    });
  });
});

describe('a report of Playwright', () => {
  const spec = (title: string, status: string) => ({ title, tests: [{ status, projectName: '' }] });
  const report = (specs: object[], errors: object[] = []) => ({
    suites: [{ title: 'a.spec.ts', specs: [], suites: [{ title: 'sign-in', specs }] }],
    errors,
  });

  it('counts what passed, in suites within suites', () => {
    expect(countPlaywright('e2e', '0', report([spec('one', 'expected'), spec('two', 'expected')]))).toEqual({
      passed: 2,
      failed: [],
    });
  });
  it('names what failed by its path', () => {
    expect(countPlaywright('e2e', '1', report([spec('one', 'unexpected')])).failed).toEqual([
      'a.spec.ts › sign-in › one',
    ]);
  });
  it('says what was wrong', () => {
    const results = [{ errors: [{ message: '\u001B[2mexpect(\u001B[22mreceived)\n\nExpected: 1' }] }];
    const failing = { title: 'one', tests: [{ status: 'unexpected', projectName: '', results }] };
    expect(countPlaywright('e2e', '1', report([failing])).failed).toEqual([
      'a.spec.ts › sign-in › one: expect(received) Expected: 1',
    ]);
  });
  it.each(['skipped', 'flaky'])('counts a %s test as failed', (status) => {
    expect(countPlaywright('e2e', '0', report([spec('one', status)]))).toEqual({
      passed: 0,
      failed: [`a.spec.ts › sign-in › one (${status})`],
    });
  });
  it('counts an error outside every test', () => {
    const { failed } = countPlaywright('e2e', '1', report([spec('one', 'expected')], [{ message: 'no screen\nat x' }]));
    expect(failed).toEqual(['no screen']);
  });
  it('fails a run without tests', () => {
    expect(countPlaywright('e2e', '0', { suites: [], errors: [] }).failed).toEqual(['e2e ran no test']);
  });
});
