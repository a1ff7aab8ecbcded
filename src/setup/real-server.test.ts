import { describe, expect, test } from 'vitest';
import { WeirError } from '../base/error.ts';
import { directorFacts } from './director.ts';
import { defaultRoutes } from './kinds/gateway.ts';
import { kindOf } from './kinds/index.ts';
import type { Machine } from './machine.ts';
import { persistFacts } from './persist.ts';
import { realServerFacts, type RealServerOptions } from './real-server.ts';
import { shellScript } from './script.ts';

/** web1 of the course notes, with a second interface. */
const WEB1: Machine = {
  links: [
    { name: 'lo', ethernet: false, up: true, addresses: ['127.0.0.1/8'] },
    { name: 'eth0', ethernet: true, up: true, addresses: ['1.1.1.128/24', 'fd00:1::128/64'] },
    { name: 'eth1', ethernet: true, up: true, addresses: ['192.168.7.2/24'] },
  ],
  defaultDevice: { inet: 'eth0' },
  sourceChecks: { all: '0', eth0: '0', eth1: '0' },
};

const facts = (options: Partial<RealServerOptions>, machine = WEB1) =>
  realServerFacts({ method: 'dr', vips: ['1.1.1.130'], arpFirewall: false, guePort: 6080, ...options }, machine);
const script = (options: Partial<RealServerOptions>, machine = WEB1) =>
  shellScript(facts(options, machine), 'en')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

describe('direct routing', () => {
  test('ARP is silenced before the VIP is bound', () => {
    expect(script({})).toEqual([
      'sysctl -w net.ipv4.conf.all.arp_announce=2',
      'sysctl -w net.ipv4.conf.eth0.arp_announce=2',
      'sysctl -w net.ipv4.conf.all.arp_ignore=1',
      'sysctl -w net.ipv4.conf.eth0.arp_ignore=1',
      'ip address add 1.1.1.130/32 label lo:0 dev lo',
    ]);
  });

  test('an IPv6 VIP needs no ARP settings, is not asked for on the segment, and is never a source of the host itself', () => {
    expect(script({ vips: ['fd00:1::130'] })).toEqual(['ip address add fd00:1::130/128 nodad preferred_lft 0 dev lo']);
  });

  test('the gateway and its MAC address are bound on the interface in whose network it lies', () => {
    expect(script({ gateway: '192.168.7.1', gatewayMac: '00:50:56:C0:00:01' }).slice(-2)).toEqual([
      'ip -4 route replace default via 192.168.7.1 dev eth1',
      'ip neighbour replace 192.168.7.1 lladdr 00:50:56:c0:00:01 dev eth1 nud permanent',
    ]);
  });

  test('a strict source check is loosened only where requests and answers use different interfaces', () => {
    const strict = { ...WEB1, sourceChecks: { all: '1', eth0: '0', eth1: '0' } };
    const loosened = (device: string) => script({ device }, strict).filter((line) => line.includes('rp_filter'));
    expect(loosened('eth0')).toEqual([]);
    expect(loosened('eth1')).toEqual(['sysctl -w net.ipv4.conf.eth1.rp_filter=2']);
  });

  test('the name of an interface may hold a dot', () => {
    const vlan = { ...WEB1, links: [...WEB1.links, { name: 'eth0.7', ethernet: true, up: true, addresses: [] }] };
    expect(script({ device: 'eth0.7' }, vlan)).toContain('sysctl -w net/ipv4/conf/eth0.7/arp_ignore=1');
  });

  test('a host that answers for no address at all does as well as one that hides the VIP', () => {
    const [ignore] = facts({}).filter((fact) => fact.kind === 'sysctl' && fact.path.endsWith('all/arp_ignore'));
    const holds = ['0', '1', '2'].map((value) => kindOf(ignore!).holds(ignore!, [value]));
    expect(holds).toEqual([false, true, true]);
  });
});

