import { SCHEDULER_FLAG } from '../service.ts';
import { foldAddress, hsiphash32, sipKey } from './hash.ts';
import { isUsable, whyNone, type Candidate, type Scheduler, type SchedulerContext } from './scheduler.ts';
import { fillSlots, SlotTable, type Walk } from './slot-table.ts';

/** A prime, so that every step permutes the table; large enough that a slot is 0.0015 % of the clients. */
export const MAGLEV_TABLE_SIZE = 65_521;

const KEY_START = sipKey(0x9e3779b97f4a7c15n);
const KEY_SKIP = sipKey(0xc2b2ae3d27d4eb4fn);
const KEY_CLIENT = sipKey(0x165667b19e3779f9n);

export interface MaglevDestination {
  address: string;
  port: number;
  lastWeight: number;
}

/**
 * A Maglev table that does not depend on the order of adding and gives every destination its exact share, to one slot: places
 * in the list, by slot. In each of as many rounds as the largest share has slots, a destination takes what is due of its own by
 * then. Empty if no destination has a weight.
 */
export function buildMaglevTable(destinations: readonly MaglevDestination[], size = MAGLEV_TABLE_SIZE): Uint32Array {
  const quotas = quotasOf(destinations, size);
  if (quotas.length === 0) return new Uint32Array(0);
  const most = quotas.reduce((greatest, { quota }) => Math.max(greatest, quota), 0);
  const due = (quota: number, rounds: number): number => Math.ceil((quota * rounds) / most);
  return fillSlots(size, quotas, ({ quota }, round) => due(quota, round + 1) - due(quota, round));
}

/** The slot of a client. @param attempt rises when the destination found is not usable */
export function maglevSlot(address: string, port: number, attempt: number): number {
  return (
    hsiphash32(hsiphash32(foldAddress(address), KEY_CLIENT) + port * 65_536 + attempt, KEY_CLIENT) % MAGLEV_TABLE_SIZE
  );
}

interface Quota extends Walk {
  quota: number;
  readonly rest: number;
  readonly identity: string;
}

/** Shares of the table by weight, whole slots by the largest remainder, in an order that depends on identity alone. */
function quotasOf(destinations: readonly MaglevDestination[], size: number): Quota[] {
  const total = destinations.reduce((sum, { lastWeight }) => sum + lastWeight, 0);
  const quotas = destinations.flatMap((one, place): Quota[] => {
    if (one.lastWeight === 0) return [];
    const share = (one.lastWeight / total) * size;
    const key = hsiphash32(foldAddress(one.address), KEY_START) + one.port * 65_536;
    return [
      {
        place,
        quota: Math.floor(share),
        rest: share - Math.floor(share),
        start: hsiphash32(key, KEY_START) % size,
        skip: (hsiphash32(key, KEY_SKIP) % (size - 1)) + 1,
        identity: `${one.address} ${one.port}`,
      },
    ];
  });
  quotas.sort((a, b) => b.rest - a.rest || (a.identity < b.identity ? -1 : 1));
  let left = quotas.length === 0 ? 0 : size - quotas.reduce((sum, { quota }) => sum + quota, 0);
  for (const one of quotas) if (left-- > 0) one.quota++;
  return quotas.sort((a, b) => (a.identity < b.identity ? -1 : 1));
}

/** Attempts before a client is refused although some destination would be usable. */
const ATTEMPTS = 4096;

/** Weir's own: consistent hashing by client, with the port too under flag-2, that always finds a usable destination. */
export function startMaglev<D extends Candidate>(_initial: readonly D[], context: SchedulerContext): Scheduler<D> {
  const table = new SlotTable<D>(buildMaglevTable);
  return {
    stateless: true,
    ...table.hooks,
    schedule(list, { source, sourcePort }) {
      if (!list.some(isUsable)) return { why: whyNone(list) };
      const port = context.flags() & SCHEDULER_FLAG.flag2 ? sourcePort : 0;
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const destination = table.at(maglevSlot(source, port, attempt), list)!;
        if (isUsable(destination)) return { destination };
      }
      return { destination: list.find(isUsable)! };
    },
  };
}
