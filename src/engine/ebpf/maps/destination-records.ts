import {
  DESTINATION_SIZE,
  type DestinationRecord,
  readDestinationRecord,
  writeDestinationRecord,
} from '../../../kernel/abi.generated.ts';
import { viewOf } from './tables.ts';

const WORDS = DESTINATION_SIZE / 4;

/** Records of destinations in a row, as bytes: as objects, of which a change may have hundreds of thousands, they would cost more than all else. */
export class RecordRow {
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly words: Uint32Array;

  /** @param bytes what is there already, from its beginning */
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
    this.words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
  }

  static ofLength(length: number): RecordRow {
    return new RecordRow(Buffer.alloc(length * DESTINATION_SIZE));
  }

  /** The record at a place of the row. */
  read(place: number): DestinationRecord {
    return readDestinationRecord(this.#view, place * DESTINATION_SIZE);
  }

  write(place: number, record: DestinationRecord): void {
    writeDestinationRecord(this.#view, record, place * DESTINATION_SIZE);
  }

  copy(place: number, from: RecordRow, source: number): void {
    for (let word = 0; word < WORDS; word++) this.words[place * WORDS + word] = from.words[source * WORDS + word] ?? 0;
  }

  isSame(place: number, other: RecordRow, at: number): boolean {
    for (let word = 0; word < WORDS; word++)
      if (this.words[place * WORDS + word] !== other.words[at * WORDS + word]) return false;
    return true;
  }

  /** The bytes of the first `length` records. */
  first(length: number): Buffer {
    return this.#bytes.subarray(0, length * DESTINATION_SIZE);
  }
}

/** The records of destinations by index, as the map has them. */
export class DestinationRecords {
  readonly #row: RecordRow;
  /** 1 for each index that has a record. */
  readonly #held: Uint8Array;
  #size = 0;

  /** @param length indices there can be; what is never used of it takes no memory */
  constructor(length: number) {
    this.#row = RecordRow.ofLength(length);
    this.#held = new Uint8Array(length);
  }

  /** How many indices have a record. */
  get size(): number {
    return this.#size;
  }

  has(index: number): boolean {
    return this.#held[index] === 1;
  }

  /** A copy of the record. */
  get(index: number): DestinationRecord | undefined {
    return this.has(index) ? this.#row.read(index) : undefined;
  }

  isSame(index: number, row: RecordRow, place: number): boolean {
    return this.has(index) && this.#row.isSame(index, row, place);
  }

  set(index: number, row: RecordRow, place: number): void {
    this.#row.copy(index, row, place);
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
}
