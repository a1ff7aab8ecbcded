import { heaviest } from './fo.ts';
import { isUsable, whyNone, type Candidate, type Scheduler } from './scheduler.ts';

/**
 * Overflow: the greatest weight among those whose active connections do not exceed their weight, so that each takes
 * weight + 1 of them before the next gets any (ip_vs_ovf.c; recorded in ovf-*).
 */
export function startOvf<D extends Candidate>(): Scheduler<D> {
  return {
    schedule(list) {
      const usable = list.filter(isUsable);
      const destination = heaviest(usable.filter((one) => one.active <= one.weight));
      if (destination !== undefined) return { destination };
      return { why: usable.length > 0 ? 'all-overloaded' : whyNone(list) };
    },
  };
}
