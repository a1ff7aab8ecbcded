import type { Candidate, Scheduler } from './scheduler.ts';

/** A destination's walk through the slots of a table: from `start` on, `skip` further each time. */
export interface Walk {
  /** The destination's place in the list. */
  readonly place: number;
  readonly start: number;
  readonly skip: number;
}

/**
 * Maglev's table: places in the list, by slot. In round after round every destination takes the next free slots of its walk, until
 * none is left (D. Eisenbud et al., "Maglev", NSDI 2016, section 3.4).
 * @param size a prime, so that every walk comes by every slot
 * @param turns how many slots a destination takes in a round, from 0 on; not all of them 0 for ever
 */
export function fillSlots<W extends Walk>(
  size: number,
  walks: readonly W[],
  turns: (walk: W, round: number) => number,
): Uint32Array {
  const table = new Uint32Array(size);
  const taken = new Uint8Array(size);
  const next = walks.map(({ start }) => start);
  for (let round = 0, filled = 0; ; round++) {
    for (const [index, walk] of walks.entries()) {
      let slot = next[index]!;
      for (let turn = turns(walk, round); turn > 0; turn--) {
        while (taken[slot] === 1) slot = (slot + walk.skip) % size;
        taken[slot] = 1;
        table[slot] = walk.place;
        if (++filled === size) return table;
      }
      next[index] = slot;
    }
  }
}

/** A scheduler's table of destinations, made of places. It is built when it is first asked: a row of changes costs one table. */
export class SlotTable<D extends Candidate> {
  readonly #build: (list: readonly D[]) => Uint32Array;
  #slots: D[] | undefined;

  constructor(build: (list: readonly D[]) => Uint32Array) {
    this.#build = build;
  }

  /** Every change of the list makes the table stale. */
  readonly hooks: Pick<Scheduler<D>, 'added' | 'updated' | 'deleted'> = {
    added: () => this.#forget(),
    updated: () => this.#forget(),
    deleted: () => this.#forget(),
  };

  /** The destination of a slot; undefined if the table is empty. */
  at(slot: number, list: readonly D[]): D | undefined {
    this.#slots ??= Array.from(this.#build(list), (place) => list[place]!);
    return this.#slots[slot];
  }

  #forget(): void {
    this.#slots = undefined;
  }
}
