import type { Topology } from '../topology.ts';

/** One service, two methods: web1 by masquerading, web2 by direct routing. Each has the gateway that its method needs. */
export const topology: Topology = {
  name: 'mixed',
  title: 'One service, two methods: web1 by masquerading, web2 by direct routing',
  titleZh: '一个服务，两种方式：web1 用 NAT，web2 用直接路由',
  picture: `
   client 10.1.1.100 --- public 10.1.1.0/24 --- 10.1.1.22 router 1.1.1.1
                                                             |
   ---+-------------------+--------------------+-------------+-- private 1.1.1.0/24
      |                   |                    |
   director 1.1.1.131   web1                 web2
   1.1.1.130 (VIP)      1.1.1.128            1.1.1.129, the VIP on lo
                        gateway 1.1.1.131    gateway 1.1.1.1`,
  segments: ['public', 'private'],
  faults: [
    'arp-announce',
    'arp-firewall-director',
    'arp-problem',
    'checksums',
    'duplicate-vip',
    'firewall-director',
    'firewall-real-server',
    'foreign-program',
    'ftp-alone',
    'gateway-director',
    'gateway-wrong',
    'idle-timeout',
    'ip-forward-off',
    'mtu-black-hole',
    'no-return-route',
    'no-rules',
    'persistence-share',
    'port-wrong',
    'redirects',
    'reply-lost',
    'rp-filter',
    'server-beyond-router',
    'server-down',
    'service-stopped',
    'sh-table',
    'source-nat',
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
      nics: { eth0: { segment: 'private', addresses: ['1.1.1.131/24', '1.1.1.130/24'] } },
      routes: [{ to: 'default', via: '1.1.1.1' }],
      sysctls: {
        'net.ipv4.ip_forward': '1',
        'net.ipv4.conf.all.send_redirects': '0',
        'net.ipv4.conf.eth0.send_redirects': '0',
      },
    },
    web1: {
      role: 'real server',
      nics: { eth0: { segment: 'private', addresses: ['1.1.1.128/24'] } },
      servers: [{ kind: 'web', port: 80 }],
      routes: [{ to: 'default', via: '1.1.1.131' }],
    },
    web2: {
      role: 'real server',
      nics: { eth0: { segment: 'private', addresses: ['1.1.1.129/24'] } },
      servers: [{ kind: 'web', port: 80 }],
      addresses: { lo: [{ address: '1.1.1.130/32', label: 'lo:0' }] },
      routes: [{ to: 'default', via: '1.1.1.1' }],
      sysctls: { 'net.ipv4.conf.all.arp_ignore': '1', 'net.ipv4.conf.all.arp_announce': '2' },
    },
  },
  commands: [
    { on: 'director', line: 'ipvsadm -A -t 1.1.1.130:80 -s rr', says: 'Add the virtual service.' },
    { on: 'director', line: 'ipvsadm -a -t 1.1.1.130:80 -r 1.1.1.128:80 -m', says: 'One real server by masquerading.' },
    { on: 'director', line: 'ipvsadm -a -t 1.1.1.130:80 -r 1.1.1.129 -g', says: 'One by direct routing.' },
  ],
};
