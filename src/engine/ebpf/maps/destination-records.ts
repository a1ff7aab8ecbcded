import { DESTINATION_SIZE, type DestinationRecord, readDestinationRecord } from '../../../kernel/abi.generated.ts';

/**
 * The records of destinations by index, as the map has them: bytes in a row and no objects, of which there would be hundreds of
 * thousands that live for long.
 */
export class DestinationRecords {
  #bytes = Buffer.alloc(0);
  #view = new DataView(new ArrayBuffer(0));
  /** 1 for each index that has a record. */
  #held = new Uint8Array(0);
  #size = 0;

  /** How many indices have a record. */
  get size(): number {
    return this.#size;
  }

  has(index: number): boolean {
    return this.#held[index] === 1;
  }

  /** A copy of the record. */
  get(index: number): DestinationRecord | undefined {
    return this.has(index) ? readDestinationRecord(this.#view, index * DESTINATION_SIZE) : undefined;
  }

  /** @param bytes where `DESTINATION_SIZE` bytes of a record begin at `at` */
  equals(index: number, bytes: Buffer, at: number): boolean {
    const place = index * DESTINATION_SIZE;
    return (
      this.has(index) && this.#bytes.compare(bytes, at, at + DESTINATION_SIZE, place, place + DESTINATION_SIZE) === 0
    );
  }

  /** @param bytes as for `equals` */
  set(index: number, bytes: Buffer, at = 0): void {
    this.#reach(index);
    bytes.copy(this.#bytes, index * DESTINATION_SIZE, at, at + DESTINATION_SIZE);
    if (!this.has(index)) this.#size++;
    this.#held[index] = 1;
  }

  delete(index: number): void {
    if (!this.has(index)) return;
    this.#held[index] = 0;
    this.#size--;
  }

  /** Indices that have a record, the lowest first. */
  *keys(): Generator<number> {
    for (let index = this.#held.indexOf(1); index >= 0; index = this.#held.indexOf(1, index + 1)) yield index;
  }

  #reach(index: number): void {
    if (index < this.#held.length) return;
    const count = Math.max(FEWEST, index + 1, this.#held.length * 2);
    const [bytes, held] = [Buffer.alloc(count * DESTINATION_SIZE), new Uint8Array(count)];
    this.#bytes.copy(bytes);
    held.set(this.#held);
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#held = held;
  }
}

/** Records that there is room for with the first. */
const FEWEST = 64;
