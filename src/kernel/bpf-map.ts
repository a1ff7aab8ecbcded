import { check, errnoName, kernelError, libbpf } from './libbpf.ts';

/** Entries that are read at once. */
const BATCH = 4096;

/** Where the kernel writes the keys of arrays, which nobody reads. */
const UNREAD_KEYS = Buffer.alloc(BATCH * 4);

/** A BPF map behind a file descriptor. Keys and values are raw bytes; the codecs of abi.generated.ts give them meaning. */
export class BpfMap {
  readonly fd: number;
  readonly name: string;
  readonly keySize: number;
  /** Bytes of one value as lookups return it: for per-CPU maps one value per possible CPU, each rounded up to 8 bytes. */
  readonly valueSize: number;
  readonly maxEntries: number;

  constructor(fd: number, name: string) {
    const info = mapInfo(fd);
    this.fd = fd;
    this.name = name;
    this.keySize = info.keySize;
    this.valueSize = PER_CPU_TYPES.has(info.type) ? roundUp8(info.valueSize) * possibleCpus() : info.valueSize;
    this.maxEntries = info.maxEntries;
  }

  /** The value, or undefined if the key is absent. */
  lookup(key: Buffer): Buffer | undefined {
    const value = Buffer.alloc(this.valueSize);
    const result = libbpf().map_lookup(this.fd, key, value);
    if (result < 0 && errnoName(-result) === 'ENOENT') return undefined;
    check(result, `read ${this.name}`);
    return value;
  }

  update(key: Buffer, value: Buffer): void {
    check(libbpf().map_update(this.fd, key, value, 0n), `write ${this.name}`);
  }

  /** `keys` and `values` hold one after another. In one call; if it fails, some of them may have been written. */
  updateMany(keys: Buffer, values: Buffer): void {
    const count = keys.length / this.keySize;
    if (count === 0) return;
    check(
      libbpf().map_update_batch(this.fd, keys, values, indexKey(count), null),
      `write ${count} values of ${this.name}`,
    );
  }

  /** False if the key was absent. */
  delete(key: Buffer): boolean {
    const result = libbpf().map_delete(this.fd, key);
    if (result < 0 && errnoName(-result) === 'ENOENT') return false;
    check(result, `delete from ${this.name}`);
    return true;
  }

  /** Lookup by array index. */
  at(index: number): Buffer {
    const value = this.lookup(indexKey(index));
    if (value === undefined) throw kernelError(ENOENT, `read ${this.name}[${index}]`);
    return value;
  }

  set(index: number, value: Buffer): void {
    this.update(indexKey(index), value);
  }

  /** `values` holds one value after another for the array indices from `first` on. */
  setRange(first: number, values: Buffer): void {
    this.setMany(
      Array.from({ length: values.length / this.valueSize }, (_, i) => first + i),
      values,
    );
  }

  /** `values` holds one value after another for these array indices. */
  setMany(indices: readonly number[], values: Buffer): void {
    const keys = Buffer.alloc(indices.length * 4);
    for (const [i, index] of indices.entries()) keys.writeUInt32LE(index, i * 4);
    this.updateMany(keys, values);
  }

  /** The first `count` values of an array map, one after another. */
  range(count: number): Buffer {
    return this.part(0, count);
  }

  /**
   * `count` values of an array map from index `first` on, one after another.
   * @param into where they are written, if it has room for them: large arrays are read again and again
   */
  part(first: number, count: number, into?: Buffer): Buffer {
    const length = count * this.valueSize;
    const values = into !== undefined && into.length >= length ? into.subarray(0, length) : Buffer.alloc(length);
    const next = Buffer.alloc(8);
    for (let done = 0; done < count; done += BATCH) {
      const here = Math.min(BATCH, count - done);
      const result = libbpf().map_lookup_batch(
        this.fd,
        first + done === 0 ? null : indexKey(first + done - 1),
        next,
        UNREAD_KEYS,
        values.subarray(done * this.valueSize, (done + here) * this.valueSize),
        indexKey(here),
        null,
      );
      // The end of the map, which the last batch may reach.
      if (result < 0 && errnoName(-result) !== 'ENOENT') check(result, `read ${this.name}`);
    }
    return values;
  }

