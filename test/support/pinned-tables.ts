import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { PIN_LAYOUT, TABLE_NAMES, readSettings } from '../../src/engine/ebpf/tables.ts';
import { openShards } from '../../src/engine/ebpf/shards.ts';
import { BpfMap, mapInfo } from '../../src/kernel/bpf-map.ts';
import { openPin } from '../../src/kernel/bpffs.ts';

/** BPF_MAP_TYPE_HASH (include/uapi/linux/bpf.h); what else is read here are arrays. */
const HASH = 1;
const UNREADABLE: ReadonlySet<string> = new Set([
  'connections4',
  'connections6',
  'tables',
  'tc_programs',
  'xdp_programs',
  'taps',
  'events',
]);
/** More of an array is in no use in a test, but for what a fragment may touch. */
const MOST = 256;

/** All tables of a running engine, to see whether one has changed. */
export class PinnedTables {
  readonly #maps: readonly BpfMap[];

  /** @param runFolder of the engine, which has a table of connections of IPv6 only once there has been a service of it */
  constructor(runFolder: string) {
    const open = (name: string): BpfMap => new BpfMap(openPin(join(runFolder, 'bpf', PIN_LAYOUT, 'maps', name)), name);
    const settings = open('settings');
    const { shards4, shards6 } = readSettings(settings);
    const [connections4, connections6] = [open('connections4'), open('connections6')];
    this.#maps = [
      settings,
      ...TABLE_NAMES.filter((name) => name !== 'settings' && !UNREADABLE.has(name)).map(open),
      ...openShards(connections4, shards4),
      ...openShards(connections6, shards6),
    ];
    connections4.close();
    connections6.close();
  }

  /** A hash of every byte in them. */
  digest(): string {
    const hash = createHash('sha1');
    for (const map of this.#maps) {
      hash.update(map.name);
      if (mapInfo(map.fd).type === HASH) {
        for (const { keys, values } of map.batches(1024)) hash.update(keys).update(values);
      } else {
        hash.update(map.range(Math.min(map.maxEntries, MOST)));
      }
    }
    return hash.digest('hex');
  }

  close(): void {
    for (const map of this.#maps) map.close();
  }
}
