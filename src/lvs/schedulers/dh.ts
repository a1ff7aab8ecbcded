import { foldAddress, hash32 } from './hash.ts';
import { isUsable, whyNone, type Candidate, type Scheduler } from './scheduler.ts';

const TABLE_BITS = 8;

/** Places in the list, by bucket: the destinations in turn, whatever their weight. Empty for an empty list. */
export function buildDhTable(count: number): Uint32Array {
  if (count === 0) return new Uint32Array(0);
  return Uint32Array.from({ length: 1 << TABLE_BITS }, (_, bucket) => bucket % count);
}

/** The bucket of a destination address. */
export function dhBucket(address: string): number {
  return hash32(foldAddress(address), TABLE_BITS);
}

/** Destination hashing: one destination for each address that clients ask for (ip_vs_dh.c; recorded in dh-*). */
export function startDh<D extends Candidate>(initial: readonly D[]): Scheduler<D> {
  let buckets: D[] = [];
  const rebuild = (list: readonly D[]) => {
    buckets = Array.from(buildDhTable(list.length), (place) => list[place]!);
  };
  rebuild(initial);
  return {
    stateless: true,
    added: rebuild,
    updated: rebuild,
    deleted: rebuild,
    schedule(list, packet) {
      const destination = buckets[dhBucket(packet.destination)];
      if (destination !== undefined && isUsable(destination)) return { destination };
      return { why: destination === undefined ? whyNone(list) : 'chosen-unusable' };
    },
  };
}
