import { createHash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import { PIN_LAYOUT, TABLE_NAMES } from '../../src/engine/ebpf/maps/tables.ts';
import { openShards } from '../../src/engine/ebpf/maps/shards.ts';
import { BpfMap, indexKey, mapInfo } from '../../src/kernel/bpf-map.ts';
import { openPin } from '../../src/kernel/bpffs.ts';

/** BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_ARRAY_OF_MAPS (include/uapi/linux/bpf.h); what else is read here are arrays. */
const HASH = 1;
const ARRAY_OF_MAPS = 12;
/** `tables` has pages by the hundred thousand, which user space alone writes. */
const UNREADABLE: ReadonlySet<string> = new Set(['tables', 'tc_programs', 'xdp_programs', 'taps', 'events']);
/** More of an array is in no use in a test, but for what a fragment may touch. */
const MOST = 256;

/** All tables of a running engine, to see whether one has changed. */
export class PinnedTables {
  readonly #maps: readonly BpfMap[];

  /** @param runFolder of the engine */
  constructor(runFolder: string) {
    const folder = join(runFolder, 'bpf', PIN_LAYOUT, 'maps');
    this.#maps = TABLE_NAMES.filter((name) => !UNREADABLE.has(name)).map(
      (name) => new BpfMap(openPin(join(folder, name)), name),
    );
  }

  /** A hash of every byte in them, and in the tables that some of them consist of by now. */
  digest(): string {
    const hash = createHash('sha1');
    for (const map of this.#maps) {
      hash.update(map.name);
      if (mapInfo(map.fd).type !== ARRAY_OF_MAPS) {
        digestOf(map, hash);
        continue;
      }
      const parts = openShards(map, countOfParts(map));
      for (const part of parts) {
        digestOf(part, hash);
        part.close();
      }
    }
    return hash.digest('hex');
  }

  close(): void {
    for (const map of this.#maps) map.close();
  }
}

/** Parts are made from the first place on, and stay. */
function countOfParts(map: BpfMap): number {
  const places = Array.from({ length: map.maxEntries }, (_, index) => map.lookup(indexKey(index)));
  return places.filter((value) => value !== undefined).length;
}

function digestOf(map: BpfMap, hash: Hash): void {
  if (mapInfo(map.fd).type === HASH) {
    for (const { keys, values } of map.batches(1024)) hash.update(keys).update(values);
  } else {
    hash.update(map.range(Math.min(map.maxEntries, MOST)));
  }
}
