import { BpfMap, indexKey } from '../../../kernel/bpf-map.ts';
import { check, libbpf } from '../../../kernel/libbpf.ts';
import type { FlowRecord } from './layouts.ts';

/**
 * Most shards, as bpf/maps.h has it, and the least connections that are worth one. A sweep of a shard keeps its processor from everybody else,
 * so a shard is small; but each is a file that the daemon has open.
 */
const MOST_SHARDS = 1024;
const LEAST_PER_SHARD = 2048;
const BPF_MAP_TYPE_HASH = 1;

/** Shards for a table of that many connections: a power of two. */
export function shardCount(connections: number): number {
  let shards = 1;
  while (shards < MOST_SHARDS && connections / (shards * 2) >= LEAST_PER_SHARD) shards *= 2;
  return shards;
}

/** Bytes of a key and a value, and how many there may be. */
export interface ShardSizes {
  keySize: number;
  valueSize: number;
  entries: number;
}

/** Shards that are put into a map of maps together: each call waits until no program can have the map as it was, some 10 ms. */
const AT_ONCE = 128;

/** Makes a table of connections: `count` preallocated hashes, put into the map of maps `outer`. */
export function makeShards(outer: number, sizes: ShardSizes, count: number): void {
  for (let first = 0; first < count; first += AT_ONCE) makePart(outer, sizes, first, Math.min(AT_ONCE, count - first));
}

function makePart(outer: number, { keySize, valueSize, entries }: ShardSizes, first: number, count: number): void {
  const fds: number[] = [];
  const [indices, values] = [Buffer.alloc(count * 4), Buffer.alloc(count * 4)];
  try {
    for (let i = 0; i < count; i++) {
      const fd = libbpf().map_create(BPF_MAP_TYPE_HASH, 'weir_shard', keySize, valueSize, entries, null);
      fds.push(check(fd, `make a connection table of ${entries} entries`));
      indices.writeUInt32LE(first + i, i * 4);
      values.writeUInt32LE(fd, i * 4);
    }
    const result = libbpf().map_update_batch(outer, indices, values, indexKey(count), null);
    check(result, 'put shards into the connection table');
  } finally {
    for (const fd of fds) libbpf().close(fd);
  }
}

export function openShards(outer: BpfMap, count: number): BpfMap[] {
  return Array.from({ length: count }, (_, index) => {
    const id = outer.at(index).readUInt32LE(0);
    return new BpfMap(check(libbpf().map_fd_by_id(id), `open shard ${index} of ${outer.name}`), outer.name);
  });
}

/** The shard of a flow: shard_of of bpf/connection/shard.h, on the words as they lie in memory. */
export function shardOf(flow: FlowRecord, shards: number): number {
  const ports = (swap16(flow.sourcePort) << 16) | swap16(flow.targetPort);
  const word = [...flow.source, ...flow.target].reduce((fold, one) => fold ^ swap32(one), ports);
  return (Math.imul(word, 0x9e3779b1) >>> 22) & (shards - 1);
}

/** A 16-bit number with its bytes the other way round: host numbers as they lie in memory in network order. */
export function swap16(value: number): number {
  return ((value & 0xff) << 8) | (value >>> 8);
}

/** Likewise of 32 bits; the result is signed. */
export function swap32(value: number): number {
  return (swap16(value & 0xffff) << 16) | swap16(value >>> 16);
}
