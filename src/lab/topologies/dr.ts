import type { Command, Host, Topology } from '../topology.ts';

/**
 * Example 2 of the course notes (S13): the director keeps the IP header and changes MACs only (S11), real servers hold the
 * VIP on lo and answer straight to the client through the router.
 */
export const topology: Topology = {
  name: 'dr',
  title: 'VS/DR: the director changes MAC addresses only, and real servers answer without it',
  picture: `
   client 10.1.1.100             gateway 10.1.1.22
      |
   ---+------------------------------------- public 10.1.1.0/24
      |
      | eth1 10.1.1.22
   router
      | vmnet1 1.1.1.1
      |
   ---+-------+-------------+---------+----- private 1.1.1.0/24
              |             |         |
          director        web1      web2     gateway of both: 1.1.1.1
   1.1.1.130 (VIP)   1.1.1.128    1.1.1.129
                     and the VIP on lo of both`,
  segments: ['public', 'private'],
  faults: [
    'arp-announce',
    'arp-firewall-director',
    'arp-problem',
    'checksums',
    'client-is-director',
    'director-loop',
    'duplicate-vip',
    'firewall-director',
    'firewall-real-server',
    'foreign-program',
    'ftp-alone',
    'gateway-director',
    'idle-timeout',
    'mtu-black-hole',
    'no-return-route',
    'no-rules',
    'no-static-arp',
    'persistence-share',
    'port-wrong',
    'reply-lost',
    'rp-filter',
    'server-beyond-router',
    'server-down',
    'service-stopped',
    'sh-table',
    'vip-missing',
    'vip-not-on-director',
    'vip-short-mask',
    'weight-zero',
  ],
  service: { address: '1.1.1.130', port: 80 },
  hosts: {
    client: {
      role: 'client',
      nics: { eth0: { segment: 'public', addresses: ['10.1.1.100/24'] } },
      byHand: { routes: [{ to: 'default', via: '10.1.1.22' }] },
    },
    router: {
      role: 'router',
      nics: {
        eth1: { segment: 'public', addresses: ['10.1.1.22/24'] },
        vmnet1: { segment: 'private', addresses: ['1.1.1.1/24'], mac: '00:50:56:c0:00:01' },
      },
      sysctls: { 'net.ipv4.ip_forward': '1' },
    },
    director: {
      role: 'director',
      nics: { eth0: { segment: 'private', addresses: ['1.1.1.130/24'] } },
      routes: [{ to: 'default', via: '1.1.1.1' }],
      byHand: {
        sysctls: { 'net.ipv4.ip_forward': '1' },
        neighbours: [
          { address: '1.1.1.128', nic: 'eth0' },
          { address: '1.1.1.129', nic: 'eth0' },
        ],
      },
    },
    web1: webServer('1.1.1.128/24'),
    web2: webServer('1.1.1.129/24'),
  },
  commands: [
    {
      on: 'director',
      line: 'echo 1 > /proc/sys/net/ipv4/ip_forward',
      document: 'sysctl -p',
      says: 'Let packets pass through this host.',
    },
    { on: 'director', line: 'ipvsadm -C', says: 'Begin with an empty table.' },
    {
      on: 'director',
      line: 'ipvsadm -A -t 1.1.1.130:80 -s rr',
      says: 'Add the virtual service; the VIP is an address of the director itself.',
    },
    {
      on: 'director',
      line: 'ipvsadm -a -t 1.1.1.130:80 -r 1.1.1.128 -g',
      says: 'Add the first real server; -g is direct routing.',
    },
    { on: 'director', line: 'ipvsadm -a -t 1.1.1.130:80 -r 1.1.1.129 -g', says: 'Add the second one.' },
    { on: 'director', line: 'ipvsadm -L -n', says: 'Look at the table.' },
    {
      on: 'director',
      line: 'ip neighbour replace 1.1.1.128 lladdr 02:01:01:01:01:28 dev eth0 nud permanent',
      document: 'arp -s 1.1.1.128 02:01:01:01:01:28',
      says: 'Bind the MAC addresses of the real servers.',
    },
    {
      on: 'director',
      line: 'ip neighbour replace 1.1.1.129 lladdr 02:01:01:01:01:29 dev eth0 nud permanent',
      document: 'arp -s 1.1.1.129 02:01:01:01:01:29',
      says: 'The same for the other one.',
    },
    ...setUpRealServer('web1'),
    ...setUpRealServer('web2'),
    {
      on: 'client',
      line: 'ip route replace default via 10.1.1.22',
      says: 'The client reaches the VIP through the router.',
    },
  ],
};

function webServer(address: string): Host {
  return {
    role: 'real server',
    nics: { eth0: { segment: 'private', addresses: [address] } },
    servers: [
      { kind: 'web', port: 80 },
      { kind: 'udp-echo', port: 7 },
    ],
    byHand: {
      addresses: { lo: [{ address: '1.1.1.130/32', label: 'lo:0' }] },
      routes: [{ to: 'default', via: '1.1.1.1' }],
      neighbours: [{ address: '1.1.1.1', nic: 'eth0' }],
      sysctls: { 'net.ipv4.conf.all.arp_announce': '2', 'net.ipv4.conf.all.arp_ignore': '1' },
    },
  };
}

/** Before the VIP is bound, ARP is silenced: otherwise the real server would for a moment answer for the director. */
function setUpRealServer(on: string): Command[] {
  return [
    { on, line: 'ip route replace default via 1.1.1.1', says: 'Replies go straight to the router.' },
    {
      on,
      line: 'echo "2" > /proc/sys/net/ipv4/conf/all/arp_announce',
      says: 'Ask by ARP with the address of the NIC that asks, never with the VIP.',
    },
    {
      on,
      line: 'echo "1" > /proc/sys/net/ipv4/conf/all/arp_ignore',
      says: 'Answer ARP only for addresses of the NIC that was asked: the VIP on lo stays hidden.',
    },
    {
      on,
      line: 'ip address add 1.1.1.130/32 dev lo label lo:0',
      document: 'ifconfig lo:0 1.1.1.130 netmask 255.255.255.255',
      says: 'Deceive itself: with the VIP on lo it accepts packets that keep the VIP as destination.',
    },
    {
      on,
      line: 'ip neighbour replace 1.1.1.1 lladdr 00:50:56:C0:00:01 dev eth0 nud permanent',
      document: 'arp -s 1.1.1.1 00:50:56:C0:00:01',
      says: 'Bind the MAC address of the gateway.',
    },
  ];
}
