import { SCHEDULER_FLAG } from '../service.ts';
import { foldAddress, hash32 } from './hash.ts';
import { isUsable, whyNone, type Candidate, type Scheduler, type SchedulerContext } from './scheduler.ts';

const TABLE_BITS = 8;
export const SH_TABLE_SIZE = 1 << TABLE_BITS;

/** Places in the list, by bucket: each destination takes as many as its weight in a row, weight 0 still one (ip_vs_sh.c). */
export function buildShTable(weights: readonly number[]): Uint32Array {
  if (weights.length === 0) return new Uint32Array(0);
  const table = new Uint32Array(SH_TABLE_SIZE);
  let place = 0;
  let taken = 0;
  for (let bucket = 0; bucket < SH_TABLE_SIZE; bucket++) {
    table[bucket] = place;
    if (++taken < weights[place]!) continue;
    place = (place + 1) % weights.length;
    taken = 0;
  }
  return table;
}

/** The bucket of a client. @param port its port, or 0 without flag sh-port @param offset see the fallback */
export function shBucket(address: string, port: number, offset = 0): number {
  return (offset + hash32(foldAddress(address) + port, TABLE_BITS)) % SH_TABLE_SIZE;
}

/** Source hashing: one destination for each client; recorded in sh-*. */
export function startSh<D extends Candidate>(initial: readonly D[], context: SchedulerContext): Scheduler<D> {
  let buckets: D[] = [];
  const rebuild = (list: readonly D[]) => {
    buckets = Array.from(buildShTable(list.map(({ weight }) => weight)), (place) => list[place]!);
  };
  rebuild(initial);
  return {
    stateless: true,
    added: rebuild,
    updated: rebuild,
    deleted: rebuild,
    schedule(list, { source, sourcePort }) {
      const flags = context.flags();
      const port = flags & SCHEDULER_FLAG.flag2 ? sourcePort : 0;
      const first = shBucket(source, port);
      const tries = flags & SCHEDULER_FLAG.flag1 ? SH_TABLE_SIZE : 0;
      for (let step = -1; step < tries; step++) {
        const bucket = step < 0 ? first : shBucket(source, port, (step + first) % SH_TABLE_SIZE);
        const destination = buckets[bucket];
        if (destination === undefined) return { why: whyNone(list) };
        if (isUsable(destination)) return { destination };
      }
      return { why: tries > 0 ? whyNone(list) : 'chosen-unusable' };
    },
  };
}
