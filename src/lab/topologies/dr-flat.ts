import type { Host, Topology } from '../topology.ts';

/**
 * Direct routing with everybody on one segment: the client itself asks by ARP who has the VIP (S15). The director has an
 * address besides the VIP: real servers would take a question in the name of the VIP for one of their own, and not answer (S14).
 */
export const topology: Topology = {
  name: 'dr-flat',
  title: 'VS/DR on one segment: the client asks by ARP itself who has the VIP',
  titleZh: '同一网段上的 VS/DR：客户端自己用 ARP 询问谁是 VIP',
  picture: `
   ---+-----------+-------------+---------+----- lan 1.1.1.0/24
      |           |             |         |
   client     director        web1      web2
   1.1.1.100  1.1.1.131      1.1.1.128 1.1.1.129
              1.1.1.130 (VIP) and the VIP on lo of both`,
  segments: ['lan'],
  faults: [
    'arp-announce',
    'arp-firewall-director',
    'arp-problem',
    'checksums',
    'director-loop',
    'firewall-director',
    'firewall-real-server',
    'foreign-program',
    'ftp-alone',
    'idle-timeout',
    'no-rules',
    'persistence-share',
    'port-wrong',
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
    client: { role: 'client', nics: { eth0: { segment: 'lan', addresses: ['1.1.1.100/24'] } } },
    director: {
      role: 'director',
      nics: { eth0: { segment: 'lan', addresses: ['1.1.1.131/24', '1.1.1.130/24'] } },
      sysctls: { 'net.ipv4.ip_forward': '1' },
    },
    web1: webServer('1.1.1.128/24'),
    web2: webServer('1.1.1.129/24'),
  },
  commands: [
    { on: 'director', line: 'ipvsadm -A -t 1.1.1.130:80 -s rr', says: 'Add the virtual service.' },
    { on: 'director', line: 'ipvsadm -a -t 1.1.1.130:80 -r 1.1.1.128 -g', says: 'Add the first real server.' },
    { on: 'director', line: 'ipvsadm -a -t 1.1.1.130:80 -r 1.1.1.129 -g', says: 'Add the second one.' },
  ],
};

function webServer(address: string): Host {
  return {
    role: 'real server',
    nics: { eth0: { segment: 'lan', addresses: [address] } },
    servers: [{ kind: 'web', port: 80 }],
    addresses: { lo: [{ address: '1.1.1.130/32', label: 'lo:0' }] },
    sysctls: { 'net.ipv4.conf.all.arp_ignore': '1', 'net.ipv4.conf.all.arp_announce': '2' },
  };
}
