import type { Command, Host, Topology } from '../topology.ts';

/**
 * Tunnelling: real servers in another network, behind a router, unwrap what the director sends; the VIP is on their lo. The tunnel
 * must not come from the VIP, which real servers take for an address of their own, so the director has another one.
 */
export const topology: Topology = {
  name: 'tun',
  title: 'VS/TUN: real servers in another network get packets inside packets, and answer straight to the client',
  titleZh: 'VS/TUN：真实服务器在别的网段，请求装在另一个报文里送到，回应直接给客户端',
  picture: `
   client 10.1.1.100 --- public 10.1.1.0/24 ---+
                                               | eth1 10.1.1.22
   director 1.1.1.131, VIP 1.1.1.130 -- near 1.1.1.0/24 -- router
                                               | eth2 2.2.2.1
   web1 2.2.2.128, web2 2.2.2.129 -- far 2.2.2.0/24
   weir decap and the VIP on lo of both, gateway 2.2.2.1`,
  segments: ['public', 'near', 'far'],
  faults: [
    'duplicate-vip',
    'firewall-director',
    'firewall-real-server',
    'foreign-program',
    'ftp-alone',
    'idle-timeout',
    'mtu-black-hole',
    'no-return-route',
    'no-rules',
    'persistence-share',
    'port-wrong',
    'reply-lost',
    'rp-filter',
    'server-down',
    'service-stopped',
    'sh-table',
    'tunnel-missing',
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
        vmnet1: { segment: 'near', addresses: ['1.1.1.1/24'] },
        eth2: { segment: 'far', addresses: ['2.2.2.1/24'] },
      },
      sysctls: { 'net.ipv4.ip_forward': '1' },
    },
    director: {
      role: 'director',
      nics: { eth0: { segment: 'near', addresses: ['1.1.1.131/24', '1.1.1.130/24'] } },
      routes: [{ to: 'default', via: '1.1.1.1' }],
      sysctls: { 'net.ipv4.ip_forward': '1' },
    },
    web1: webServer('2.2.2.128/24'),
    web2: webServer('2.2.2.129/24'),
  },
  commands: [
    { on: 'director', line: 'ipvsadm -A -t 1.1.1.130:80 -s rr', says: 'Add the virtual service.' },
    {
      on: 'director',
      line: 'ipvsadm -a -t 1.1.1.130:80 -r 2.2.2.128 -i',
      says: 'Add the first real server; -i is tunnelling.',
    },
    { on: 'director', line: 'ipvsadm -a -t 1.1.1.130:80 -r 2.2.2.129 -i', says: 'Add the second one.' },
    ...['web1', 'web2'].flatMap(setUpRealServer),
  ],
};

function webServer(address: string): Host {
  return {
    role: 'real server',
    nics: { eth0: { segment: 'far', addresses: [address] } },
    servers: [{ kind: 'web', port: 80 }],
    routes: [{ to: 'default', via: '2.2.2.1' }],
    byHand: { addresses: { lo: [{ address: '1.1.1.130/32', label: 'lo:0' }] }, decap: { vips: ['1.1.1.130'] } },
  };
}

function setUpRealServer(on: string): Command[] {
  return [
    {
      on,
      line: 'ip address add 1.1.1.130/32 dev lo label lo:0',
      says: 'What comes out of the tunnel is for the VIP: the real server has to hold it.',
    },
    { on, line: 'weir decap up --vip 1.1.1.130', says: 'Take packets for the VIP out of tunnels.' },
  ];
}