  /** All entries of the map, some thousand at a time; entries that change meanwhile may or may not appear. */
  *batches(size = BATCH): Generator<Batch> {
    const state = batchState(this, size);
    for (let more = true; more;) {
      const result = libbpf().map_lookup_batch(
        this.fd,
        state.from,
        state.next,
        state.keys,
        state.values,
        state.count,
        null,
      );
      more = advance(this, state, result);
      yield* state.taken();
    }
  }

  /** As `batches`, off the event loop's thread. */
  async *batchesAsync(size = BATCH): AsyncGenerator<Batch> {
    const state = batchState(this, size);
    for (let more = true; more;) {
      const result = await new Promise<number>((resolve, reject) => {
        libbpf().map_lookup_batch.async(
          this.fd,
          state.from,
          state.next,
          state.keys,
          state.values,
          state.count,
          null,
          (error: Error | null, value: number) => (error ? reject(error) : resolve(value)),
        );
      });
      more = advance(this, state, result);
      yield* state.taken();
    }
  }

  close(): void {
    libbpf().close(this.fd);
  }
}

export interface Batch {
  count: number;
  keys: Buffer;
  values: Buffer;
}

interface BatchState {
  size: number;
  from: Buffer | null;
  next: Buffer;
  keys: Buffer;
  values: Buffer;
  count: Buffer;
  taken: () => Batch[];
}

function batchState(map: BpfMap, size: number): BatchState {
  const state: BatchState = {
    size,
    from: null,
    next: Buffer.alloc(Math.max(8, map.keySize)),
    keys: Buffer.alloc(size * map.keySize),
    values: Buffer.alloc(size * map.valueSize),
    count: indexKey(size),
    taken: () => {
      const count = state.count.readUInt32LE(0);
      state.count.writeUInt32LE(state.size, 0);
      if (count === 0) return [];
      return [
        {
          count,
          keys: Buffer.from(state.keys.subarray(0, count * map.keySize)),
          values: Buffer.from(state.values.subarray(0, count * map.valueSize)),
        },
      ];
    },
  };
  return state;
}

/** Takes the result of one batch call in; false when the map has been read to its end. */
function advance(map: BpfMap, state: BatchState, result: number): boolean {
  const name = result < 0 ? errnoName(-result) : '';
  if (name === 'ENOSPC') {
    // One bucket holds more than the buffers: nothing was read, try the same place with larger ones.
    state.size *= 2;
    state.keys = Buffer.alloc(state.size * map.keySize);
    state.values = Buffer.alloc(state.size * map.valueSize);
    state.count.writeUInt32LE(0, 0);
    return true;
  }
  if (name !== 'ENOENT') check(result, `read ${map.name}`);
  state.from = Buffer.from(state.next);
  return name !== 'ENOENT';
}

export function indexKey(index: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(index, 0);
  return key;
}

/** BPF_MAP_TYPE_PERCPU_HASH, PERCPU_ARRAY, LRU_PERCPU_HASH (include/uapi/linux/bpf.h). */
const PER_CPU_TYPES = new Set([5, 6, 10]);

let cpus = 0;

export function possibleCpus(): number {
  cpus ||= check(libbpf().possible_cpus(), 'count the CPUs');
  return cpus;
}

const ENOENT = 2;

/** Bytes that a value of `size` bytes takes in an array, and of each processor's in a per-CPU map (kernel/bpf/arraymap.c). */
export const roundUp8 = (size: number): number => (size + 7) & ~7;

export interface MapInfo {
  type: number;
  id: number;
  keySize: number;
  valueSize: number;
  maxEntries: number;
}

/** struct bpf_map_info, its first six words. */
export function mapInfo(fd: number): MapInfo {
  const info = Buffer.alloc(96);
  check(libbpf().object_info(fd, info, indexKey(info.length)), 'ask about a map');
  return {
    type: info.readUInt32LE(0),
    id: info.readUInt32LE(4),
    keySize: info.readUInt32LE(8),
    valueSize: info.readUInt32LE(12),
    maxEntries: info.readUInt32LE(16),
  };
}
