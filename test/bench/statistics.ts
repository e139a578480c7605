/** What many measurements say together. */

/** The value below which the share `q` (0 … 1) of the values lies, interpolated between neighbours. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new RangeError('nothing was measured');
  const sorted = [...values].sort((one, other) => one - other);
  const at = (sorted.length - 1) * q;
  const below = sorted[Math.floor(at)] ?? NaN;
  const above = sorted[Math.ceil(at)] ?? NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The slope of the straight line through (x, y) with the least squares. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  if (points.length < 2) throw new RangeError('a line needs two points');
  const meanOf = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const meanX = meanOf(0);
  const meanY = meanOf(1);
  const up = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const along = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return up / along;
}
