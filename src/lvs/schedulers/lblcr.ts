import { isCrowded } from './lblc.ts';
import { choiceOf, compareProducts, leastPerWeight, overhead } from './load.ts';
import { LocalityCache } from './locality-cache.ts';
import type { Candidate, Scheduler, SchedulerContext } from './scheduler.ts';

/** The destinations that serve one address, last added first, and when that changed. */
interface ReplicaSet<D> {
  members: D[];
  lastChange: number;
}

/**
 * Locality-based least connection with replication: as lblc, but an address gets a further destination when its own are
 * overloaded, and loses the busiest when the set has not changed for a day (ip_vs_lblcr.c; recorded in lblcr-*).
 */
export function startLblcr<D extends Candidate>(_initial: readonly D[], context: SchedulerContext): Scheduler<D> {
  const cache = new LocalityCache<ReplicaSet<D>>(context, () => context.lblcrExpiration());
  return {
    schedule(list, packet) {
      const set = cache.get(packet.destination);
      const known = set === undefined ? undefined : leastMember(set, context);
      if (known !== undefined && !isCrowded(known, list)) return { destination: known };
      const destination = leastPerWeight(list, overhead);
      if (destination === undefined) return choiceOf(destination, list);
      if (set === undefined) cache.put(packet.destination, { members: [destination], lastChange: context.now() });
      else insert(set, destination, context.now());
      return { destination };
    },
    remember: () => cache.remember((set) => ({ ...set })),
  };
}

/** The least loaded member that is there; a set that has not changed for long then loses its busiest one. */
function leastMember<D extends Candidate>(set: ReplicaSet<D>, context: SchedulerContext): D | undefined {
  const least = leastPerWeight(
    set.members.filter(({ available }) => available),
    overhead,
  );
  if (set.members.length > 1 && context.now() > set.lastChange + context.lblcrExpiration() * 1000) {
    const busiest = busiestMember(set.members);
    if (busiest !== undefined) {
      set.members = set.members.filter((one) => one !== busiest);
      set.lastChange = context.now();
    }
  }
  return least;
}

function busiestMember<D extends Candidate>(members: readonly D[]): D | undefined {
  let most: D | undefined;
  for (const one of members) {
    if (one.weight <= 0) continue;
    if (most === undefined || compareProducts(overhead(most), one.weight, overhead(one), most.weight) < 0) most = one;
  }
  return most;
}

function insert<D>(set: ReplicaSet<D>, destination: D, now: number): void {
  if (set.members.includes(destination)) return;
  set.members = [destination, ...set.members];
  set.lastChange = now;
}
