import { expect, test } from 'vitest';
import { type Figure, Report } from '../bench/report.js';

function reported(figure: Omit<Figure, 'name' | 'unit'>) {
  const lines: string[] = [];
  const report = new Report((line) => lines.push(line));
  report.begin('part', 'what it measures');
  report.add({ name: 'something', unit: 'ms', ...figure });
  return { line: lines.at(-1) ?? '', judged: report.figures[0] };
}

test('a figure stands beside its floor, its ratio and its goal', () => {
  const { line, judged } = reported({ value: 115, floor: 100, goal: { ratio: 1.15 }, count: 8 });
  expect(line.replace(/ +/g, ' ')).toBe(' something 115 ms floor 100 1.15 × goal ≤ 1.15 ×: met (n = 8)');
  expect(judged).toMatchObject({ part: 'part', ratio: 1.15, met: true });
});

test('a ratio above its goal is missed', () => {
  expect(reported({ value: 116, floor: 100, goal: { ratio: 1.15 } }).judged?.met).toBe(false);
});

test('a goal for the value itself needs no floor', () => {
  expect(reported({ value: 33, goal: { value: 33 } }).judged?.met).toBe(true);
  expect(reported({ value: 33.1, goal: { value: 33 } }).judged?.met).toBe(false);
});

test('a figure without a goal is neither met nor missed', () => {
  expect(reported({ value: 1 }).judged?.met).toBeNull();
});

test('a goal for a ratio without a floor is a mistake of the bench', () => {
  expect(() => reported({ value: 1, goal: { ratio: 1 } })).toThrow('a ratio needs a floor');
});
