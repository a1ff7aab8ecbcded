import type { Host, Topology } from '../topology.ts';

/** Example 1 of the course notes (S7): both ways pass the director, so it must be the real servers' gateway (S6). */
export const topology: Topology = {
  name: 'nat',
  title: 'VS/NAT: the director rewrites the destination of requests and restores the source of replies',
  picture: `
   client 10.1.1.100
      |
   ---+------------------------ public 10.1.1.0/24
      |
      | eth0 10.1.1.21 (VIP)
   director
      | eth1 1.1.1.130
      |
   ---+-------+---------+------ private 1.1.1.0/24
              |         |
            web1      web2       gateway of both: 1.1.1.130
      1.1.1.128    1.1.1.129`,
  segments: ['public', 'private'],
  faults: [
    'checksums',
    'client-in-server-net',
    'firewall-director',
    'firewall-real-server',
    'foreign-program',
    'ftp-alone',
    'gateway-wrong',
    'idle-timeout',
    'ip-forward-off',
    'mtu-black-hole',
    'no-return-route',
    'no-rules',
    'persistence-share',
    'port-wrong',
    'rp-filter',
    'rp-filter-director',
    'server-down',
    'service-stopped',
    'sh-table',
    'source-nat',
    'vip-not-on-director',
    'weight-zero',
  ],
  service: { address: '10.1.1.21', port: 80 },
  hosts: {
    client: {
      role: 'client',
      nics: { eth0: { segment: 'public', addresses: ['10.1.1.100/24'] } },
    },
    director: {
      role: 'director',
      note: 'node3.upl.com',
      nics: {
        eth0: { segment: 'public', addresses: ['10.1.1.21/24'] },
        eth1: { segment: 'private', addresses: ['1.1.1.130/24'] },
      },
      byHand: { sysctls: { 'net.ipv4.ip_forward': '1' } },
    },
    web1: webServer('node1.upl.com', '1.1.1.128/24'),
    web2: webServer('node2.upl.com', '1.1.1.129/24'),
  },
  commands: [
    {
      on: 'director',
      line: 'echo 1 > /proc/sys/net/ipv4/ip_forward',
      document: 'sysctl -p',
      says: 'Let packets pass through this host.',
    },
    {
      on: 'director',
      line: 'ipvsadm -A -t 10.1.1.21:80 -s rr',
      says: 'Add the virtual service: TCP to 10.1.1.21 port 80, real servers in turn (rr).',
    },
    {
      on: 'director',
      line: 'ipvsadm -a -t 10.1.1.21:80 -r 1.1.1.128:80 -m',
      says: 'Add the first real server; -m is masquerading.',
    },
    {
      on: 'director',
      line: 'ipvsadm -a -t 10.1.1.21:80 -r 1.1.1.129:80 -m',
      says: 'Add the second one.',
    },
    { on: 'director', line: 'ipvsadm -L -n', says: 'Look at the table.' },
    {
      on: 'director',
      line: 'weir save',
      document: 'service ipvsadm save',
      says: 'Save the rules for the next start.',
    },
    {
      on: 'web1',
      line: 'ip route replace default via 1.1.1.130',
      says: 'The point most often forgotten: the gateway of the real servers is the director.',
    },
    { on: 'web2', line: 'ip route replace default via 1.1.1.130', says: 'The same on the other one.' },
  ],
};

function webServer(note: string, address: string): Host {
  return {
    role: 'real server',
    note,
    nics: { eth0: { segment: 'private', addresses: [address] } },
    servers: [
      { kind: 'web', port: 80 },
      { kind: 'udp-echo', port: 7 },
    ],
    byHand: { routes: [{ to: 'default', via: '1.1.1.130' }] },
  };
}
