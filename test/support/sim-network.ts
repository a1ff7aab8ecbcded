import { Network } from '../../src/sim/network.ts';
import type { HostSpec, InterfaceSpec } from '../../src/sim/spec.ts';

/** A NIC on the segment `lan` with a MAC that ends in its number. */
export function nic(number: number, addresses: readonly string[], given: Partial<InterfaceSpec> = {}): InterfaceSpec {
  const mac = `02:00:00:00:00:${String(number).padStart(2, '0')}`;
  return { name: 'eth0', segment: 'lan', mac, addresses, ...given };
}

export function host(name: string, interfaces: readonly InterfaceSpec[], given: Partial<HostSpec> = {}): HostSpec {
  return { name, interfaces, ...given };
}

/** Hosts on the segments `lan` and `wan`. */
export function network(...hosts: readonly HostSpec[]): Network {
  return new Network({ segments: ['lan', 'wan'], hosts });
}

/** What happened of these kinds: `HOST: sentence`. */
export function told(net: Network, ...kinds: string[]): string[] {
  return net.events.filter(({ kind }) => kinds.includes(kind)).map(({ text }) => text.en);
}

export const WEB = { servers: [{ kind: 'web', port: 80 }] } as const;
