import { type BpfMap, roundUp8 } from './bpf-map.ts';
import { type MappedMemory, mapMemory } from './mapped-memory.ts';

/**
 * The values of an array map (BPF_F_MMAPABLE) in the memory that the programs read and write: to look through a hundred thousand
 * of them takes no system call.
 */
export class MappedArray {
  readonly #stride: number;
  readonly #mapped: MappedMemory;
  #values: Buffer;

  /** @throws WeirError PRIVILEGE_MISSING, KERNEL_CALL_FAILED */
  constructor(map: BpfMap) {
    this.#stride = roundUp8(map.valueSize);
    this.#mapped = mapMemory(map.fd, map.maxEntries * this.#stride, map.name, { writable: true });
    this.#values = Buffer.from(this.#mapped.memory);
  }

  /** `count` values from index `first` on, each in as many bytes as `roundUp8` says: no copy, they change. Not to be kept after `close`. */
  part(first: number, count: number): Buffer {
    return this.#values.subarray(first * this.#stride, (first + count) * this.#stride);
  }

  close(): void {
    this.#values = Buffer.alloc(0);
    this.#mapped.unmap();
  }
}
