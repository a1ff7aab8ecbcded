/** Hands out the indices 0 to `size` - 1, the lowest free one first, so that arrays are read no further than needed. */
export class IndexAllocator {
  readonly size: number;
  readonly #free: number[] = [];
  #next = 0;

  constructor(size: number, taken: Iterable<number> = []) {
    this.size = size;
    const used = new Set(taken);
    const highest = Math.max(-1, ...used);
    for (let index = highest; index >= 0; index--) if (!used.has(index)) this.#free.push(index);
    this.#next = highest + 1;
  }

  /** How many can still be taken. */
  get left(): number {
    return this.#free.length + this.size - this.#next;
  }

  /** Indices at and above this one were never taken. */
  get end(): number {
    return this.#next;
  }

  take(): number {
    const index = this.#free.pop();
    if (index !== undefined) return index;
    if (this.#next >= this.size) throw new RangeError('no index left');
    return this.#next++;
  }

  giveBack(index: number): void {
    this.#free.push(index);
  }
}
