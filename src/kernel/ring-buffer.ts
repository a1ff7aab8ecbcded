import { type MappedMemory, type MappingOptions, mapMemory, pageSize } from './mapped-memory.ts';

/** Bits of a record's length (linux/bpf.h): not written to its end yet, and given up. */
const BUSY = 0x8000_0000;
const DISCARDED = 0x4000_0000;
const HEADER = 8;

/**
 * Reads a map of type RINGBUF in the memory that it shares with the kernel: a page with where the reader is, a page with where the
 * writers are, and the ring, twice, so that a record is never in two pieces (kernel/bpf/ringbuf.c). One reader at a time.
 */
export class RingBuffer {
  readonly #mapped: MappedMemory[] = [];
  readonly #mask: bigint;
  #consumer: BigUint64Array;
  #producer: BigUint64Array;
  #data: DataView;

  /**
   * @param size bytes of the ring, `max_entries` of the map
   * @throws WeirError PRIVILEGE_MISSING, KERNEL_CALL_FAILED
   */
  constructor(fd: number, size: number) {
    const page = pageSize();
    this.#mask = BigInt(size - 1);
    try {
      this.#consumer = new BigUint64Array(this.#map(fd, page, { writable: true }), 0, 1);
      const shared = this.#map(fd, page + 2 * size, { writable: false, at: page });
      this.#producer = new BigUint64Array(shared, 0, 1);
      this.#data = new DataView(shared, page);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Hands over records in their order, which are valid only during the call.
   * @param most so many at once
   * @returns how many there were
   */
  read(onRecord: (record: DataView) => void, most: number): number {
    let at = Atomics.load(this.#consumer, 0);
    const end = Atomics.load(this.#producer, 0);
    let records = 0;
    while (at < end && records < most) {
      const offset = Number(at & this.#mask);
      const word = this.#data.getUint32(offset, true);
      if ((word & BUSY) !== 0) break;
      const length = word & ~DISCARDED;
      if (length === word) {
        onRecord(new DataView(this.#data.buffer, this.#data.byteOffset + offset + HEADER, length));
        records++;
      }
      at += BigInt((length + HEADER + 7) & ~7);
      Atomics.store(this.#consumer, 0, at);
    }
    return records;
  }

  /** Passes over what has come so far. */
  skip(): void {
    Atomics.store(this.#consumer, 0, Atomics.load(this.#producer, 0));
  }

  close(): void {
    this.#consumer = this.#producer = new BigUint64Array(1);
    for (const { unmap } of this.#mapped.splice(0)) unmap();
  }

  #map(fd: number, length: number, options: MappingOptions): ArrayBuffer {
    const mapped = mapMemory(fd, length, 'a ring of events', options);
    this.#mapped.push(mapped);
    return mapped.memory;
  }
}
