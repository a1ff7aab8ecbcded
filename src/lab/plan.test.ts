import { describe, expect, test } from 'vitest';
import { planLab, setupScript, type LabPlan } from './plan.ts';
import { topology as dr } from './topologies/dr.ts';
import { topology as nat } from './topologies/nat.ts';
import { derivedMac, type Topology } from './topology.ts';

const plan = (topology: Topology, change: { hook?: 'tc' | 'xdp'; byHand?: boolean } = {}): LabPlan =>
  planLab(topology, { id: 'a7', hook: change.hook ?? 'tc', byHand: change.byHand ?? true });

/** What is written to a sysctl in the end. */
function sysctl({ setups }: LabPlan, namespace: string, file: string): string | undefined {
  return setups[namespace]?.sysctls.findLast((entry) => entry.file === `/proc/sys/net/ipv4/${file}`)?.value;
}

test('names carry the id of the lab, and the switches have a namespace of their own', () => {
  const { namespaces, wire } = plan(nat);

  expect(namespaces).toEqual({
    client: 'weir-a7-client',
    director: 'weir-a7-director',
    web1: 'weir-a7-web1',
    web2: 'weir-a7-web2',
  });
  expect(wire).toBe('weir-a7-wire');
});

test('a cable leads from a NIC to a port of the switch of its segment', () => {
  const { cables, setups } = plan(nat);

  expect(cables).toContain(
    'link add name director-eth1 netns weir-a7-wire index 122 type veth peer name eth1 netns weir-a7-director address 02:01:01:01:01:30',
  );
  expect(setups['weir-a7-wire']?.ip).toContain('link set director-eth1 master private');
});

test('real servers of direct routing hold the VIP on lo, keep silent about it, and know their gateway', () => {
  const lab = plan(dr);

  expect(lab.setups['weir-a7-web1']?.ip).toEqual([
    'link set lo up',
    'address add 1.1.1.128/24 dev eth0',
    'link set eth0 up',
    'route replace default via 1.1.1.1',
    'address add 1.1.1.130/32 dev lo label lo:0',
    'neighbour replace 1.1.1.1 lladdr 00:50:56:c0:00:01 dev eth0 nud permanent',
  ]);
  expect(sysctl(lab, 'weir-a7-web1', 'conf/all/arp_ignore')).toBe('1');
  expect(sysctl(lab, 'weir-a7-web1', 'conf/all/arp_announce')).toBe('2');
  expect(sysctl(lab, 'weir-a7-web1', 'conf/eth0/arp_ignore')).toBe('0');
});

test('what the commands would type is left out where somebody types them', () => {
  const lab = plan(dr, { byHand: false });

  expect(lab.setups['weir-a7-web1']?.ip).toEqual([
    'link set lo up',
    'address add 1.1.1.128/24 dev eth0',
    'link set eth0 up',
  ]);
  expect(sysctl(lab, 'weir-a7-web1', 'conf/all/arp_ignore')).toBe('0');
  expect(sysctl(lab, 'weir-a7-director', 'ip_forward')).toBe('0');
  expect(sysctl(lab, 'weir-a7-router', 'ip_forward')).toBe('1');
});

test('offloads are touched for XDP only', () => {
  const ethtool = (lab: LabPlan): string[] => Object.values(lab.setups).flatMap((setup) => setup.ethtool);

  expect(ethtool(plan(nat, { hook: 'tc' }))).toEqual([]);
  expect(plan(nat, { hook: 'xdp' }).setups['weir-a7-client']?.ethtool).toEqual(['-K eth0 tx off']);
  expect(plan(nat, { hook: 'xdp' }).setups['weir-a7-wire']?.ethtool).toEqual([
    '-K director-eth0 gro on',
    '-K director-eth1 gro on',
  ]);
});

test('IPv6 is off in a lab of IPv4, and quiet in one that has IPv6 addresses', () => {
  const client = { ...nat.hosts['client']!, nics: { eth0: { segment: 'public', addresses: ['2001:db8::10/64'] } } };
  const lab = plan({ ...nat, hosts: { ...nat.hosts, client } });
  const files = (host: string): string[] => lab.setups[`weir-a7-${host}`]!.sysctls.map(({ file }) => file);

  expect(files('web1')).toContain('/proc/sys/net/ipv6/conf/all/disable_ipv6');
  expect(files('client')).not.toContain('/proc/sys/net/ipv6/conf/all/disable_ipv6');
  expect(files('client')).toContain('/proc/sys/net/ipv6/conf/default/accept_ra');
  expect(lab.setups['weir-a7-client']?.ip).toContain('address add 2001:db8::10/64 dev eth0 nodad');
});

test('a setup is a script: sysctls, one batch of ip, then offloads', () => {
  const script = setupScript({
    sysctls: [
      { file: '/proc/sys/net/ipv4/ip_forward', value: '1', optional: false },
      { file: '/proc/sys/net/ipv6/conf/all/disable_ipv6', value: '1', optional: true },
    ],
    ip: ['link set lo up', 'link set eth0 up'],
    ethtool: ['-K eth0 tx off'],
  });

  expect(script.split('\n')).toEqual([
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
    '[ ! -e /proc/sys/net/ipv6/conf/all/disable_ipv6 ] || echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6',
    "ip -batch - <<'END'",
    'link set lo up',
    'link set eth0 up',
    'END',
    'ethtool -K eth0 tx off > /dev/null',
    '',
  ]);
});

describe('the MAC of a NIC can be read as its IPv4 address', () => {
  test.each([
    ['1.1.1.130/24', '02:01:01:01:01:30'],
    ['10.1.1.21/24', '02:10:01:01:00:21'],
    ['10.1.1.100', '02:10:01:01:01:00'],
  ])('%s has %s', (address, mac) => {
    expect(derivedMac(address, 0, 0)).toBe(mac);
  });

  test.each([['192.168.1.10/24'], ['2001:db8::1/64'], [undefined]])(
    '%s has one made of host and NIC number',
    (address) => {
      expect(derivedMac(address, 2, 1)).toBe('02:ff:00:00:03:01');
    },
  );
});
