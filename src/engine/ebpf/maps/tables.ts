import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { WeirError } from '../../../base/error.ts';
import {
  ABI,
  CALL_SIZE,
  SETTINGS_SIZE,
  SIZE,
  TEMPLATE_SIZE,
  type SettingsRecord,
  readSettingsRecord,
  writeSettingsRecord,
} from '../../../kernel/abi.generated.ts';
import { BpfMap, indexKey } from '../../../kernel/bpf-map.ts';
import { type LoadedObject, loadObject } from '../../../kernel/bpf-object.ts';
import { mountBpffs, openPin, pin, pinsIn, removePins, unmountBpffs } from '../../../kernel/bpffs.ts';
import { check, libbpf } from '../../../kernel/libbpf.ts';
import type { Family } from '../../../lvs/service.ts';
import { LEAST_CAPACITY } from './arena.ts';
import { objectPath } from './object-path.ts';
import { INITIAL_SETTINGS } from './settings-record.ts';
import { FAMILIES, LAYOUTS } from './layouts.ts';
import { type ShardSizes, makeShards, openShards, shardCount } from './shards.ts';

/** Names of the maps as bpf/maps.h has them. */
export const TABLE_NAMES = [
  'connections4',
  'connections6',
  'partners4',
  'partners6',
  'sources',
  'services',
  'servers',
  'marks',
  'templates',
  'template_records',
  'calls',
  'call_keys',
  'callers',
  'origins',
  'progress',
  'slots',
  'tables',
  'cells',
  'localities',
  'cursors',
  'destinations',
  'loads',
  'recounts',
  'signals',
  'service_counters',
  'destination_counters',
  'service_bases',
  'destination_bases',
  'reasons',
  'handovers',
  'cuts',
  'cuttings',
  'reassemblies',
  'interest',
  'interfaces',
  'settings',
  'tapping',
  'taps',
  'events',
  'tellers',
  'tc_programs',
  'xdp_programs',
] as const;
export type TableName = (typeof TABLE_NAMES)[number];

/** All tables of a running director, open. */
export interface Tables {
  maps: Record<TableName, BpfMap>;
  /** The parts of the connection tables; none for IPv6 before there is a service of it. */
  shards: Record<Family, BpfMap[]>;
  /** What full NAT knows beside them, likewise; none in a family without sources. */
  partners: Record<Family, BpfMap[]>;
  /** The parts of the table of templates. */
  templates: BpfMap[];
  /** Templates of calls, both ways round; none before there is a service with the persistence engine `sip`. */
  calls: { serials: BpfMap; keys: BpfMap } | undefined;
  /** False if they were there before: a daemon that ended without taking them down. */
  fresh: boolean;
}

export interface Sizes {
  connections: number;
  services: number;
  destinations: number;
}

/** Blocks are powers of two and rest for a while after use: twice, and twice again. */
const SLOTS_PER_DESTINATION = 4;
/** A service without destinations has a block, too. */
const SLOTS_PER_SERVICE = 2 * LEAST_CAPACITY;

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
  refuseOthers(folder);
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

/** Programs of another version would go on by rules of their own, beside this one's, and nobody could change these. */
function refuseOthers(folder: string): void {
  const other = pinsIn(folder).find((name) => /^v\d+$/u.test(name) && name !== PIN_LAYOUT);
  if (other === undefined) return;
  throw new WeirError(
    'PINS_INCOMPATIBLE',
    'another version of Weir has left its programs, which forward by tables of their own',
    {
      where: join(folder, other),
      expected: PIN_LAYOUT,
      found: other,
      fix: `run that version once more, \`weir save\`, and end it without --keep; or umount ${folder}: forwarding stops, rules and connections are given up; then start again`,
    },
  );
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
    connections4: open('connections4'),
    connections6: open('connections6'),
    partners4: open('partners4'),
    partners6: open('partners6'),
    sources: open('sources'),
    services: open('services'),
    servers: open('servers'),
    marks: open('marks'),
    templates: open('templates'),
    template_records: open('template_records'),
    calls: open('calls'),
    call_keys: open('call_keys'),
    callers: open('callers'),
    origins: open('origins'),
    progress: open('progress'),
    slots: open('slots'),
    tables: open('tables'),
    cells: open('cells'),
    localities: open('localities'),
    cursors: open('cursors'),
    destinations: open('destinations'),
    loads: open('loads'),
    recounts: open('recounts'),
    signals: open('signals'),
    service_counters: open('service_counters'),
    destination_counters: open('destination_counters'),
    service_bases: open('service_bases'),
    destination_bases: open('destination_bases'),
    reasons: open('reasons'),
    handovers: open('handovers'),
    cuts: open('cuts'),
    cuttings: open('cuttings'),
    reassemblies: open('reassemblies'),
    interest: open('interest'),
    interfaces: open('interfaces'),
    settings: open('settings'),
    tapping: open('tapping'),
    taps: open('taps'),
    events: open('events'),
    tellers: open('tellers'),
    tc_programs: open('tc_programs'),
    xdp_programs: open('xdp_programs'),
  };
  const { shards4, shards6, sources4, sources6, calls } = readSettings(maps.settings);
  return {
    maps,
    shards: { inet: openShards(maps.connections4, shards4), inet6: openShards(maps.connections6, shards6) },
    partners: {
      inet: openShards(maps.partners4, sources4.partners === 0 ? 0 : shards4),
      inet6: openShards(maps.partners6, sources6.partners === 0 ? 0 : shards6),
    },
    templates: openShards(maps.template_records, shards4),
    calls: calls === 0 ? undefined : openCalls(maps),
    fresh: false,
  };
}

