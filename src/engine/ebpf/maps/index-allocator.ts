export interface Taken {
  index: number;
  /** Something else may have had it before, so that arrays may hold something there. */
  used: boolean;
}

/** Hands out the indices 0 to `size` - 1, the lowest free one first, so that arrays are read no further than needed. */
export class IndexAllocator {
  readonly size: number;
  readonly #free: number[] = [];
  readonly #pristine: boolean;
  #next = 0;

  /**
   * @param taken in use already
   * @param pristine true if no others than these ever were
   */
  constructor(size: number, taken: Iterable<number> = [], pristine = false) {
    this.size = size;
    this.#pristine = pristine;
    const used = new Set(taken);
    let highest = -1;
    for (const index of used) highest = Math.max(highest, index);
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

  take(): Taken {
    const index = this.#free.pop();
    if (index !== undefined) return { index, used: true };
    if (this.#next >= this.size) throw new RangeError('no index left');
    return { index: this.#next++, used: !this.#pristine };
  }

  giveBack(index: number): void {
    this.#free.push(index);
  }
}
