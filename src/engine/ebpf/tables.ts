import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../../base/error.ts';
import {
  ABI,
  FLOW_SIZE,
  CONNECTION_SIZE,
  SETTINGS_SIZE,
  type SettingsRecord,
  readSettingsRecord,
  writeSettingsRecord,
} from '../../kernel/abi.generated.ts';
import { BpfMap, indexKey } from '../../kernel/bpf-map.ts';
import { type LoadedObject, loadObject } from '../../kernel/bpf-object.ts';
import { mountBpffs, openPin, pin, pinsIn, removePins, unmountBpffs } from '../../kernel/bpffs.ts';
import { check, libbpf } from '../../kernel/libbpf.ts';
import { objectPath } from './object-path.ts';

/** Names of the maps as bpf/maps.h has them. */
export const TABLE_NAMES = [
  'connections',
  'services',
  'slots',
  'cursors',
  'destinations',
  'loads',
  'recounts',
  'service_counters',
  'destination_counters',
  'service_bases',
  'destination_bases',
  'reasons',
  'interfaces',
  'settings',
] as const;
export type TableName = (typeof TABLE_NAMES)[number];

/** All tables of a running director, open. `shards` are the parts of the connection table. */
export interface Tables {
  maps: Record<TableName, BpfMap>;
  shards: BpfMap[];
  /** False if they were there before: a daemon that ended without taking them down. */
  fresh: boolean;
}

export interface Sizes {
  connections: number;
  services: number;
  destinations: number;
}

/** Most shards, as bpf/maps.h has it, and the least entries that are worth one. */
const MOST_SHARDS = 16;
const LEAST_PER_SHARD = 2048;
/** Blocks are powers of two and rest for a while after use: twice, and twice again. */
const SLOTS_PER_DESTINATION = 4;
const BPF_MAP_TYPE_HASH = 1;

/** Folder of the pins: another for every ABI, so that two versions never share maps they read differently. */
export const PIN_LAYOUT = `v${ABI.VERSION}`;
/** Where pins wait until all are there. A bpffs takes no names with dots. */
const BUILDING = 'building';

/**
 * Opens the pinned tables under `folder` (a bpffs, mounted if it is not), or makes and pins new ones.
 * Pins appear all at once, so a crash in between leaves nothing half made.
 */
export function openTables(folder: string, sizes: Sizes): Tables {
  mountBpffs(folder);
  removePins(join(folder, BUILDING));
  const pins = join(folder, PIN_LAYOUT, 'maps');
  if (existsSync(pins)) return adoptTables(pins);
  try {
    return createTables(folder, pins, sizes);
  } catch (error) {
    unmountBpffs(folder);
    throw error;
  }
}

function adoptTables(pins: string): Tables {
  const present = new Set(pinsIn(pins));
  const missing = TABLE_NAMES.filter((name) => !present.has(name));
  if (missing.length > 0) {
    throw new WeirError('PINS_INCOMPATIBLE', 'the tables left by an earlier daemon are not complete', {
      where: pins,
      expected: TABLE_NAMES.join(', '),
      found: `no ${missing.join(', ')}`,
      fix: `umount ${pins.slice(0, pins.lastIndexOf(`/${PIN_LAYOUT}`))}: forwarding stops, the tables are given up; then start again`,
    });
  }
  const open = (name: TableName): BpfMap => new BpfMap(openPin(join(pins, name)), name);
  const maps: Record<TableName, BpfMap> = {
    connections: open('connections'),
    services: open('services'),
    slots: open('slots'),
    cursors: open('cursors'),
    destinations: open('destinations'),
    loads: open('loads'),
    recounts: open('recounts'),
    service_counters: open('service_counters'),
    destination_counters: open('destination_counters'),
    service_bases: open('service_bases'),
    destination_bases: open('destination_bases'),
    reasons: open('reasons'),
    interfaces: open('interfaces'),
    settings: open('settings'),
  };
  const { shards } = readSettings(maps.settings);
  return {
    maps,
    shards: Array.from({ length: shards }, (_, i) => openShard(maps.connections, i)),
    fresh: false,
  };
}

function openShard(connections: BpfMap, index: number): BpfMap {
  const id = connections.at(index).readUInt32LE(0);
  return new BpfMap(check(libbpf().map_fd_by_id(id), `open shard ${index} of the connection table`), 'connections');
}

function createTables(folder: string, pins: string, sizes: Sizes): Tables {
  const object = loadObject(objectPath('tc'), { reuse: new Map(), sizes: mapSizes(sizes) });
  const building = join(folder, BUILDING);
  mkdirSync(join(building, 'maps'), { recursive: true });
  mkdirSync(join(building, 'links'));
  for (const name of TABLE_NAMES) pin(mapOf(object, name), join(building, 'maps', name));
  const shards = shardCount(sizes.connections);
  for (let i = 0; i < shards; i++)
    addShard(mapOf(object, 'connections'), i, Math.ceil((2 * sizes.connections) / shards));
  const settings = Buffer.alloc(SETTINGS_SIZE);
  writeSettingsRecord(viewOf(settings), {
    clockAhead: 0n,
    timeouts: [],
    services: 0,
    shards,
    noXdpTx: 0,
    version: 0,
    added: 0,
  });
  check(libbpf().map_update(mapOf(object, 'settings'), indexKey(0), settings, 0n), 'write the settings');
  object.close();
  renameSync(building, join(folder, PIN_LAYOUT));
  return { ...adoptTables(pins), fresh: true };
}

function mapOf(object: LoadedObject, name: TableName): number {
  const fd = object.maps.get(name);
  if (fd === undefined)
    throw new WeirError('OBJECT_INVALID', `the object has no map ${name}`, { where: objectPath('tc') });
  return fd;
}

function addShard(connections: number, index: number, entries: number): void {
  const fd = check(
    libbpf().map_create(BPF_MAP_TYPE_HASH, 'weir_shard', FLOW_SIZE, CONNECTION_SIZE, entries, null),
    `make a connection table of ${entries} entries`,
  );
  check(libbpf().map_update(connections, indexKey(index), indexKey(fd), 0n), 'put a shard into the connection table');
  libbpf().close(fd);
}

/** Shards for a table of that many connections: a power of two. */
export function shardCount(connections: number): number {
  let shards = 1;
  while (shards < MOST_SHARDS && connections / (shards * 2) >= LEAST_PER_SHARD) shards *= 2;
  return shards;
}

function mapSizes({ services, destinations }: Sizes): Map<string, number> {
  return new Map<TableName, number>([
    ['services', services],
    ['cursors', services],
    ['service_counters', services],
    ['service_bases', services],
    ['slots', Math.max(1024, destinations * SLOTS_PER_DESTINATION)],
    ['destinations', destinations],
    ['loads', destinations],
    ['recounts', destinations],
    ['destination_counters', destinations],
    ['destination_bases', destinations],
  ]);
}

export function readSettings(settings: BpfMap): SettingsRecord {
  return readSettingsRecord(viewOf(settings.at(0)));
}

export function writeSettings(settings: BpfMap, change: Partial<SettingsRecord>): void {
  const buffer = settings.at(0);
  writeSettingsRecord(viewOf(buffer), { ...readSettingsRecord(viewOf(buffer)), ...change });
  settings.set(0, buffer);
}

export function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
