import { SCHEDULER_FLAG } from '../service.ts';
import { foldAddress, hsiphash32 } from './hash.ts';
import { isUsable, whyNone, type Candidate, type Scheduler, type SchedulerContext } from './scheduler.ts';
import { greatestCommonDivisor } from './wrr.ts';

/** The prime that index 12, the kernel's default, stands for; and the most bits of a weight (CONFIG_IP_VS_MH_TAB_INDEX). */
export const MH_TABLE_SIZE = 4093;
const WEIGHT_BITS = 6;

/** Constants, so that every director hashes alike. */
const KEY_OFFSET = 2654435761n;
const KEY_SKIP = 2654446892n;

export interface MhDestination {
  address: string;
  port: number;
  lastWeight: number;
}

/**
 * Maglev's table: places in the list, by slot. In turns as long as its weight allows, every destination takes the next free
 * slot of a permutation of its own. Source: ip_vs_mh.c; D. Eisenbud et al., "Maglev", NSDI 2016, section 3.4.
 * @param destinations in walk order; empty table if none has ever had a weight
 */
export function buildMhTable(destinations: readonly MhDestination[], size = MH_TABLE_SIZE): Uint32Array {
  const turns = turnsOf(destinations.map(({ lastWeight }) => lastWeight));
  if (turns.every((count) => count === 0)) return new Uint32Array(0);
  const table = new Uint32Array(size);
  const taken = new Uint8Array(size);
  const permutations = destinations.map((one) => permutationOf(one, size));
  for (let filled = 0; ;) {
    for (const [place, permutation] of permutations.entries()) {
      for (let turn = 0; turn < turns[place]!; turn++) {
        while (taken[permutation.next] === 1) permutation.next = (permutation.next + permutation.skip) % size;
        taken[permutation.next] = 1;
        table[permutation.next] = place;
        if (++filled === size) return table;
      }
    }
  }
}

/** The slot of a client. @param port its port, or 0 without flag mh-port @param offset see the fallback */
export function mhSlot(address: string, port: number, offset = 0): number {
  return hsiphash32(offset + port + foldAddress(address), KEY_OFFSET) % MH_TABLE_SIZE;
}

function permutationOf({ address, port }: MhDestination, size: number): { next: number; skip: number } {
  const key = foldAddress(address) + port;
  return { next: hsiphash32(key, KEY_OFFSET) % size, skip: (hsiphash32(key, KEY_SKIP) % (size - 1)) + 1 };
}

/** Slots a destination takes at a time: its weight over the common divisor, cut to the leading bits, at least 1. */
function turnsOf(weights: readonly number[]): number[] {
  const divisor = greatestCommonDivisor(weights);
  const most = Math.floor(weights.reduce((a, b) => Math.max(a, b), 0) / divisor);
  const shift = Math.max(32 - Math.clz32(most) - WEIGHT_BITS, 0);
  return weights.map((weight) => (weight === 0 ? 0 : Math.max(Math.floor(weight / divisor) >> shift, 1)));
}

/** Maglev hashing: one destination for each client, few of which move when the list changes; recorded in mh-*. */
export function startMh<D extends Candidate>(_initial: readonly D[], context: SchedulerContext): Scheduler<D> {
  // Built when it is first asked: a row of changes costs one table.
  let slots: D[] | undefined;
  const forget = () => {
    slots = undefined;
  };
  return {
    added: forget,
    updated: forget,
    deleted: forget,
    schedule(list, { source, sourcePort }) {
      slots ??= Array.from(buildMhTable(list), (place) => list[place]!);
      const flags = context.flags();
      const port = flags & SCHEDULER_FLAG.flag2 ? sourcePort : 0;
      const first = mhSlot(source, port);
      const tries = flags & SCHEDULER_FLAG.flag1 ? MH_TABLE_SIZE : 0;
      for (let step = -1; step < tries; step++) {
        const destination = slots[step < 0 ? first : mhSlot(source, port, (step + first) % MH_TABLE_SIZE)];
        if (destination === undefined) return { why: whyNone(list) };
        if (isUsable(destination)) return { destination };
      }
      return { why: tries > 0 ? whyNone(list) : 'chosen-unusable' };
    },
  };
}
