import { overhead } from './load.ts';
import { isUsable, type Candidate, type Scheduler } from './scheduler.ts';
import { choiceOf } from './load.ts';

/** Least connection: the least overhead, weights only as zero or not (ip_vs_lc.c; recorded in lc-*). */
export function startLc<D extends Candidate>(): Scheduler<D> {
  return {
    schedule(list) {
      let least: D | undefined;
      for (const one of list) {
        if (isUsable(one) && (least === undefined || overhead(one) < overhead(least))) least = one;
      }
      return choiceOf(least, list);
    },
  };
}
