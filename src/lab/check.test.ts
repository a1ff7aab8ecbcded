import { describe, expect, test } from 'vitest';
import { loadTopology, topologyNames } from './catalogue.ts';
import { checkTopology, topologyProblems } from './check.ts';
import { topology as dr } from './topologies/dr.ts';
import { topology as nat } from './topologies/nat.ts';
import type { Host, Topology } from './topology.ts';

describe('the topologies that come with Weir', () => {
  test.each(topologyNames())('%s has no problem', async (name) => {
    const topology = await loadTopology(name);
    expect(topology.name).toBe(name);
    expect(topologyProblems(topology)).toEqual([]);
  });

  test('an unknown one is refused with the names there are', async () => {
    await expect(loadTopology('nat-')).rejects.toMatchObject({
      code: 'LAB_UNKNOWN',
      expected: 'one of dr, dr-flat, fullnat, fwmark, ipv6, mixed, nat, nat-one-nic, tun, or a file (./mine.yaml)',
    });
  });
});

/** A topology with a changed host, the rest as it was. */
function withHost(base: Topology, name: string, change: (host: Host) => Host): Topology {
  return { ...base, hosts: { ...base.hosts, [name]: change(base.hosts[name]!) } };
}

function withNic(name: string, nics: Host['nics']): Topology {
  return withHost(nat, name, (host) => ({ ...host, nics: { ...host.nics, ...nics } }));
}

const byHand = (state: Host['byHand']) => withHost(dr, 'web1', (host) => ({ ...host, byHand: state! }));

