import type { SchedulerContext } from './scheduler.ts';

/** Milliseconds between sweeps; every 30th is a full one. The other figures of ip_vs_lblc.c and ip_vs_lblcr.c follow. */
export const SWEEP_PERIOD = 60_000;
export const FULL_SWEEP = 30;
export const IDLE_WHEN_FULL = 6 * 60_000;
export const MOST_ENTRIES = 16_384;

/**
 * What `lblc` and `lblcr` remember for each address that clients ask for. Entries end after an expiry (a day by default), and
 * after six minutes without use when there are too many. Sweeps happen when the cache is used, at the times they were due.
 */
export class LocalityCache<E> {
  readonly #entries = new Map<string, { value: E; lastUse: number }>();
  readonly #context: SchedulerContext;
  /** Seconds. */
  readonly #expiration: () => number;
  #nextSweep: number;
  #sweeps = 0;

  constructor(context: SchedulerContext, expiration: () => number) {
    this.#context = context;
    this.#expiration = expiration;
    this.#nextSweep = context.now() + SWEEP_PERIOD;
  }

  /** The entry of an address, which counts as used now. */
  get(address: string): E | undefined {
    this.#sweep();
    const entry = this.#entries.get(address);
    if (entry === undefined) return undefined;
    entry.lastUse = this.#context.now();
    return entry.value;
  }

  /** Remembers an address, unless the cache is half again as full as it should be. */
  put(address: string, value: E): void {
    if (!this.#entries.has(address) && this.#entries.size > MOST_ENTRIES * 1.5) return;
    this.#entries.set(address, { value, lastUse: this.#context.now() });
  }

  /** @param copy of a value that is changed in place @returns what brings back everything as it is now */
  remember(copy: (value: E) => E = (value) => value): () => void {
    const entries = Array.from(
      this.#entries,
      ([key, { value, lastUse }]) => [key, { value: copy(value), lastUse }] as const,
    );
    const [nextSweep, sweeps] = [this.#nextSweep, this.#sweeps];
    return () => {
      this.#entries.clear();
      for (const [key, entry] of entries) this.#entries.set(key, entry);
      [this.#nextSweep, this.#sweeps] = [nextSweep, sweeps];
    };
  }

  #sweep(): void {
    for (; this.#nextSweep <= this.#context.now(); this.#nextSweep += SWEEP_PERIOD) {
      if (++this.#sweeps % FULL_SWEEP === 0) this.#dropIdle(this.#expiration() * 1000);
      else if (this.#entries.size > MOST_ENTRIES) this.#dropIdle(IDLE_WHEN_FULL);
    }
  }

  #dropIdle(longest: number): void {
    for (const [address, { lastUse }] of this.#entries) {
      if (this.#nextSweep > lastUse + longest) this.#entries.delete(address);
    }
  }
}
