/** What a row of samples comes to. */
export interface Summary {
  median: number;
  least: number;
  most: number;
}

/** The middle value, or the mean of the two middle ones. NaN where there is none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Undefined where no sample succeeded. A sample that failed is null. */
export function summarise(samples: readonly (number | null)[]): Summary | undefined {
  const values = samples.filter((sample) => sample !== null);
  if (values.length === 0) return undefined;
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/**
 * How many times the base: the median of the quotients of each round. Both runs of a round stand side by side in time, so
 * that what else the machine does in that moment falls on both. Rounds in which either failed are left out.
 * @returns undefined where no round has both
 */
export function pairedRatio(samples: readonly (number | null)[], base: readonly (number | null)[]): number | undefined {
  const quotients = samples.flatMap((sample, round) => {
    const other = base[round] ?? null;
    return sample === null || other === null || other === 0 ? [] : [sample / other];
  });
  return quotients.length === 0 ? undefined : median(quotients);
}