const FAULTS: [what: string, topology: Topology, where: string, message: RegExp][] = [
  ['a name in capitals', { ...nat, name: 'Nat' }, 'name', /is no name/],
  ['a segment with a dash', { ...nat, segments: ['public', 'private', 'a-b'] }, 'segments[2]', /is no name/],
  [
    'a host called wire',
    { ...nat, hosts: { ...nat.hosts, wire: nat.hosts['web1']! } },
    'hosts.wire',
    /taken by the switches/,
  ],
  ['no director', withHost(nat, 'director', (host) => ({ ...host, role: 'router' })), 'hosts', /^0 directors/],
  [
    'no client',
    withHost(nat, 'client', (host) => ({ ...host, role: 'router' })),
    'hosts',
    /no host has the role client/,
  ],
  [
    'a service without address',
    { ...nat, service: { address: '10.1.1', port: 80 } },
    'service.address',
    /10.1.1 is no/,
  ],
  ['a service port of 0', { ...nat, service: { address: '10.1.1.21', port: 0 } }, 'service.port', /0 is no port/],
  [
    'a NIC called lo',
    withNic('web1', { lo: { segment: 'private', addresses: [] } }),
    'hosts.web1.nics.lo',
    /is no name/,
  ],
  [
    'a port name beyond 15 characters',
    withNic('director', { ethernet1: { segment: 'private', addresses: [] } }),
    'hosts.director.nics.ethernet1',
    /director-ethernet1 is longer than the 15/,
  ],
  [
    'a NIC in no segment',
    withNic('web1', { eth1: { segment: 'moon', addresses: [] } }),
    'hosts.web1.nics.eth1.segment',
    /no segment moon/,
  ],
  [
    'a wrong MAC',
    withNic('web1', { eth1: { segment: 'private', addresses: [], mac: '00:50:56' } }),
    'hosts.web1.nics.eth1.mac',
    /00:50:56 is no Ethernet address/,
  ],
  [
    'an MTU no interface has',
    withNic('web1', { eth1: { segment: 'private', addresses: [], mtu: 20 } }),
    'hosts.web1.nics.eth1.mtu',
    /20 is no MTU/,
  ],
  [
    'an address without its length',
    withNic('web1', { eth1: { segment: 'private', addresses: ['1.1.1.7'] } }),
    'hosts.web1.nics.eth1.addresses[0]',
    /"1.1.1.7" is no address with a prefix length/,
  ],
  [
    'an address that is taken',
    withNic('web1', { eth1: { segment: 'private', addresses: ['1.1.1.129/24'] } }),
    'hosts.web2.nics.eth0',
    /1.1.1.129 is also at hosts.web1.nics.eth1/,
  ],
  [
    'a MAC that is taken',
    withNic('web1', { eth1: { segment: 'private', addresses: [], mac: '02:01:01:01:01:29' } }),
    'hosts.web2.nics.eth0',
    /02:01:01:01:01:29 is also at/,
  ],
  [
    'a gateway out of reach',
    byHand({ routes: [{ to: 'default', via: '10.1.1.22' }] }),
    'hosts.web1.byHand.routes[0].via',
    /lies in no network/,
  ],
  [
    'a gateway that is no address',
    byHand({ routes: [{ to: 'default', via: 'router' }] }),
    'hosts.web1.byHand.routes[0].via',
    /router is no address/,
  ],
  [
    'a route to no prefix',
    byHand({ routes: [{ to: '10.1.1.1/24', via: '1.1.1.1' }] }),
    'hosts.web1.byHand.routes[0].to',
    /neither a prefix nor default/,
  ],
  [
    'an address on no interface',
    byHand({ addresses: { eth9: [{ address: '1.1.1.5/32' }] } }),
    'hosts.web1.byHand.addresses.eth9',
    /web1 has no eth9/,
  ],
  [
    'a wrong address on lo',
    byHand({ addresses: { lo: [{ address: '1.1.1.300/32' }] } }),
    'hosts.web1.byHand.addresses.lo[0]',
    /1.1.1.300/,
  ],
  [
    'a label of another interface',
    byHand({ addresses: { lo: [{ address: '1.1.1.5/32', label: 'eth0:0' }] } }),
    'hosts.web1.byHand.addresses.lo[0].label',
    /begins with lo/,
  ],
  [
    'a neighbour on no NIC',
    byHand({ neighbours: [{ address: '1.1.1.1', nic: 'eth5' }] }),
    'hosts.web1.byHand.neighbours[0].nic',
    /web1 has no eth5/,
  ],
  [
    'a neighbour nobody is',
    byHand({ neighbours: [{ address: '1.1.1.77', nic: 'eth0' }] }),
    'hosts.web1.byHand.neighbours[0]',
    /nobody on segment private has 1.1.1.77/,
  ],
  [
    'a neighbour with a wrong MAC',
    byHand({ neighbours: [{ address: '1.1.1.77', nic: 'eth0', mac: 'x' }] }),
    'hosts.web1.byHand.neighbours[0].mac',
    /x is no Ethernet address/,
  ],
  [
    'a sysctl of the whole machine',
    byHand({ sysctls: { 'kernel.panic': '1' } }),
    'hosts.web1.byHand.sysctls',
    /kernel.panic is no sysctl of a network namespace/,
  ],
  [
    'a server on no port',
    withHost(nat, 'web1', (host) => ({ ...host, servers: [{ kind: 'web', port: 70_000 }] })),
    'hosts.web1.servers[0].port',
    /70000 is no port/,
  ],
  [
    'two servers on a port',
    withHost(nat, 'web1', (host) => ({
      ...host,
      servers: [
        { kind: 'web', port: 80 },
        { kind: 'web', port: 80 },
      ],
    })),
    'hosts.web1.servers[1].port',
    /80 is taken/,
  ],
  [
    'a command on no host',
    { ...nat, commands: [{ on: 'web3', line: 'true', says: '' }] },
    'commands[0].on',
    /no host web3/,
  ],
];

describe('a topology is refused for', () => {
  test.each(FAULTS)('%s', (_, topology, where, message) => {
    expect(topologyProblems(topology)).toContainEqual({ where, message: expect.stringMatching(message) });
  });
});

test('the error of a topology names the file and every problem', () => {
  const broken: Topology = { ...nat, name: 'Nat', service: { address: 'vip', port: 80 } };

  expect(() => checkTopology(broken, 'nat.ts')).toThrowError(
    expect.objectContaining({
      code: 'TOPOLOGY_INVALID',
      message: expect.stringContaining('name: "Nat" is no name'),
      where: 'nat.ts',
      found: 'also service.address: vip is no address',
    }),
  );
});

test('the same address on several loopbacks is direct routing, no duplicate', () => {
  expect(
    Object.values(dr.hosts).filter((host) => host.byHand?.addresses?.['lo']?.[0]?.address === '1.1.1.130/32'),
  ).toHaveLength(2);
  expect(topologyProblems(dr)).toEqual([]);
});
