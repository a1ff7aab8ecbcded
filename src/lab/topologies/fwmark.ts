import type { Host, Topology } from '../topology.ts';

/** Ports 80 and 443 as one service: both are given one mark, and a client meets the same real server at both. */
export const topology: Topology = {
  name: 'fwmark',
  title: 'One service for two ports: packets to 80 and 443 carry one mark, and a client stays with its server',
  titleZh: '两个端口一个服务：发往 80 和 443 的包打上同一个标记，客户端始终到同一台服务器',
  picture: `
   client 10.1.1.100
      |
   ---+------------------------ public 10.1.1.0/24
      |
      | eth0 10.1.1.21 (VIP), mark 1 for ports 80 and 443
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
    'gateway-wrong',
    'ip-forward-off',
    'mtu-black-hole',
    'no-return-route',
    'no-rules',
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
    { on: 'director', line: 'weir mark add 1 tcp 10.1.1.21:80', says: 'Give packets to port 80 of the VIP mark 1.' },
    { on: 'director', line: 'weir mark add 1 tcp 10.1.1.21:443', says: 'And those to port 443 the same one.' },
    { on: 'director', line: 'ipvsadm -A -f 1 -s rr -p 300', says: 'A service of mark 1; a client stays for 300 s.' },
    {
      on: 'director',
      line: 'ipvsadm -a -f 1 -r 1.1.1.128 -m',
      says: 'Add the first real server; ports stay as they are.',
    },
    { on: 'director', line: 'ipvsadm -a -f 1 -r 1.1.1.129 -m', says: 'Add the second one.' },
  ],
};

function webServer(address: string): Host {
  return {
    role: 'real server',
    nics: { eth0: { segment: 'private', addresses: [address] } },
    servers: [
      { kind: 'web', port: 80 },
      { kind: 'web', port: 443 },
    ],
    routes: [{ to: 'default', via: '1.1.1.130' }],
  };
}