test('tunnels are unwrapped where they arrive, before the VIP is bound', () => {
  expect(script({ method: 'tun' }).slice(-2)).toEqual([
    'weir decap up --vip 1.1.1.130 --interface eth0 --gue-port 6080',
    'ip address add 1.1.1.130/32 label lo:0 dev lo',
  ]);
});

test('masquerading: the gateway is the director, and redirects do not lead past it', () => {
  expect(script({ method: 'nat', vips: [], gateway: '1.1.1.130' })).toEqual([
    'ip -4 route replace default via 1.1.1.130 dev eth0',
    'sysctl -w net.ipv4.conf.all.accept_redirects=0',
    'sysctl -w net.ipv4.conf.eth0.accept_redirects=0',
  ]);
});

test.each<[string, Partial<RealServerOptions>, string]>([
  ['an address with too big a number', { vips: ['1.1.1.300'] }, 'ADDRESS_INVALID'],
  ['a loopback VIP', { vips: ['127.0.0.1'] }, 'SETUP_INVALID'],
  ['a multicast VIP', { vips: ['224.0.0.5'] }, 'SETUP_INVALID'],
  ['a VIP that an interface has', { vips: ['1.1.1.128'] }, 'SETUP_INVALID'],
  ['no VIP', { vips: [] }, 'USAGE'],
  ['masquerading without a gateway', { method: 'nat' }, 'USAGE'],
  ['a gateway that is the VIP', { gateway: '1.1.1.130' }, 'SETUP_INVALID'],
  ['a gateway that is no neighbour', { gateway: '10.9.9.1' }, 'SETUP_INVALID'],
  ['the MAC address of all', { gateway: '1.1.1.1', gatewayMac: 'ff:ff:ff:ff:ff:ff' }, 'SETUP_INVALID'],
  ['a MAC address of nobody', { gatewayMac: '02:00:00:00:00:01' }, 'USAGE'],
  ['an unknown interface', { device: 'eth9' }, 'INTERFACE_UNKNOWN'],
  ['lo', { device: 'lo' }, 'INTERFACE_UNKNOWN'],
  ['an ARP firewall without ARP', { vips: ['fd00::1'], arpFirewall: true }, 'SETUP_INVALID'],
])('refused: %s', (_what, options, code) => {
  let found: unknown;
  try {
    facts(options);
  } catch (error) {
    found = error instanceof WeirError ? error.code : error;
  }
  expect(found).toBe(code);
});

describe('a director', () => {
  const director: Machine = { ...WEB1, defaultDevice: { inet: 'eth1' } };

  test('forwards, sends no redirects, has its VIPs on the first interface, and knows its real servers', () => {
    const wanted = directorFacts({ vips: ['10.1.1.21'], realServers: ['1.1.1.129=02:01:01:01:01:29'] }, director);
    expect(shellScript(wanted, 'zh')).toBe(
      [
        '# 打开路由转发。',
        'sysctl -w net.ipv4.ip_forward=1',
        '',
        '# 不发 ICMP 重定向：同一网段的真实服务器会因此学到绕过调度器的路。',
        'sysctl -w net.ipv4.conf.all.send_redirects=0',
        'sysctl -w net.ipv4.conf.eth1.send_redirects=0',
        'sysctl -w net.ipv4.conf.eth0.send_redirects=0',
        '',
        '# VIP 是调度器自己的地址：由它应答 ARP，请求才会到这里来。',
        'ip address add 10.1.1.21/32 dev eth1',
        '',
        '# 静态绑定 real server 的硬件地址。',
        'ip neighbour replace 1.1.1.129 lladdr 02:01:01:01:01:29 dev eth0 nud permanent',
        '',
      ].join('\n'),
    );
  });

  test('a VIP that is its own address already stays where it is (S13)', () => {
    const vip = directorFacts({ vips: ['1.1.1.128'], realServers: [] }, director).find(
      ({ kind }) => kind === 'address',
    )!;
    expect(vip).toMatchObject({ device: 'eth0' });
    expect(kindOf(vip).apply(vip, ['1.1.1.128/24'])).toEqual([]);
  });

  test('refuses a real server without its MAC address', () => {
    expect(() => directorFacts({ vips: [], realServers: ['1.1.1.128'] }, director)).toThrow('with its MAC address');
  });
});

