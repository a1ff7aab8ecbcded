/** A list of destinations in the arena: its first slot and how many slots it may grow to. */
export interface Block {
  readonly first: number;
  readonly capacity: number;
}

/**
 * Hands out blocks of slots, in sizes of powers of two. A block that is given back rests for a grace period before it is used
 * again, because a packet may still be walking it.
 */
export class Arena {
  readonly #size: number;
  readonly #grace: number;
  readonly #free = new Map<number, number[]>();
  readonly #resting: { block: Block; until: number }[] = [];
  #used: number;

  /** @param grace milliseconds; @param used slots at the start that are taken already */
  constructor(size: number, grace: number, used = 0) {
    this.#size = size;
    this.#grace = grace;
    this.#used = used;
  }

  /** A block of at least `length` slots, or undefined if there is none now; `now` in milliseconds. */
  allocate(length: number, now: number): Block | undefined {
    this.#wake(now);
    const capacity = blockCapacity(length);
    const first = this.#free.get(capacity)?.pop();
    if (first !== undefined) return { first, capacity };
    if (this.#used + capacity > this.#size) return undefined;
    const block = { first: this.#used, capacity };
    this.#used += capacity;
    return block;
  }

  /** Gives a block back. */
  release(block: Block, now: number): void {
    this.#resting.push({ block, until: now + this.#grace });
  }

  /** Milliseconds until the next block has rested; undefined if none rests. */
  nextWake(now: number): number | undefined {
    const first = this.#resting[0];
    return first === undefined ? undefined : Math.max(0, first.until - now);
  }

  #wake(now: number): void {
    while (this.#resting[0] !== undefined && this.#resting[0].until <= now) {
      const { block } = this.#resting.shift()!;
      const list = this.#free.get(block.capacity) ?? [];
      list.push(block.first);
      this.#free.set(block.capacity, list);
    }
  }
}

/** The size of the block that holds `length` slots: a power of two, at least 4. */
export function blockCapacity(length: number): number {
  let capacity = 4;
  while (capacity < length) capacity *= 2;
  return capacity;
}
