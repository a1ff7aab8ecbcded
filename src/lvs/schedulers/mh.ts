import { SCHEDULER_FLAG, type Family } from '../service.ts';
import { foldAddress, hsiphash32, sipKey, startOfAddress } from './hash.ts';
import { isUsable, whyNone, type Candidate, type Scheduler, type SchedulerContext } from './scheduler.ts';
import { fillSlots, SlotTable, type Walk } from './slot-table.ts';
import { greatestCommonDivisor } from './wrr.ts';

/** The prime that index 12, the kernel's default, stands for; and the most bits of a weight (CONFIG_IP_VS_MH_TAB_INDEX). */
export const MH_TABLE_SIZE = 4093;
const WEIGHT_BITS = 6;

/** Constants, so that every director hashes alike. */
const KEY_OFFSET = sipKey(2654435761n);
const KEY_SKIP = sipKey(2654446892n);

export interface MhDestination {
  address: string;
  port: number;
  lastWeight: number;
}

/**
 * Places in the list, by slot: turns as long as the weights allow, one destination after the other (ip_vs_mh.c).
 * @param destinations in walk order; empty table if none has ever had a weight
 * @param family of the service, by which the addresses of all are read, also of those of the other family
 */
export function buildMhTable(
  destinations: readonly MhDestination[],
  size = MH_TABLE_SIZE,
  family: Family = 'inet6',
): Uint32Array {
  const turns = turnsOf(destinations.map(({ lastWeight }) => lastWeight));
  if (turns.every((count) => count === 0)) return new Uint32Array(0);
  const fold = family === 'inet' ? startOfAddress : foldAddress;
  const walks = destinations.map((one, place) => walkOf(fold(one.address) + one.port, place, size));
  return fillSlots(size, walks, ({ place }) => turns[place]!);
}

/** The slot of a client. @param port its port, or 0 without flag mh-port @param offset see the fallback */
export function mhSlot(address: string, port: number, offset = 0): number {
  return hsiphash32(offset + port + foldAddress(address), KEY_OFFSET) % MH_TABLE_SIZE;
}

function walkOf(key: number, place: number, size: number): Walk {
  return { place, start: hsiphash32(key, KEY_OFFSET) % size, skip: (hsiphash32(key, KEY_SKIP) % (size - 1)) + 1 };
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
  const table = new SlotTable<D>((list) => buildMhTable(list, MH_TABLE_SIZE, context.family()));
  return {
    stateless: true,
    ...table.hooks,
    schedule(list, { source, sourcePort }) {
      const flags = context.flags();
      const port = flags & SCHEDULER_FLAG.flag2 ? sourcePort : 0;
      const first = mhSlot(source, port);
      const tries = flags & SCHEDULER_FLAG.flag1 ? MH_TABLE_SIZE : 0;
      for (let step = -1; step < tries; step++) {
        const slot = step < 0 ? first : mhSlot(source, port, (step + first) % MH_TABLE_SIZE);
        const destination = table.at(slot, list);
        if (destination === undefined) return { why: whyNone(list) };
        if (isUsable(destination)) return { destination };
      }
      return { why: tries > 0 ? whyNone(list) : 'chosen-unusable' };
    },
  };
}