test('default routes are read with all their attributes, several next hops as one route', () => {
  const text =
    'default proto static metric 7 \n\tnexthop via 1.1.1.1 dev eth0 weight 1 \n\tnexthop via 1.1.1.2 dev eth0 weight 1 \n' +
    'default via 1.1.1.3 dev eth0 proto dhcp src 1.1.1.9 metric 100 linkdown \n';
  expect(defaultRoutes(text)).toEqual([
    'default proto static metric 7 nexthop via 1.1.1.1 dev eth0 weight 1 nexthop via 1.1.1.2 dev eth0 weight 1',
    'default via 1.1.1.3 dev eth0 proto dhcp src 1.1.1.9 metric 100',
  ]);
});

test('what comes back at boot: settings before the first packet, and the command for the rest', () => {
  const [settings, unit, enabled] = persistFacts(facts({}), {
    role: 'realserver',
    etc: '/etc',
    command: ['/usr/bin/node', '/opt/weir/bin/weir', 'realserver', 'setup', '--interface', 'eth%0'],
  });
  expect(settings).toMatchObject({ kind: 'file', path: '/etc/sysctl.d/60-weir-realserver.conf' });
  expect(unit).toMatchObject({
    content: expect.stringContaining(
      'ExecStart=/usr/bin/node /opt/weir/bin/weir realserver setup --interface eth%%0\n',
    ),
  });
  expect(enabled).toMatchObject({
    kind: 'link',
    path: '/etc/systemd/system/multi-user.target.wants/weir-realserver.service',
  });
});

test('words with blanks, quotes and dollars reach the unit as they are', () => {
  const [, unit] = persistFacts([], {
    role: 'director',
    etc: '/etc',
    command: ['/opt/my weir/bin/weir', '--state', '/a$b', 'say "x"', 'back\\slash'],
  });
  expect(unit).toMatchObject({
    content: expect.stringContaining('ExecStart="/opt/my weir/bin/weir" --state /a$$b "say \\"x\\"" "back\\\\slash"\n'),
  });
});

test.each<[language: 'en' | 'zh', shown: string[]]>([
  [
    'en',
    [
      'net.ipv4.conf.all.arp_ignore: 1 or 2',
      'address on lo: 1.1.1.130/32',
      'default gateway: 1.1.1.1 on eth0',
      'static ARP of 1.1.1.1 on eth0: 00:50:56:c0:00:01',
      'ARP firewall: 1.1.1.130',
      'unwrapping of tunnels: 1.1.1.130 on eth0',
    ],
  ],
  [
    'zh',
    [
      'net.ipv4.conf.all.arp_ignore: 1 或 2',
      'lo 上的地址: 1.1.1.130/32',
      '默认网关: 1.1.1.1（eth0）',
      'eth0 上 1.1.1.1 的静态 ARP: 00:50:56:c0:00:01',
      'ARP 防火墙: 1.1.1.130',
      '隧道解封装: eth0 上的 1.1.1.130',
    ],
  ],
])('status names what was set up in its language: %s', (language, shown) => {
  const gateway = { gateway: '1.1.1.1', gatewayMac: '00:50:56:c0:00:01' };
  const all = [...facts({ ...gateway, arpFirewall: true }), ...facts({ method: 'tun' })];
  const lines = all.map((fact) => `${kindOf(fact).subject(fact)[language]}: ${kindOf(fact).wanted(fact)[language]}`);
  expect(lines).toEqual(expect.arrayContaining(shown));
});

test('a file is wanted with so many lines, in either language', () => {
  const [settings] = persistFacts(facts({}), { role: 'realserver', etc: '/etc', command: ['weir'] });
  expect(kindOf(settings!).wanted(settings!)).toEqual({ en: '4 lines', zh: '4 行' });
});
