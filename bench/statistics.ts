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

/** The values between which the middle half of them lies: a quarter is below, a quarter above (nearest ranks). */
export function quartiles(values: readonly number[]): [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const quarter = Math.floor(sorted.length / 4);
  return [sorted[quarter] ?? Number.NaN, sorted[sorted.length - 1 - quarter] ?? Number.NaN];
}

/** The quotients of each round with the base's run of the same round. Rounds in which either failed are left out. */
export function pairedQuotients(samples: readonly (number | null)[], base: readonly (number | null)[]): number[] {
  return samples.flatMap((sample, round) => {
    const other = base[round] ?? null;
    return sample === null || other === null || other === 0 ? [] : [sample / other];
  });
}

/**
 * How many times the base: the median of the quotients of each round. Both runs of a round stand side by side in time, so
 * that what else the machine does in that moment falls on both.
 * @returns undefined where no round has both
 */
export function pairedRatio(samples: readonly (number | null)[], base: readonly (number | null)[]): number | undefined {
  const quotients = pairedQuotients(samples, base);
  return quotients.length === 0 ? undefined : median(quotients);
}

/** The value that a share of the values does not exceed: 0.99 for the 99th percentile. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
