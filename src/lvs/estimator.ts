import { newTally, TALLY_FIELDS, type Tally } from './counters.ts';
import type { Rates } from './statistics.ts';

/** Milliseconds between two steps of the estimator. */
export const ESTIMATION_PERIOD = 2000;

/** Fixed point of the averages: counts per second are kept times 2^10, bytes per second times 2^5 (ip_vs_est.c). */
const SCALE: Record<keyof Tally, number> = {
  connections: 1024,
  inPackets: 1024,
  outPackets: 1024,
  inBytes: 32,
  outBytes: 32,
};

/** Averages in fixed point, and the totals at the last step. */
export interface Estimator {
  last: Tally;
  average: Tally;
}

export function newEstimator(): Estimator {
  return { last: newTally(), average: newTally() };
}

/** One step, every 2 s: the average moves a quarter of the way to the rate of the last period, rounded down. */
export function stepEstimator(estimator: Estimator, tally: Tally): void {
  for (const field of TALLY_FIELDS) {
    const rate = (tally[field] - estimator.last[field]) * (SCALE[field] / 2);
    estimator.average[field] += Math.floor((rate - estimator.average[field]) / 4);
    estimator.last[field] = tally[field];
  }
}

/** Forgets the averages, as zeroing the counters does. */
export function zeroEstimator(estimator: Estimator, tally: Tally): void {
  estimator.last = { ...tally };
  estimator.average = newTally();
}

/** True if the averages are 0, and stay so as long as nothing is counted. */
export function isAtRest({ average }: Estimator): boolean {
  return TALLY_FIELDS.every((field) => average[field] === 0);
}

/** The averages as they are shown: whole numbers per second, rounded up except for the last bit of the fixed point. */
export function ratesOf({ average }: Estimator): Rates {
  const shown = (field: keyof Tally) => Math.floor((average[field] + SCALE[field] / 2 - 1) / SCALE[field]);
  return {
    connections: shown('connections'),
    inPackets: shown('inPackets'),
    outPackets: shown('outPackets'),
    inBytes: shown('inBytes'),
    outBytes: shown('outBytes'),
  };
}
