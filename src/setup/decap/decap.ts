import { closeSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WeirError } from '../../base/error.ts';
import { BpfMap } from '../../kernel/bpf-map.ts';
import { loadObject, type LoadedObject } from '../../kernel/bpf-object.ts';
import { isBpffs, mountBpffs, openPin, pin, pinsIn, unmountBpffs, unpin } from '../../kernel/bpffs.ts';
import {
  attachClsact,
  attachTcx,
  detachClsact,
  hasClsact,
  linkInfo,
  updateLink,
  type ClsactPlace,
  type Direction,
} from '../../kernel/hooks.ts';
import { listInterfaces, type Interface } from '../../kernel/interfaces.ts';
import { OBJECT_FOLDER } from '../../kernel/package.ts';
import { addressKey, keyAddress } from './address-key.ts';
import { DECAP_REASONS, type DecapReason } from './reasons.ts';

export interface DecapOptions {
  /** The only destinations inside a tunnel that are unwrapped. */
  vips: readonly string[];
  devices: readonly string[];
  /** UDP port on which GUE is spoken. */
  guePort: number;
}

export interface DecapStatus extends DecapOptions {
  /** Bytes that the widest tunnel seen took of each VIP's packets; 0 before the first. */
  overheads: Record<string, number>;
  counts: { reason: DecapReason; packets: bigint }[];
}

const PROGRAMS = { ingress: 'weir_decap', egress: 'weir_clamp' } as const satisfies Record<Direction, string>;
const DIRECTIONS: readonly Direction[] = ['ingress', 'egress'];
const MAPS = ['vips', 'decap_settings', 'decap_counts'] as const;
/** Beside that of the director, should there be one. */
const CLSACT_PRIORITY = 49_171;
const OBJECT = `${OBJECT_FOLDER}/decap.bpf.o`;

/** The folder of the pins: beside the director's socket, so that each network namespace with a socket of its own has one. */
export function decapFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const socket = environment['WEIR_SOCKET'];
  return join(socket === undefined || socket === '' ? '/run/weir' : dirname(socket), 'decap');
}

/**
 * Unwraps what arrives in tunnels for the VIPs, from now on and without this process. A second call changes VIPs, interfaces and
 * programs in place: between two packets.
 * @throws WeirError INTERFACE_UNKNOWN, PRIVILEGE_MISSING, KERNEL_FEATURE_MISSING, OBJECT_INVALID; then nothing new is left
 */
export function bringUp(folder: string, options: DecapOptions): void {
  const interfaces = options.devices.map(knownInterface);
  const fresh = !isUp(folder);
  mountBpffs(folder);
  try {
    const reuse = fresh ? new Map<string, number>() : openMaps(folder);
    const object = loadObject(OBJECT, { reuse, sizes: new Map() });
    try {
      if (fresh) for (const name of MAPS) pin(object.maps.get(name)!, join(folder, name));
      configure(object, options);
      for (const to of interfaces) for (const direction of DIRECTIONS) attach(folder, object, to, direction);
      detachOthers(folder, new Set(interfaces.map(({ index }) => index)));
    } finally {
      object.close();
      for (const fd of reuse.values()) closeSync(fd);
    }
  } catch (error) {
    if (fresh) takeDown(folder);
    throw error;
  }
}

/** Ends unwrapping, and takes everything of it out of the kernel. @returns false where there was nothing */
export function takeDown(folder: string): boolean {
  if (!existsSync(folder)) return false;
  if (!isBpffs(folder)) return false;
  detachOthers(folder, new Set());
  unmountBpffs(folder);
  return true;
}

