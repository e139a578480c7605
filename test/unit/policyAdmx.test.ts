/** What administrators set policies with: fresh, well-formed, every reference resolved, and understood by Lanyard itself. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { policyFiles } from '../../build/admx.js';
import { overlayPolicy, type PolicyValue } from '../../main/policy/policyOverlay.js';

const files = await policyFiles();
const textOf = (ending: string): string => [...files].find(([file]) => file.endsWith(ending))?.[1] ?? '';
const admx = textOf('.admx');
const adml = textOf('.adml');
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found]) => found ?? '');

test.each([...files].map(([file, text]) => [path.basename(file), file, text]))(
  '%s is fresh (else: npx tsx build/admx.ts)',
  (_name, file, text) => {
    expect(fs.readFileSync(file, 'utf8')).toBe(text);
  },
);

test.each(['.admx', '.adml'])('%s is well-formed', (ending) => {
  execFileSync('xmllint', ['--noout', '-'], { input: textOf(ending), stdio: ['pipe', 'ignore', 'pipe'] });
});

test('every text, presentation, value and category that is referred to is there, once', () => {
  const strings = all(adml, /<string id="(\w+)">/g);
  expect(new Set(strings).size).toBe(strings.length);
  expect(all(admx, /\$\(string\.(\w+)\)/g).filter((id) => !strings.includes(id))).toEqual([]);
  const presentations = all(adml, /<presentation id="(\w+)">/g);
  expect(all(admx, /\$\(presentation\.(\w+)\)/g).toSorted()).toEqual(presentations.toSorted());
  expect(all(admx, /<(?:text|decimal|enum|multiText|list) id="(\w+)"/g).toSorted()).toEqual(
    all(adml, /refId="(\w+)"/g).toSorted(),
  );
  const categories = all(admx, /<category name="(\w+)"/g);
  expect(new Set(categories).size).toBe(categories.length);
  expect(all(admx, /<parentCategory ref="(\w+)"/g).filter((id) => !categories.includes(id))).toEqual([]);
});

describe('what the editor would write is what Lanyard reads', () => {
  const policies = [...admx.matchAll(/<policy name="(\w+)".*?<\/policy>/g)].map(([whole, id]) => ({ id, whole }));
  test('there are policies', () => {
    expect(policies.length).toBeGreaterThan(40);
  });

  test.each(policies.map(({ id, whole }) => [id, whole]))('%s', (_id, whole) => {
    const key = (/ key="Software\\Policies\\Lanyard([^"]*)"/.exec(whole)?.[1] ?? 'none').split('\\').filter(Boolean);
    const value = (type: string, data: string, name = / valueName="([^"]+)"/.exec(whole)?.[1] ?? ''): PolicyValue => ({
      key,
      name,
      type,
      data,
    });
    const written = (): PolicyValue => {
      if (whole.includes('<enabledValue>')) return value('REG_DWORD', '0x1');
      const least = /<decimal .* minValue="(\d+)"/.exec(whole)?.[1];
      if (least !== undefined) return value('REG_DWORD', `0x${Number(least).toString(16)}`);
      const choice = /<value><string>([^<]+)</.exec(whole)?.[1];
      if (choice !== undefined) return value('REG_SZ', choice);
      if (whole.includes('<multiText')) return value('REG_MULTI_SZ', 'one\\0two');
      const list = /<list .* key="Software\\Policies\\Lanyard([^"]*)"/.exec(whole)?.[1];
      if (list !== undefined)
        return { key: list.split('\\').filter(Boolean), name: 'name', type: 'REG_SZ', data: 'value' };
      return value('REG_SZ', '[]');
    };
    expect(overlayPolicy({}, [written()]).problems).toEqual([]);
  });
});
