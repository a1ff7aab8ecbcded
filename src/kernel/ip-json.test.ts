import { describe, expect, test } from 'vitest';
import { readIpLinks, readIpNeighbours, readIpRoutes } from './ip-json.ts';

/** Printed by iproute2 6.1 (Debian 12), shortened. */

const LINKS = JSON.stringify([
  {
    ifindex: 1,
    ifname: 'lo',
    flags: ['LOOPBACK', 'UP', 'LOWER_UP'],
    mtu: 65_536,
    link_type: 'loopback',
    address: '00:00:00:00:00:00',
    addr_info: [
      { family: 'inet', local: '1.1.1.130', prefixlen: 32, scope: 'global', label: 'lo:0' },
      { family: 'inet6', local: '2001:db8::21', prefixlen: 128, scope: 'global', nodad: true, preferred_life_time: 0 },
    ],
  },
  {
    ifindex: 2,
    ifname: 'eth0',
    flags: ['BROADCAST', 'MULTICAST', 'UP'],
    mtu: 1500,
    link_type: 'ether',
    address: '02:01:01:01:01:30',
    master: 'br0',
    parentbus: 'virtio',
    parentdev: 'virtio0',
    addr_info: [{}],
  },
  { ifindex: 3, ifname: 'tunl0', flags: ['NOARP'], mtu: 1480, link_type: 'ipip', linkinfo: { info_kind: 'ipip' } },
]);

describe('what ip -json prints', () => {
  test('links, with their addresses', () => {
    const [lo, eth0, tunl0] = readIpLinks(LINKS);
    expect(lo).toMatchObject({ name: 'lo', loopback: true, ethernet: false, parent: undefined });
    expect(lo?.addresses.map(({ address, label, deprecated }) => ({ address, label, deprecated }))).toEqual([
      { address: '1.1.1.130', label: 'lo:0', deprecated: false },
      { address: '2001:db8::21', label: undefined, deprecated: true },
    ]);
    expect(eth0).toMatchObject({
      up: true,
      master: 'br0',
      parent: { bus: 'virtio', device: 'virtio0' },
      addresses: [],
    });
    expect(tunl0).toMatchObject({ kind: 'ipip', up: false, mtu: 1480 });
  });

  test('routes: the main table and the type unicast are not named', () => {
    const text = JSON.stringify([
      { dst: 'default', gateway: '1.1.1.1', dev: 'eth0', metrics: [{ advmss: 1440 }] },
      { type: 'local', dst: '1.1.1.130', table: 'local', dev: 'lo', prefsrc: '1.1.1.130', metric: 7 },
      { dst: '10.9.0.0/16', via: { family: 'inet6', host: 'fe80::1' }, dev: 'eth0' },
    ]);
    const [first, second, third] = readIpRoutes(text);
    expect(first).toMatchObject({ type: 'unicast', to: 'default', table: 'main', via: '1.1.1.1', advmss: 1440 });
    expect(second).toMatchObject({ type: 'local', table: 'local', via: undefined, source: '1.1.1.130', metric: 7 });
    expect(third).toMatchObject({ via: 'fe80::1' });
  });

  test('neighbours, those without an answer too', () => {
    const text = JSON.stringify([
      { dst: '1.1.1.1', dev: 'eth0', lladdr: '00:50:56:c0:00:01', state: ['PERMANENT'] },
      { dst: '1.1.1.9', state: ['FAILED'] },
    ]);
    expect(readIpNeighbours(text)).toEqual([
      { address: '1.1.1.1', dev: 'eth0', mac: '00:50:56:c0:00:01', state: 'PERMANENT' },
      { address: '1.1.1.9', dev: '', mac: undefined, state: 'FAILED' },
    ]);
  });

  test('nothing is an empty list', () => {
    expect([readIpLinks(''), readIpRoutes('\n'), readIpNeighbours('')]).toEqual([[], [], []]);
  });
});
