import { expect, test } from 'vitest';
import { median, quantile, slope } from '../bench/statistics.js';

test('a quantile lies between its neighbours', () => {
  expect(quantile([40, 10, 30, 20], 0.5)).toBe(25);
  expect(quantile([10, 20], 0.95)).toBeCloseTo(19.5);
});

test('the first and the last quantile are the least and the most', () => {
  expect([quantile([3, 1, 2], 0), quantile([3, 1, 2], 1)]).toEqual([1, 3]);
});

test('the median of one value is that value', () => {
  expect(median([7])).toBe(7);
});

test('nothing measured has no quantile', () => {
  expect(() => quantile([], 0.5)).toThrow('nothing was measured');
});

test('the slope is that of the straight line through the points', () => {
  expect(
    slope([
      [0, 100],
      [10, 102],
      [20, 104],
    ]),
  ).toBeCloseTo(0.2);
});

test('one point has no slope', () => {
  expect(() => slope([[0, 1]])).toThrow('two points');
});
