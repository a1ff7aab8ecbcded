import type { Surroundings } from '../../lvs/routing.ts';

/** The director of `wire` and of the crafted frames of `conn`: clients on eth0, servers on eth1 (recorder/frames.py). */
export const TWO_SIDES: Surroundings = {
  interfaces: {
    eth0: { mac: '02:00:00:00:00:01', mtu: 1500, addresses: ['10.1.0.1/24', '2001:db8:a::1/64'] },
    eth1: { mac: '02:00:00:00:00:02', mtu: 1500, addresses: ['10.2.0.1/24', '2001:db8:b::1/64'] },
    lo: { addresses: ['127.0.0.1/8', '10.9.9.9/32', '2001:db8:9::9/128'] },
  },
  routes: [],
  neighbours: [
    { dev: 'eth0', addr: '10.1.0.10', mac: '02:00:00:00:0c:10' },
    { dev: 'eth0', addr: '2001:db8:a::10', mac: '02:00:00:00:0c:10' },
    { dev: 'eth1', addr: '10.2.0.11', mac: '02:00:00:00:0d:11' },
    { dev: 'eth1', addr: '10.2.0.12', mac: '02:00:00:00:0d:12' },
    { dev: 'eth1', addr: '2001:db8:b::11', mac: '02:00:00:00:0d:11' },
  ],
  sysctls: { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 },
};

/** Three hosts in a row, whose addresses are whole networks: clients, director, servers (recorder/lab.py). */
export const IN_A_ROW: Surroundings = {
  interfaces: {
    eth0: { mac: '02:00:00:00:00:01', mtu: 1500, addresses: ['172.31.0.1/24', 'fd00:31::1/64'] },
    eth1: { mac: '02:00:00:00:00:02', mtu: 1500, addresses: ['172.31.1.1/24', 'fd00:32::1/64'] },
    lo: { addresses: ['127.0.0.1/8'] },
  },
  routes: [
    { dst: '203.0.113.0/24', via: '172.31.0.2', dev: 'eth0' },
    { dst: '2001:db8:c::/64', via: 'fd00:31::2', dev: 'eth0' },
    { dst: '192.168.1.0/24', via: '172.31.1.2', dev: 'eth1' },
    { dst: '2001:db8:1::/64', via: 'fd00:32::2', dev: 'eth1' },
    { dst: '10.0.0.0/24', dev: 'lo', local: true },
    { dst: '2001:db8::/64', dev: 'lo', local: true },
  ],
  neighbours: [
    { dev: 'eth0', addr: '172.31.0.2', mac: '02:00:00:00:0c:02' },
    { dev: 'eth0', addr: 'fd00:31::2', mac: '02:00:00:00:0c:02' },
    { dev: 'eth1', addr: '172.31.1.2', mac: '02:00:00:00:0d:02' },
    { dev: 'eth1', addr: 'fd00:32::2', mac: '02:00:00:00:0d:02' },
  ],
  sysctls: { 'net.ipv4.ip_forward': 1, 'net.ipv6.conf.all.forwarding': 1 },
};

/** The Ethernet address of the director on an interface of either. */
export function directorMac(name: 'eth0' | 'eth1'): string {
  return TWO_SIDES.interfaces[name]!.mac!;
}
