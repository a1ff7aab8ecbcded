import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { readSysctl } from '../kernel/sysctl.ts';
import type { Surroundings } from '../lvs/routing.ts';

/** What Linux gives a new Ethernet interface, for one whose own value cannot be read. */
const ETHERNET_MTU = 1500;

/** Interfaces and addresses of this machine, in the network namespace of this process, as a director in memory sees them. */
export function hostSurroundings(): Surroundings {
  const interfaces: Record<string, Surroundings['interfaces'][string]> = {};
  for (const [name, entries = []] of Object.entries(networkInterfaces())) {
    const mac = entries[0]?.mac;
    const mtu = interfaceMtu(name);
    interfaces[name] = {
      addresses: entries.flatMap(({ cidr }) => cidr ?? []),
      ...(mac === undefined || name === 'lo' ? {} : { mac }),
      ...(mtu === undefined ? {} : { mtu }),
    };
  }
  return { interfaces, routes: [], neighbours: [] };
}

/**
 * MTU of an interface in bytes, undefined where there is no such interface. Reads /proc, which follows the network namespace
 * of the process; /sys/class/net shows the namespace in which it was mounted.
 */
export function interfaceMtu(name: string): number | undefined {
  const devices = readFileSync('/proc/net/dev', 'utf8');
  if (!devices.split('\n').some((line) => line.trimStart().startsWith(`${name}:`))) return undefined;
  // Where there is no IPv6 on it, there is none.
  return Number(readSysctl(`net/ipv6/conf/${name}/mtu`) ?? ETHERNET_MTU);
}
