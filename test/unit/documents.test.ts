import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Files of ours named in running text or in code: main/context/followedTab.ts */
const named =
  /(?<![\w/.-])(?:main|preload|renderer|build|test|docs|server)\/[\w./-]+\.(?:ts|tsx|mjs|js|json|md|yml|png)\b/gu;
/** Links of Markdown that stay in the repository. */
const links = /\]\((?!https?:|#|mailto:)([^)#]+)/gu;

test.each(documents)('every file that %s names exists', (document) => {
  const text = readFileSync(path.join(root, document), 'utf8');
  const missing = [...text.matchAll(named)].map(([file]) => file).filter((file) => !existsSync(path.join(root, file)));
  expect(missing).toEqual([]);
});

test.each(documents)('every link in %s leads somewhere', (document) => {
  const text = readFileSync(path.join(root, document), 'utf8');
  const folder = path.dirname(path.join(root, document));
  const broken = [...text.matchAll(links)].flatMap(([, target = '']) =>
    existsSync(path.join(folder, target)) ? [] : [target],
  );
  expect(broken).toEqual([]);
});
