import { describe, expect, it } from 'vitest';
import { Routing } from './routing.ts';

const routing = new Routing({
  interfaces: {
    eth0: { mac: '02:00:00:00:00:01', mtu: 1500, addresses: ['10.1.0.1/24', '2001:db8:a::1/64'] },
    eth1: { mac: '02:00:00:00:00:02', mtu: 1400, addresses: ['10.2.0.1/24'] },
    lo: { addresses: ['127.0.0.1/8', '10.9.9.9/32'] },
  },
  routes: [
    { dst: '0.0.0.0/0', via: '10.1.0.254', dev: 'eth0' },
    { dst: '192.168.0.0/16', via: '10.2.0.254', dev: 'eth1' },
    { dst: '10.0.0.0/24', dev: 'lo', local: true },
  ],
  neighbours: [{ dev: 'eth0', addr: '10.1.0.254', mac: '02:00:00:00:0c:fe' }],
});

describe('routes', () => {
  it('go by the longest prefix, with the address of the interface as source', () => {
    expect(routing.lookup('192.168.50.7')).toEqual({
      kind: 'unicast',
      interface: 'eth1',
      nextHop: '10.2.0.254',
      source: '10.2.0.1',
      mtu: 1400,
    });
    expect(routing.lookup('10.2.0.11')).toMatchObject({ interface: 'eth1', nextHop: '10.2.0.11' });
    expect(routing.lookup('203.0.113.5')).toMatchObject({ interface: 'eth0', nextHop: '10.1.0.254' });
    expect(routing.lookup('2001:db8:ff::1')).toEqual({ kind: 'unreachable' });
  });

  it('tell the director itself: its addresses and local prefixes', () => {
    const local = ['10.1.0.1', '10.9.9.9', '10.0.0.10', '127.1.2.3', '2001:db8:a::1'];
    expect(local.filter((address) => !routing.isLocal(address))).toEqual([]);
    expect(routing.isLocal('10.1.0.2')).toBe(false);
  });

  it('to an address beside an earlier one of its network begin at that one, as the kernel’s do', () => {
    const addresses = ['10.1.0.1/24', '10.1.0.9/24', '10.1.0.8/32', '2001:db8:a::1/64', '2001:db8:a::9/64'];
    const crowded = new Routing({ interfaces: { eth0: { addresses } }, routes: [], neighbours: [] });
    const sources = ['10.1.0.1', '10.1.0.9', '10.1.0.8', '2001:db8:a::9'].map((address) => crowded.lookup(address));
    expect(sources).toEqual(
      ['10.1.0.1', '10.1.0.1', '10.1.0.8', '2001:db8:a::9'].map((source) => ({ kind: 'local', source })),
    );
  });

  it('know the next hop', () => {
    expect(routing.neighbour('eth0', '10.1.0.254')).toBe('02:00:00:00:0c:fe');
    expect(routing.neighbour('eth1', '10.1.0.254')).toBeUndefined();
  });

  it('take for unicast what the kernel does', () => {
    const not = ['0.0.0.0', '255.255.255.255', '224.0.0.1', '10.1.0.255', '::', 'ff02::1', 'fe80::1', '::ffff:1.2.3.4'];
    expect(not.filter((address) => routing.isUnicast(address))).toEqual([]);
    const unicast = ['10.1.0.1', '0.1.2.3', '240.0.0.1', '10.3.0.255', '2001:db8::1', '::1'];
    expect(unicast.filter((address) => !routing.isUnicast(address))).toEqual([]);
  });
});