/** What is unwrapped, where, and what became of packets; undefined where nothing is. */
export function decapStatus(folder: string): DecapStatus | undefined {
  if (!isUp(folder)) return undefined;
  const open = (name: (typeof MAPS)[number]): BpfMap => new BpfMap(openPin(join(folder, name)), name);
  const [vips, settings, counts] = [open('vips'), open('decap_settings'), open('decap_counts')];
  try {
    const overheads: Record<string, number> = {};
    for (const { count, keys, values } of vips.batches()) {
      for (let entry = 0; entry < count; entry++) {
        overheads[keyAddress(keys.subarray(entry * 16, entry * 16 + 16))] = values.readUInt32LE(entry * vips.valueSize);
      }
    }
    return {
      vips: Object.keys(overheads).sort(),
      devices: attachedDevices(folder),
      guePort: settings.at(0).readUInt32LE(0),
      overheads,
      counts: DECAP_REASONS.flatMap((reason, index) => {
        const packets = sum(counts.at(index));
        return packets === 0n ? [] : [{ reason, packets }];
      }),
    };
  } finally {
    for (const map of [vips, settings, counts]) map.close();
  }
}

function isUp(folder: string): boolean {
  return isBpffs(folder) && existsSync(join(folder, 'vips'));
}

function openMaps(folder: string): Map<string, number> {
  return new Map(MAPS.map((name) => [name as string, openPin(join(folder, name))]));
}

function configure({ maps }: LoadedObject, { vips, guePort }: DecapOptions): void {
  const settings = Buffer.alloc(4);
  settings.writeUInt32LE(guePort);
  new BpfMap(maps.get('decap_settings')!, 'decap_settings').set(0, settings);
  const table = new BpfMap(maps.get('vips')!, 'vips');
  const wanted = new Set(vips);
  const known: string[] = [];
  for (const { count, keys } of table.batches()) {
    for (let entry = 0; entry < count; entry++) known.push(keyAddress(keys.subarray(entry * 16, entry * 16 + 16)));
  }
  for (const vip of known) if (!wanted.has(vip)) table.delete(addressKey(vip));
  for (const vip of wanted) if (!known.includes(vip)) table.update(addressKey(vip), Buffer.alloc(4));
}

function attach(folder: string, object: LoadedObject, to: Interface, direction: Direction): void {
  const program = object.program(PROGRAMS[direction]);
  const path = join(folder, pinName(direction, to.index));
  if (existsSync(path)) {
    const link = openPin(path);
    try {
      if (linkInfo(link).interfaceIndex === to.index) return updateLink(link, program, to.name);
    } finally {
      closeSync(link);
    }
    unpin(path);
  }
  const link = attachTcx(program, to, direction);
  if (link === undefined) return attachClsact(program, to, placeOf(direction));
  try {
    pin(link, path);
  } finally {
    closeSync(link);
  }
}

function detachOthers(folder: string, kept: ReadonlySet<number>): void {
  for (const name of pinsIn(folder)) {
    const index = Number(/^(?:ingress|egress)-(\d+)$/u.exec(name)?.[1]);
    if (!Number.isNaN(index) && !kept.has(index)) unpin(join(folder, name));
  }
  for (const { index } of listInterfaces()) {
    if (!kept.has(index)) for (const direction of DIRECTIONS) detachClsact(index, placeOf(direction));
  }
}

function attachedDevices(folder: string): string[] {
  const pins = new Set(pinsIn(folder));
  return listInterfaces()
    .filter((device) => pins.has(pinName('ingress', device.index)) || hasClsact(device, placeOf('ingress')))
    .map(({ name }) => name);
}

function pinName(direction: Direction, index: number): string {
  return `${direction}-${index}`;
}

function placeOf(direction: Direction): ClsactPlace {
  return { direction, priority: CLSACT_PRIORITY };
}

function knownInterface(name: string): Interface {
  const all = listInterfaces();
  const found = all.find((device) => device.name === name && device.ethernet);
  if (found !== undefined) return found;
  throw new WeirError('INTERFACE_UNKNOWN', `there is no Ethernet interface ${name}`, {
    expected: `one of ${all
      .filter(({ ethernet }) => ethernet)
      .map((device) => device.name)
      .join(', ')}`,
    found: name,
  });
}

function sum(perCpu: Buffer): bigint {
  let total = 0n;
  for (let at = 0; at < perCpu.length; at += 8) total += perCpu.readBigUInt64LE(at);
  return total;
}
