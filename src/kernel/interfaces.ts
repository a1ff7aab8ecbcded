import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { WeirError } from '../base/error.ts';
import { readIpLinks, type IpLink } from './ip-json.ts';
import { run } from './process.ts';

export interface Interface {
  name: string;
  index: number;
  /** Frames begin with an Ethernet header. */
  ethernet: boolean;
  loopback: boolean;
  up: boolean;
  mtu: number;
  /** `02:00:00:00:00:01`; '' where there is none. */
  mac: string;
  /** Kind of a virtual device (`veth`, `bridge`, `vlan` ...); '' for hardware. */
  kind: string;
  /** Kernel driver of a hardware device; '' where unknown. */
  driver: string;
  /** Name of the bridge or bond it is a port of; undefined if none. */
  master: string | undefined;
  /** Names of the VLAN interfaces that stand on it. */
  vlans: readonly string[];
}

const LIST = ['ip', '-json', '-details', 'link', 'show'] as const;

/**
 * The interfaces of the network namespace this process is in (from netlink: /sys may belong to another namespace).
 * @throws WeirError TOOL_MISSING
 */
export function listInterfaces(): Interface[] {
  const { stdout, stderr, status, error } = spawnSync(LIST[0], LIST.slice(1), { encoding: 'utf8' });
  if (error !== undefined || status !== 0) throw cannotList(error?.message ?? stderr.trim());
  return interfacesOf(readIpLinks(stdout));
}

/** The same, and other work of this process goes on meanwhile. @throws WeirError TOOL_MISSING */
export async function readInterfaces(): Promise<Interface[]> {
  const { stdout, stderr, code } = await run(LIST);
  if (code !== 0) throw cannotList(stderr.trim());
  return interfacesOf(readIpLinks(stdout));
}

function cannotList(reason: string): WeirError {
  return new WeirError('TOOL_MISSING', `cannot list the network interfaces: ${reason}`, {
    expected: 'the program `ip`',
    fix: 'apt-get install iproute2',
  });
}

/** @throws WeirError INTERFACE_UNKNOWN, naming those that exist */
export function findInterface(name: string, among: readonly Interface[] = listInterfaces()): Interface {
  const found = among.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  throw unknownInterface(
    name,
    among.map((candidate) => candidate.name),
  );
}

/** INTERFACE_UNKNOWN. @param existing the names that there are */
export function unknownInterface(name: string, existing: readonly string[]): WeirError {
  return new WeirError('INTERFACE_UNKNOWN', `there is no network interface ${name}`, {
    expected: `one of ${existing.join(', ')}`,
    found: name,
    fix: 'name an interface that `ip link` shows',
  });
}

function interfacesOf(links: readonly IpLink[]): Interface[] {
  const vlans = links.filter(({ kind }) => kind === 'vlan');
  return links.map(({ index, name, up, loopback, ethernet, mtu, address, kind, master, parent }) => ({
    index,
    name,
    up,
    loopback,
    ethernet,
    mtu,
    mac: address,
    kind,
    driver: parent === undefined ? '' : driverOf(parent),
    master,
    vlans: vlans.filter(({ link }) => link === name).map((vlan) => vlan.name),
  }));
}

function driverOf({ bus, device }: NonNullable<IpLink['parent']>): string {
  try {
    return basename(readlinkSync(`/sys/bus/${bus}/devices/${device}/driver`));
  } catch {
    return '';
  }
}
