import { compareProducts } from './load.ts';
import { isUsable, whyNone, type Candidate, type Scheduler, type SchedulerContext } from './scheduler.ts';
import { expectedDelay } from './sed.ts';
import { drawn } from './twos.ts';

/**
 * Weir's own: two different destinations drawn exactly by weight, of which the one with the shorter expected delay gets the
 * connection. Unlike `twos` it never draws one destination twice and favours none (M. Mitzenmacher, "The power of two choices").
 */
export function startP2c<D extends Candidate>(_initial: readonly D[], context: SchedulerContext): Scheduler<D> {
  return {
    schedule(list) {
      const usable = list.filter(isUsable);
      if (usable.length === 0) return { why: whyNone(list) };
      const first = drawByWeight(usable, context);
      const others = usable.filter((one) => one !== first);
      if (others.length === 0) return { destination: first };
      const second = drawByWeight(others, context);
      const order = compareProducts(expectedDelay(second), first.weight, expectedDelay(first), second.weight);
      return { destination: order < 0 ? second : first };
    },
  };
}

function drawByWeight<D extends Candidate>(list: readonly D[], context: SchedulerContext): D {
  const total = list.reduce((sum, { weight }) => sum + weight, 0);
  return drawn(list, context.random(total) + 1);
}
