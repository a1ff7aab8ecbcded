import { compareProducts, overhead } from './load.ts';
import { isUsable, whyNone, type Candidate, type Scheduler, type SchedulerContext } from './scheduler.ts';

/**
 * Power of two choices: of two destinations drawn by weight, the one with less overhead per weight (ip_vs_twos.c). As in the
 * kernel the draws include 0 and the sum itself, so the first of the walk is a little more likely.
 */
export function startTwos<D extends Candidate>(_initial: readonly D[], context: SchedulerContext): Scheduler<D> {
  return {
    schedule(list) {
      const usable = list.filter(isUsable);
      const total = usable.reduce((sum, { weight }) => sum + weight, 0);
      if (total === 0) return { why: whyNone(list) };
      const first = drawn(usable, context.random(total + 1));
      const second = drawn(usable, context.random(total + 1));
      const better = compareProducts(second.weight, overhead(first), first.weight, overhead(second)) > 0;
      return { destination: better ? second : first };
    },
  };
}

/** The first destination at which the weights so far reach `mark`; the marks run from 0 to the sum of all weights. */
export function drawn<D extends Candidate>(list: readonly D[], mark: number): D {
  let left = mark;
  for (const one of list) {
    left -= one.weight;
    if (left <= 0) return one;
  }
  return list.at(-1)!;
}
