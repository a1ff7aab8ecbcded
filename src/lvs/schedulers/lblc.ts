import { choiceOf, leastPerWeight, overhead } from './load.ts';
import { LocalityCache } from './locality-cache.ts';
import type { Candidate, Scheduler, SchedulerContext } from './scheduler.ts';

/**
 * Locality-based least connection, for clusters of caches: an address that clients ask for stays at its destination until that
 * is overloaded while another is at less than half of its weight (ip_vs_lblc.c; recorded in lblc-*).
 */
export function startLblc<D extends Candidate>(_initial: readonly D[], context: SchedulerContext): Scheduler<D> {
  const cache = new LocalityCache<{ destination: D }>(context, () => context.lblcExpiration());
  return {
    schedule(list, packet) {
      const entry = cache.get(packet.destination);
      const known = entry?.destination;
      if (known !== undefined && known.available && known.weight > 0 && !isCrowded(known, list)) {
        return { destination: known };
      }
      const destination = leastPerWeight(list, overhead);
      if (destination !== undefined) cache.put(packet.destination, { destination });
      return choiceOf(destination, list);
    },
    remember: () => cache.remember(),
  };
}

/** More active connections than its weight, while another destination has fewer than half of its own. */
export function isCrowded<D extends Candidate>(one: D, list: readonly D[]): boolean {
  return one.active > one.weight && list.some((other) => other.active * 2 < other.weight);
}
