import { TRASH_IDLE, TRASH_PERIOD } from '../../../lvs/trash.ts';
import type { Origins } from './origins.ts';
import type { Publisher } from './publisher.ts';
import type { Registry } from '../maps/registry.ts';

/** Deleted destinations, until no connection has pointed at them for two minutes. The twin is src/lvs/trash.ts. */
export class Trash {
  readonly #registry: Registry;
  readonly #publisher: Publisher;
  readonly #origins: Origins;
  readonly #now: () => number;
  /** Those without a connection, as the last round of the sweeper found. */
  #unused: ReadonlySet<number> = new Set();
  #nextLook: number;

  /** @param now milliseconds on the programs' clock */
  constructor(registry: Registry, publisher: Publisher, origins: Origins, now: () => number) {
    this.#registry = registry;
    this.#publisher = publisher;
    this.#origins = origins;
    this.#now = now;
    this.#nextLook = now() + TRASH_PERIOD;
  }

  /** Indices of what is deleted now. */
  indices(): ReadonlySet<number> {
    return new Set([...this.#registry.trash.values()].map(({ index }) => index));
  }

  /**
   * A round of the sweeper has come to its end; once a minute, what has been idle for long is forgotten with its counters.
   * @param deleted what was deleted when it began: what is deleted meanwhile may have been chosen by a packet that it has not seen
   * @param used what connections point at
   */
  afterRound(deleted: ReadonlySet<number>, used: ReadonlySet<number>): void {
    this.#unused = new Set([...deleted].filter((index) => !used.has(index)));
    const now = this.#now();
    if (now < this.#nextLook) return;
    while (this.#nextLook <= now) this.#nextLook += TRASH_PERIOD;
    this.#free(
      (index, idleSince) => this.#unused.has(index) && idleSince !== undefined && now >= idleSince + TRASH_IDLE,
    );
    this.#registry.noteIdle((index) => this.#unused.has(index), now);
  }

  /** Forgets all that is without a connection. */
  empty(): void {
    this.#free((index) => this.#unused.has(index));
  }

  #free(isFree: (index: number, idleSince: number | undefined) => boolean): void {
    const freed = this.#registry.emptyTrash(({ index, idleSince }) => isFree(index, idleSince));
    this.#publisher.clear([...freed.keys()]);
    this.#origins.release([...freed.values()], this.#registry);
  }
}
