import { SCHEDULER_FLAG } from '../service.ts';
import { foldAddress, hsiphash32 } from './hash.ts';
import { isUsable, whyNone, type Candidate, type Scheduler, type SchedulerContext } from './scheduler.ts';

/** A prime, so that every step permutes the table; large enough that a slot is 0.0015 % of the clients. */
export const MAGLEV_TABLE_SIZE = 65_521;

const KEY_START = 0x9e3779b97f4a7c15n;
const KEY_STEP = 0xc2b2ae3d27d4eb4fn;
const KEY_CLIENT = 0x165667b19e3779f9n;

export interface MaglevDestination {
  address: string;
  port: number;
  lastWeight: number;
}

/**
 * A Maglev table that does not depend on the order of adding and gives every destination its exact share, to one slot: places
 * in the list, by slot. Each destination walks a permutation made from its address and port; who may take a slot next is who
 * is furthest behind its share. Empty if no destination has a weight.
 */
export function buildMaglevTable(destinations: readonly MaglevDestination[], size = MAGLEV_TABLE_SIZE): Uint32Array {
  const quotas = quotasOf(destinations, size);
  if (quotas.length === 0) return new Uint32Array(0);
  const table = new Uint32Array(size);
  const taken = new Uint8Array(size);
  const most = Math.max(...quotas.map(({ quota }) => quota));
  for (let round = 1; round <= most; round++) {
    for (const one of quotas) {
      const due = Math.ceil((one.quota * round) / most);
      for (; one.held < due; one.held++) {
        while (taken[one.next] === 1) one.next = (one.next + one.skip) % size;
        taken[one.next] = 1;
        table[one.next] = one.place;
      }
    }
  }
  return table;
}

/** The slot of a client. @param attempt rises when the destination found is not usable */
export function maglevSlot(address: string, port: number, attempt: number): number {
  return (
    hsiphash32(hsiphash32(foldAddress(address), KEY_CLIENT) + port * 65_536 + attempt, KEY_CLIENT) % MAGLEV_TABLE_SIZE
  );
}

interface Quota {
  place: number;
  quota: number;
  held: number;
  next: number;
  skip: number;
  identity: string;
}

/** Shares of the table by weight, whole slots by the largest remainder, in an order that depends on identity alone. */
function quotasOf(destinations: readonly MaglevDestination[], size: number): Quota[] {
  const total = destinations.reduce((sum, { lastWeight }) => sum + lastWeight, 0);
  const quotas = destinations.flatMap((one, place): (Quota & { rest: number })[] => {
    if (one.lastWeight === 0) return [];
    const share = (one.lastWeight / total) * size;
    const key = hsiphash32(foldAddress(one.address), KEY_START) + one.port * 65_536;
    return [
      {
        place,
        quota: Math.floor(share),
        rest: share - Math.floor(share),
        held: 0,
        next: hsiphash32(key, KEY_START) % size,
        skip: (hsiphash32(key, KEY_STEP) % (size - 1)) + 1,
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
      if (!list.some(isUsable)) return { why: whyNone(list) };
      slots ??= Array.from(buildMaglevTable(list), (place) => list[place]!);
      const port = context.flags() & SCHEDULER_FLAG.flag2 ? sourcePort : 0;
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const destination = slots[maglevSlot(source, port, attempt)]!;
        if (isUsable(destination)) return { destination };
      }
      return { destination: list.find(isUsable)! };
    },
  };
}
