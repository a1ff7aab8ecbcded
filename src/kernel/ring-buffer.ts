import koffi, { type KoffiFunc } from 'koffi';
import { kernelError, lastErrno, type Pointer } from './libbpf.ts';

/** PROT_READ, PROT_WRITE, MAP_SHARED, MAP_FAILED of mmap(2). */
const READ = 1;
const WRITE = 2;
const SHARED = 1;
const FAILED = 0xffff_ffff_ffff_ffffn;
/** Bits of a record's length (linux/bpf.h): not written to its end yet, and given up. */
const BUSY = 0x8000_0000;
const DISCARDED = 0x4000_0000;
const HEADER = 8;

interface Calls {
  mmap: KoffiFunc<
    (address: null, length: number, protection: number, flags: number, fd: number, at: number) => Pointer
  >;
  munmap: KoffiFunc<(address: Pointer, length: number) => number>;
  pageSize: number;
}

let declared: Calls | undefined;

function calls(): Calls {
  if (declared !== undefined) return declared;
  const libc = koffi.load('libc.so.6');
  const pageSize: KoffiFunc<() => number> = libc.func('int getpagesize()');
  declared = {
    mmap: libc.func('void *mmap(void *address, size_t length, int protection, int flags, int fd, long at)'),
    munmap: libc.func('int munmap(void *address, size_t length)'),
    pageSize: pageSize(),
  };
  return declared;
}

interface Mapping {
  address: Pointer;
  length: number;
}

/**
 * Reads a map of type RINGBUF in the memory that it shares with the kernel: a page with where the reader is, a page with where the
 * writers are, and the ring, twice, so that a record is never in two pieces (kernel/bpf/ringbuf.c). One reader at a time.
 */
export class RingBuffer {
  readonly #mappings: Mapping[] = [];
  readonly #mask: bigint;
  #consumer: BigUint64Array;
  #producer: BigUint64Array;
  #data: DataView;

  /**
   * @param size bytes of the ring, `max_entries` of the map
   * @throws WeirError PRIVILEGE_MISSING, KERNEL_CALL_FAILED
   */
  constructor(fd: number, size: number) {
    const { pageSize } = calls();
    this.#mask = BigInt(size - 1);
    try {
      this.#consumer = new BigUint64Array(this.#map(fd, pageSize, READ | WRITE, 0), 0, 1);
      const shared = this.#map(fd, pageSize + 2 * size, READ, pageSize);
      this.#producer = new BigUint64Array(shared, 0, 1);
      this.#data = new DataView(shared, pageSize);
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
    for (const { address, length } of this.#mappings.splice(0)) calls().munmap(address, length);
  }

  #map(fd: number, length: number, protection: number, at: number): ArrayBuffer {
    const address = calls().mmap(null, length, protection, SHARED, fd, at);
    if (address === null || koffi.address(address) === FAILED) throw kernelError(lastErrno(), 'map a ring of events');
    this.#mappings.push({ address, length });
    return koffi.view(address, length);
  }
}
