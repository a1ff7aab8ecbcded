import type { Host, Topology } from '../topology.ts';

/** Direct routing over IPv6: neighbour discovery answers only for the interface that was asked, so no ARP sysctls are needed. */
export const topology: Topology = {
  name: 'ipv6',
  title: 'VS/DR over IPv6: neighbour discovery in the place of ARP',
  titleZh: 'IPv6 上的 VS/DR：用邻居发现代替 ARP',
  picture: `
   client 2001:db8:1::100        gateway 2001:db8:1::1
      |
   ---+------------------------------------- public 2001:db8:1::/64
      |
   router
      |
   ---+-------+-------------+---------+----- private 2001:db8:2::/64
              |             |         |
          director        web1      web2     gateway of both: 2001:db8:2::1
          ::130 (VIP)     ::128     ::129    and the VIP on lo of both`,
  segments: ['public', 'private'],
  faults: [
    'checksums',
    'client-is-director',
    'director-loop',
    'duplicate-vip',
    'firewall-director',
    'firewall-real-server',
    'foreign-program',
    'ftp-alone',
    'idle-timeout',
    'no-return-route',
    'no-rules',
    'persistence-share',
    'port-wrong',
    'reply-lost',
    'server-down',
    'service-stopped',
    'sh-table',
    'vip-as-source',
    'vip-missing',
    'vip-not-on-director',
    'weight-zero',
  ],
  service: { address: '2001:db8:2::130', port: 80 },
  hosts: {
    client: {
      role: 'client',
      nics: { eth0: { segment: 'public', addresses: ['2001:db8:1::100/64'] } },
      routes: [{ to: 'default', via: '2001:db8:1::1' }],
    },
    router: {
      role: 'router',
      nics: {
        eth1: { segment: 'public', addresses: ['2001:db8:1::1/64'] },
        vmnet1: { segment: 'private', addresses: ['2001:db8:2::1/64'] },
      },
      sysctls: { 'net.ipv6.conf.all.forwarding': '1' },
    },
    director: {
      role: 'director',
      nics: { eth0: { segment: 'private', addresses: ['2001:db8:2::131/64', '2001:db8:2::130/64'] } },
      routes: [{ to: 'default', via: '2001:db8:2::1' }],
      sysctls: { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1' },
    },
    web1: webServer('2001:db8:2::128/64'),
    web2: webServer('2001:db8:2::129/64'),
  },
  commands: [
    { on: 'director', line: 'ipvsadm -A -t [2001:db8:2::130]:80 -s rr', says: 'Add the virtual service.' },
    {
      on: 'director',
      line: 'ipvsadm -a -t [2001:db8:2::130]:80 -r [2001:db8:2::128]:80 -g',
      says: 'Add the first real server.',
    },
    {
      on: 'director',
      line: 'ipvsadm -a -t [2001:db8:2::130]:80 -r [2001:db8:2::129]:80 -g',
      says: 'Add the second one.',
    },
  ],
};

function webServer(address: string): Host {
  return {
    role: 'real server',
    nics: { eth0: { segment: 'private', addresses: [address] } },
    servers: [{ kind: 'web', port: 80 }],
    addresses: { lo: [{ address: '2001:db8:2::130/128' }] },
    routes: [{ to: 'default', via: '2001:db8:2::1' }],
  };
}
