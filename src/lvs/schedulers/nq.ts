import { choiceOf, leastPerWeight } from './load.ts';
import { isUsable, type Candidate, type Scheduler } from './scheduler.ts';
import { expectedDelay } from './sed.ts';

/** Never queue: the first destination without an active connection, else as sed (ip_vs_nq.c; recorded in nq-*). */
export function startNq<D extends Candidate>(): Scheduler<D> {
  return {
    schedule(list) {
      const idle = list.find((one) => isUsable(one) && one.active === 0);
      return choiceOf(idle ?? leastPerWeight(list, expectedDelay), list);
    },
  };
}
