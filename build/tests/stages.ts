/** What `npm test` runs, in this order. A stage is a line of the summary; a check is one program. */

/** How a program's outcome is counted: by its exit code alone, or from the report it writes. */
type Report = 'exit code' | 'vitest' | 'playwright';

export interface Check {
  readonly name: string;
  /** A script of node_modules or of ours, and its arguments; Node runs it. */
  readonly script: readonly [file: string, ...args: string[]];
  readonly report: Report;
  /** Whether it starts real servers (Samba, Apache) that only root can start. */
  readonly asRoot?: true;
  /** It is ended, and counts as failed, after so many minutes. */
  readonly minutes: number;
}

export interface Stage {
  readonly name: string;
  readonly checks: readonly Check[];
}

const TSX = 'node_modules/tsx/dist/cli.mjs';
const VITEST = 'node_modules/vitest/vitest.mjs';
const PLAYWRIGHT = 'node_modules/@playwright/test/cli.js';

export const STAGES: readonly Stage[] = [
  {
    name: 'types',
    checks: [
      { name: 'typescript', script: ['node_modules/typescript/bin/tsc', '-p', '.'], report: 'exit code', minutes: 5 },
    ],
  },
  {
    name: 'lint',
    checks: [
      { name: 'eslint', script: ['node_modules/eslint/bin/eslint.js', '.'], report: 'exit code', minutes: 10 },
      {
        name: 'prettier',
        script: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
        report: 'exit code',
        minutes: 5,
      },
      {
        name: 'module rules (dependency-cruiser)',
        script: [
          'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
          'main',
          'preload',
          'renderer',
          'server',
          'test',
          'build',
        ],
        report: 'exit code',
        minutes: 5,
      },
      { name: 'unused code (knip)', script: ['node_modules/knip/bin/knip.js'], report: 'exit code', minutes: 5 },
    ],
  },
  {
    name: 'unit',
    checks: [{ name: 'vitest', script: [VITEST, 'run', '--coverage'], report: 'vitest', minutes: 15 }],
  },
  {
    name: 'build',
    checks: [{ name: 'vite', script: [TSX, 'build/bundle.ts'], report: 'exit code', minutes: 5 }],
  },
  {
    name: 'real',
    checks: [
      {
        name: 'vitest with real systems',
        script: [VITEST, 'run', '--config', 'vitest.real.config.ts'],
        report: 'vitest',
        asRoot: true,
        minutes: 20,
      },
    ],
  },
  {
    name: 'e2e',
    checks: [{ name: 'playwright', script: [PLAYWRIGHT, 'test'], report: 'playwright', asRoot: true, minutes: 30 }],
  },
  {
    name: 'screens',
    checks: [
      {
        name: 'playwright on every screen',
        script: [PLAYWRIGHT, 'test', '--config', 'playwright.screens.config.ts'],
        report: 'playwright',
        minutes: 10,
      },
    ],
  },
  {
    name: 'packaged',
    checks: [
      { name: 'packaging', script: [TSX, 'build/package.ts'], report: 'exit code', minutes: 5 },
      {
        name: 'playwright on the package',
        script: [PLAYWRIGHT, 'test', '--config', 'playwright.packaged.config.ts'],
        report: 'playwright',
        asRoot: true,
        minutes: 15,
      },
    ],
  },
];
