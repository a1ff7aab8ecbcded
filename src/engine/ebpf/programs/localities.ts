import {
  LOCALITY_KEY_SIZE,
  LOCALITY_SIZE,
  SCHEDULER,
  type ServiceRecord,
  readLocalityKeyRecord,
  readLocalityRecord,
} from '../../../kernel/abi.generated.ts';
import { FULL_SWEEP, IDLE_WHEN_FULL, MOST_ENTRIES, SWEEP_PERIOD } from '../../../lvs/schedulers/locality-cache.ts';
import { type Tables, readSettings, viewOf } from '../maps/tables.ts';

/** Milliseconds between sweeps. */
export const LOCALITY_PERIOD = SWEEP_PERIOD;
/** Of a millisecond. */
const NANOSECONDS = 1_000_000n;
const FULL_PERIOD = BigInt(SWEEP_PERIOD * FULL_SWEEP) * NANOSECONDS;

interface Remembered {
  key: Buffer;
  /** Nanoseconds of the programs' clock. */
  used: bigint;
}

/**
 * Takes away what lblc and lblcr remember of addresses (`localities` of bpf/maps.h): what nobody has asked for since the expiry,
 * or for six minutes where there are too many, and everything of schedulers that are gone. The programs take an entry that is
 * over for none, so this is about room alone.
 */
export class Localities {
  readonly #tables: Tables;
  /** False when nothing can be in the map: without such a scheduler at this sweep and at the one before. */
  #mayHold = true;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** @param services all that there are @param now nanoseconds of the programs' clock */
  async sweep(services: Iterable<ServiceRecord>, now: bigint): Promise<void> {
    const remembering = [...services].filter(
      ({ scheduler }) => scheduler === SCHEDULER.LBLC || scheduler === SCHEDULER.LBLCR,
    );
    const mayHold = this.#mayHold || remembering.length > 0;
    this.#mayHold = remembering.length > 0;
    if (!mayHold) return;
    const entries = await this.#entries();
    for (const service of remembering) {
      const own = entries.get(service.incarnation) ?? [];
      entries.delete(service.incarnation);
      this.#forget(own.filter(({ used }) => now > used + this.#longest(service, own.length, now)));
    }
    for (const orphans of entries.values()) this.#forget(orphans);
  }

  /** For how long, counted to `now`, an entry may lie unused. */
  #longest({ scheduler, started }: ServiceRecord, count: number, now: bigint): bigint {
    if (count > MOST_ENTRIES) return BigInt(IDLE_WHEN_FULL) * NANOSECONDS;
    const { lblcExpiration, lblcrExpiration } = readSettings(this.#tables.maps.settings);
    const seconds = scheduler === SCHEDULER.LBLC ? lblcExpiration : lblcrExpiration;
    return BigInt(seconds) * 1000n * NANOSECONDS + ((now - started) % FULL_PERIOD);
  }

  /** What is remembered, by the scheduler's incarnation. */
  async #entries(): Promise<Map<number, Remembered[]>> {
    const found = new Map<number, Remembered[]>();
    for await (const { count, keys, values } of this.#tables.maps.localities.batchesAsync()) {
      for (let i = 0; i < count; i++) {
        const { incarnation } = readLocalityKeyRecord(viewOf(keys), i * LOCALITY_KEY_SIZE);
        const key = keys.subarray(i * LOCALITY_KEY_SIZE, (i + 1) * LOCALITY_KEY_SIZE);
        const { used } = readLocalityRecord(viewOf(values), i * LOCALITY_SIZE);
        const list = found.get(incarnation) ?? [];
        list.push({ key, used });
        found.set(incarnation, list);
      }
    }
    return found;
  }

  #forget(entries: readonly Remembered[]): void {
    for (const { key } of entries) this.#tables.maps.localities.delete(key);
  }
}
