import type { Host, Topology } from '../topology.ts';

/** Masquerading with one NIC: director and real servers in one network, so the director must not send redirects (S6). */
export const topology: Topology = {
  name: 'nat-one-nic',
  title: 'VS/NAT with one NIC: director and real servers share a network, clients come through a router',
  titleZh: '单网卡 VS/NAT：调度器和真实服务器在同一网段，客户端经路由器而来',
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
          director        web1      web2     gateway of both: 1.1.1.130
   1.1.1.130 (VIP)   1.1.1.128    1.1.1.129`,
  segments: ['public', 'private'],
  faults: [
    'checksums',
    'client-in-server-net',
    'duplicate-vip',
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
    'redirects',
    'rp-filter',
    'server-down',
    'service-stopped',
    'sh-table',
    'source-nat',
    'weight-zero',
  ],
  service: { address: '1.1.1.130', port: 80 },
  hosts: {
    client: {
      role: 'client',
      nics: { eth0: { segment: 'public', addresses: ['10.1.1.100/24'] } },
      routes: [{ to: 'default', via: '10.1.1.22' }],
    },
    router: {
      role: 'router',
      nics: {
        eth1: { segment: 'public', addresses: ['10.1.1.22/24'] },
        vmnet1: { segment: 'private', addresses: ['1.1.1.1/24'] },
      },
      sysctls: { 'net.ipv4.ip_forward': '1' },
    },
    director: {
      role: 'director',
      nics: { eth0: { segment: 'private', addresses: ['1.1.1.130/24'] } },
      routes: [{ to: 'default', via: '1.1.1.1' }],
      sysctls: {
        'net.ipv4.ip_forward': '1',
        'net.ipv4.conf.all.send_redirects': '0',
        'net.ipv4.conf.eth0.send_redirects': '0',
      },
    },
    web1: webServer('1.1.1.128/24'),
    web2: webServer('1.1.1.129/24'),
  },
  commands: [
    { on: 'director', line: 'ipvsadm -A -t 1.1.1.130:80 -s rr', says: 'Add the virtual service.' },
    { on: 'director', line: 'ipvsadm -a -t 1.1.1.130:80 -r 1.1.1.128:80 -m', says: 'Add the first real server.' },
    { on: 'director', line: 'ipvsadm -a -t 1.1.1.130:80 -r 1.1.1.129:80 -m', says: 'Add the second one.' },
  ],
};

function webServer(address: string): Host {
  return {
    role: 'real server',
    nics: { eth0: { segment: 'private', addresses: [address] } },
    servers: [{ kind: 'web', port: 80 }],
    routes: [{ to: 'default', via: '1.1.1.130' }],
  };
}
