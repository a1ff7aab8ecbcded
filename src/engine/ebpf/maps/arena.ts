import { WeirError } from '../../../base/error.ts';

/** A part of an arena: its first slot and how many slots it may grow to. It begins at a multiple of its capacity. */
export interface Block {
  readonly first: number;
  readonly capacity: number;
}

/**
 * Hands out blocks of slots, in sizes of powers of two. A block that is given back rests for a grace period before it is used
 * again, because a packet may still be reading it.
 */
export class Arena {
  readonly #size: number;
  readonly #grace: number;
  readonly #least: number;
  /** First slots of free blocks, by capacity. */
  readonly #free = new Map<number, number[]>();
  readonly #resting: { block: Block; until: number }[] = [];
  /** Slots from here on were never handed out. */
  #used = 0;

  /** @param grace milliseconds; @param taken blocks that are in use already; @param least capacity of the smallest block */
  constructor(size: number, grace: number, taken: readonly Block[] = [], least = LEAST_CAPACITY) {
    this.#size = size;
    this.#grace = grace;
    this.#least = least;
    for (const { first, capacity } of taken.toSorted((a, b) => a.first - b.first)) {
      this.#carve(this.#used, first);
      this.#used = first + capacity;
    }
  }

  /** A block of at least `length` slots, or undefined if there is none now; `now` in milliseconds. */
  allocate(length: number, now: number): Block | undefined {
    this.#wake(now);
    const capacity = blockCapacity(length, this.#least);
    const block = this.#take(capacity);
    if (block !== undefined) return block;
    this.#join();
    return this.#take(capacity);
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

  /** A free block of this size, else slots that were never used, else a part of a larger block. */
  #take(capacity: number): Block | undefined {
    const exact = this.#free.get(capacity)?.pop();
    if (exact !== undefined) return { first: exact, capacity };
    const next = Math.ceil(this.#used / capacity) * capacity;
    if (next + capacity <= this.#size) {
      this.#carve(this.#used, next);
      this.#used = next + capacity;
      return { first: next, capacity };
    }
    for (let larger = capacity * 2; larger <= this.#size; larger *= 2) {
      const first = this.#free.get(larger)?.pop();
      if (first === undefined) continue;
      this.#carve(first + capacity, first + larger);
      return { first, capacity };
    }
    return undefined;
  }

  /** Puts neighbouring free blocks together, and those at the end back to the slots that were never used. */
  #join(): void {
    const blocks = [...this.#free].flatMap(([capacity, list]) =>
      list.map((first) => ({ first, end: first + capacity })),
    );
    this.#free.clear();
    let run: { first: number; end: number } | undefined;
    for (const block of blocks.sort((a, b) => a.first - b.first)) {
      if (run?.end === block.first) {
        run.end = block.end;
        continue;
      }
      if (run !== undefined) this.#carve(run.first, run.end);
      run = block;
    }
    if (run?.end === this.#used) this.#used = run.first;
    else if (run !== undefined) this.#carve(run.first, run.end);
  }

  /** Makes free blocks of the slots from `from` up to `end`, both multiples of the smallest block. */
  #carve(from: number, end: number): void {
    for (let first = from; first < end;) {
      const fits = 2 ** Math.floor(Math.log2(end - first));
      const capacity = first % fits === 0 ? fits : lowestBit(first);
      this.#put({ first, capacity });
      first += capacity;
    }
  }

  #put({ first, capacity }: Block): void {
    const list = this.#free.get(capacity) ?? [];
    list.push(first);
    this.#free.set(capacity, list);
  }

  #wake(now: number): void {
    while (this.#resting[0] !== undefined && this.#resting[0].until <= now) this.#put(this.#resting.shift()!.block);
  }
}

/** Slots of the smallest block. */
export const LEAST_CAPACITY = 4;

/**
 * A block, waiting for one that rests where there is none.
 * @param what that there is no room for, in words
 * @throws WeirError ENGINE_FULL
 */
export function allocateOrWait(arena: Arena, length: number, what: string): Block {
  for (;;) {
    const now = performance.now();
    const block = arena.allocate(length, now);
    if (block !== undefined) return block;
    const wait = arena.nextWake(now);
    if (wait === undefined)
      throw new WeirError('ENGINE_FULL', `no room for ${what}`, { fix: 'see docs/limits.md for the sizes' });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait + 1);
  }
}

/** The size of the block that holds `length` slots: a power of two, at least `least`. */
export function blockCapacity(length: number, least = LEAST_CAPACITY): number {
  let capacity = least;
  while (capacity < length) capacity *= 2;
  return capacity;
}

/** The greatest power of two that divides a number above 0. */
function lowestBit(number: number): number {
  return number & -number;
}
