import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { WeirError } from '../base/error.ts';

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
}

const linkSchema = z.object({
  ifindex: z.number(),
  ifname: z.string(),
  flags: z.array(z.string()),
  mtu: z.number().default(0),
  link_type: z.string(),
  address: z.string().default(''),
  master: z.string().optional(),
  parentbus: z.string().optional(),
  parentdev: z.string().optional(),
  linkinfo: z.object({ info_kind: z.string().optional() }).optional(),
});

/** The interfaces of the network namespace this process is in (from netlink: /sys may belong to another namespace). */
export function listInterfaces(): Interface[] {
  const { stdout, stderr, status, error } = spawnSync('ip', ['-json', '-details', 'link', 'show'], {
    encoding: 'utf8',
  });
  if (error !== undefined || status !== 0) {
    throw new WeirError('TOOL_MISSING', `cannot list the network interfaces: ${error?.message ?? stderr.trim()}`, {
      expected: 'the program `ip`',
      fix: 'apt-get install iproute2',
    });
  }
  return z.array(linkSchema).parse(JSON.parse(stdout)).map(toInterface);
}

/** @throws WeirError INTERFACE_UNKNOWN, naming those that exist */
export function findInterface(name: string): Interface {
  const all = listInterfaces();
  const found = all.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  throw new WeirError('INTERFACE_UNKNOWN', `there is no network interface ${name}`, {
    expected: `one of ${all.map((candidate) => candidate.name).join(', ')}`,
    found: name,
    fix: 'name an interface that `ip link` shows',
  });
}

function toInterface(link: z.infer<typeof linkSchema>): Interface {
  return {
    name: link.ifname,
    index: link.ifindex,
    ethernet: link.link_type === 'ether',
    loopback: link.flags.includes('LOOPBACK'),
    up: link.flags.includes('UP'),
    mtu: link.mtu,
    mac: link.address,
    kind: link.linkinfo?.info_kind ?? '',
    driver: driverOf(link.parentbus, link.parentdev),
    master: link.master,
  };
}

function driverOf(bus: string | undefined, device: string | undefined): string {
  if (bus === undefined || device === undefined) return '';
  try {
    return basename(readlinkSync(`/sys/bus/${bus}/devices/${device}/driver`));
  } catch {
    return '';
  }
}
