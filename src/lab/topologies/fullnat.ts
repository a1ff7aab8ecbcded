import type { Host, Topology } from '../topology.ts';

/** Full NAT: real servers answer the director, so they need no gateway, and may be clients of their own VIP. */
export const topology: Topology = {
  name: 'fullnat',
  title: 'Full NAT: real servers see the director as their client, whatever their routes',
  titleZh: 'Full NAT：真实服务器看到的客户端就是调度器，它们的路由无关紧要',
  picture: `
   client 10.1.1.100
      |
   ---+------------------------ public 10.1.1.0/24
      |
      | eth0 10.1.1.21 (VIP)
   director
      | eth1 1.1.1.130 (what real servers see)
      |
   ---+-------+---------+------ private 1.1.1.0/24
              |         |
            web1      web2       neither has a gateway
      1.1.1.128    1.1.1.129`,
  segments: ['public', 'private'],
  faults: [
    'checksums',
    'firewall-director',
    'firewall-real-server',
    'foreign-program',
    'ftp-alone',
    'idle-timeout',
    'mtu-black-hole',
    'no-rules',
    'persistence-share',
    'port-wrong',
    'rp-filter-director',
    'server-down',
    'service-stopped',
    'sh-table',
    'vip-not-on-director',
    'weight-zero',
  ],
  service: { address: '10.1.1.21', port: 80 },
  hosts: {
    client: { role: 'client', nics: { eth0: { segment: 'public', addresses: ['10.1.1.100/24'] } } },
    director: {
      role: 'director',
      nics: {
        eth0: { segment: 'public', addresses: ['10.1.1.21/24'] },
        eth1: { segment: 'private', addresses: ['1.1.1.130/24'] },
      },
      sysctls: { 'net.ipv4.ip_forward': '1' },
    },
    web1: webServer('1.1.1.128/24'),
    web2: webServer('1.1.1.129/24'),
  },
  commands: [
    {
      on: 'director',
      line: 'weir source add 1.1.1.130',
      says: 'What real servers see in place of the clients: an address of the director, to which they can answer.',
    },
    { on: 'director', line: 'ipvsadm -A -t 10.1.1.21:80 -s rr', says: 'Add the virtual service.' },
    {
      on: 'director',
      line: 'weir rule -a -t 10.1.1.21:80 -r 1.1.1.128:80 --full-nat',
      says: 'Add the first real server; ipvsadm has no option for full NAT.',
    },
    { on: 'director', line: 'weir rule -a -t 10.1.1.21:80 -r 1.1.1.129:80 --full-nat', says: 'Add the second one.' },
  ],
};

/** The route is for calls of their own: to the VIP, and to nothing else. */
function webServer(address: string): Host {
  return {
    role: 'real server',
    nics: { eth0: { segment: 'private', addresses: [address] } },
    servers: [{ kind: 'web', port: 80 }],
    routes: [{ to: '10.1.1.21/32', via: '1.1.1.130' }],
  };
}
