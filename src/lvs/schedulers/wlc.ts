import { choiceOf, leastPerWeight, overhead } from './load.ts';
import type { Candidate, Scheduler } from './scheduler.ts';

/** Weighted least connection: the least overhead per weight (ip_vs_wlc.c; recorded in wlc-*). */
export function startWlc<D extends Candidate>(): Scheduler<D> {
  return { schedule: (list) => choiceOf(leastPerWeight(list, overhead), list) };
}