/**
 * Pins again what somebody has removed while this process has it open, the bpffs itself included: without pins the next process would
 * begin anew.
 * @returns whether anything was missing
 */
export function restorePins(folder: string, { maps }: Tables): boolean {
  mountBpffs(folder);
  const pins = join(folder, PIN_LAYOUT, 'maps');
  const present = new Set(pinsIn(pins));
  const missing = TABLE_NAMES.filter((name) => !present.has(name));
  if (missing.length > 0) mkdirSync(pins, { recursive: true });
  for (const name of missing) pin(maps[name].fd, join(pins, name));
  return missing.length > 0;
}

/** Makes the connection table of IPv6, as large as that of IPv4, if it is not there: without IPv6 it would be memory for nothing. */
export function ensureShards({ maps, shards }: Tables): void {
  if (shards.inet6.length > 0) return;
  const { length } = shards.inet;
  makeShards(maps.connections6.fd, sizesOfShards('inet6', shards.inet[0]?.maxEntries ?? 0), length);
  shards.inet6 = openShards(maps.connections6, length);
  writeSettings(maps.settings, { shards6: length });
}

/** Makes what full NAT needs beside the connection table of a family, if it is not there. */
export function ensurePartners(tables: Tables, family: Family): void {
  const { maps, shards, partners } = tables;
  if (partners[family].length > 0) return;
  if (family === 'inet6') ensureShards(tables);
  const [outer, setting] =
    family === 'inet' ? ([maps.partners4, 'sources4'] as const) : ([maps.partners6, 'sources6'] as const);
  const { flowSize, partnerSize } = LAYOUTS[family];
  const { length } = shards[family];
  const entries = shards[family][0]?.maxEntries ?? 0;
  makeShards(outer.fd, { keySize: flowSize, valueSize: partnerSize, entries }, length);
  partners[family] = openShards(outer, length);
  writeSettings(maps.settings, { [setting]: { ...readSettings(maps.settings)[setting], partners: 1 } });
}

/** Makes the tables of calls, if they are not there: most directors never have one. */
export function ensureCalls(tables: Tables): void {
  if (tables.calls !== undefined) return;
  const { maps } = tables;
  const entries = Math.min(maps.templates.maxEntries, SIZE.CALLS);
  makeShards(maps.calls.fd, { keySize: CALL_SIZE, valueSize: SERIAL_SIZE, entries }, 1);
  makeShards(maps.call_keys.fd, { keySize: SERIAL_SIZE, valueSize: CALL_SIZE, entries }, 1);
  tables.calls = openCalls(maps);
  writeSettings(maps.settings, { calls: 1 });
}

/** Bytes of the serial number of a template. */
const SERIAL_SIZE = 4;

function openCalls(maps: Tables['maps']): Tables['calls'] {
  const [serials] = openShards(maps.calls, 1);
  const [keys] = openShards(maps.call_keys, 1);
  return serials && keys && { serials, keys };
}

function sizesOfShards(family: Family, entries: number): ShardSizes {
  const { flowSize, connectionSize } = LAYOUTS[family];
  return { keySize: flowSize, valueSize: connectionSize, entries };
}

function createTables(folder: string, pins: string, sizes: Sizes): Tables {
  const object = loadObject(objectPath('tc'), { reuse: new Map(), sizes: mapSizes(sizes), programs: false });
  const building = join(folder, BUILDING);
  mkdirSync(join(building, 'maps'), { recursive: true });
  mkdirSync(join(building, 'links'));
  for (const name of TABLE_NAMES) pin(mapOf(object, name), join(building, 'maps', name));
  const shards4 = shardCount(sizes.connections);
  makeShards(
    mapOf(object, 'connections4'),
    sizesOfShards('inet', Math.ceil((2 * sizes.connections) / shards4)),
    shards4,
  );
  makeShards(
    mapOf(object, 'template_records'),
    { keySize: SERIAL_SIZE, valueSize: TEMPLATE_SIZE, entries: Math.ceil(sizes.connections / shards4) },
    shards4,
  );
  const settings = Buffer.alloc(SETTINGS_SIZE);
  writeSettingsRecord(viewOf(settings), { ...readSettingsRecord(viewOf(settings)), ...INITIAL_SETTINGS, shards4 });
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

function mapSizes({ services, destinations, connections }: Sizes): Map<string, number> {
  const slots = services * SLOTS_PER_SERVICE + destinations * SLOTS_PER_DESTINATION;
  return new Map<TableName, number>([
    ['services', services],
    ['marks', services],
    ['servers', destinations],
    ['callers', destinations],
    ['origins', destinations],
    ['templates', connections],
    ['cursors', services],
    ['service_counters', services],
    ['service_bases', services],
    ['slots', slots],
    ['cells', slots / SIZE.CELL_SLOTS + 1],
    ['destinations', destinations],
    ['loads', destinations],
    ['recounts', destinations],
    ['signals', destinations],
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

export function allShards({ shards }: Tables): BpfMap[] {
  return FAMILIES.flatMap((family) => shards[family]);
}

/** Every table there is, to be closed. */
export function allTables(tables: Tables): BpfMap[] {
  const partners = FAMILIES.flatMap((family) => tables.partners[family]);
  const calls = Object.values(tables.calls ?? {});
  return [...Object.values(tables.maps), ...allShards(tables), ...partners, ...tables.templates, ...calls];
}

export function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
