import { choiceOf, leastPerWeight } from './load.ts';
import type { Candidate, Scheduler } from './scheduler.ts';

/** Shortest expected delay: the least (active + 1) per weight (ip_vs_sed.c; recorded in sed-*). */
export function startSed<D extends Candidate>(): Scheduler<D> {
  return { schedule: (list) => choiceOf(leastPerWeight(list, expectedDelay), list) };
}

/** Connections it would have with the new one; inactive ones cost nothing. */
export function expectedDelay({ active }: Candidate): number {
  return active + 1;
}
