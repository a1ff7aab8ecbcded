import { describe, expect, test } from 'vitest';
import { host, network, nic, told, WEB } from '../../test/support/sim-network.ts';
import { parseFrame } from '../net/frame.ts';
import { formatTcpFlags } from '../net/tcp.ts';
import { Network } from './network.ts';

const SECONDS = 1_000_000;
const web = { to: { address: '10.0.0.2', port: 80 }, protocol: 'tcp', timeout: 30 * SECONDS } as const;
const pair = (given = {}): Network =>
  network(host('client', [nic(1, ['10.0.0.1/24'])]), host('web', [nic(2, ['10.0.0.2/24'])], { ...WEB, ...given }));

/** Flags of TCP segments as they left hosts: `client S`. */
function segments(net: Network): string[] {
  return net.frames.flatMap(({ host: name, direction, bytes }) => {
    const tcp = parseFrame(bytes).find('tcp');
    return tcp === undefined || direction === 'in' ? [] : [`${name} ${formatTcpFlags(tcp.flags)}`];
  });
}

describe('a TCP connection', () => {
  test('opens, asks, is answered and closes', () => {
    const net = pair();

    expect(net.request('client', web)).toEqual({ kind: 'answer', body: 'web\n' });

    net.wait(1000);
    expect(segments(net)).toEqual([
      'client S',
      'web SA',
      'client A',
      'client PA',
      'web A',
      'web PA',
      'client A',
      'client FA',
      'web A',
      'web FA',
      'client A',
    ]);
  });

  test('to a port where nothing listens is refused', () => {
    const net = pair({ servers: [] });

    expect(net.request('client', web)).toEqual({ kind: 'error', errno: 'ECONNREFUSED' });
    expect(net.host('web').counters.moved()).toEqual({ TcpOutRsts: 1 });
    expect(net.host('client').counters.moved()).toEqual({ TcpAttemptFails: 1 });
  });

  test('to a firewall that drops is tried again after 1, 2, 3, 4, 5, 7, 11, 19 seconds', () => {
    const net = pair({ firewall: [{ chain: 'input', protocol: 'tcp', action: 'drop' }] });

    expect(net.request('client', web)).toEqual({ kind: 'timeout', connected: false });
    const tries = net.frames
      .filter(({ host: name, bytes }) => name === 'client' && parseFrame(bytes).find('tcp') !== undefined)
      .map(({ time }) => Math.round(time / SECONDS));
    expect(tries).toEqual([0, 1, 2, 3, 4, 5, 7, 11, 19]);
  });

  test('to a firewall that rejects is refused', () => {
    const net = pair({ firewall: [{ chain: 'input', protocol: 'tcp', action: 'reject' }] });
    expect(net.request('client', web)).toEqual({ kind: 'error', errno: 'ECONNREFUSED' });
  });

  test('to nobody fails when nobody has answered ARP for three seconds', () => {
    const net = pair();

    const result = net.request('client', { ...web, to: { address: '10.0.0.77', port: 80 } });

    expect(result).toEqual({ kind: 'error', errno: 'EHOSTUNREACH' });
    expect(Math.round(net.agenda.now / SECONDS)).toBe(3);
  });

  test('to where no route leads does not begin', () => {
    const to = { address: '172.16.0.1', port: 80 };
    expect(pair().request('client', { ...web, to })).toEqual({ kind: 'error', errno: 'ENETUNREACH' });
  });
});

test('a datagram is answered from the address that was asked; to a closed port by ICMP', () => {
  const net = pair({ servers: [{ kind: 'udp-echo', port: 7 }] });
  const ask = (port: number) =>
    net.request('client', { to: { address: '10.0.0.2', port }, protocol: 'udp', timeout: SECONDS });

  expect(ask(7)).toEqual({ kind: 'answer', body: 'web hello' });
  expect(ask(9)).toEqual({ kind: 'error', errno: 'ECONNREFUSED' });
  expect(net.host('web').counters.moved()).toEqual({ UdpNoPorts: 1, IcmpOutDestUnreachs: 1 });
});

/** client -- lan -- router -- wan -- web */
function routed(router = {}, wanMtu = 1500, lanGiven = {}): Network {
  const wan = (number: number, address: string, name: string) =>
    nic(number, [address], { name, segment: 'wan', mtu: wanMtu });
  return network(
    host('client', [nic(1, ['10.0.0.1/24'])], { routes: [{ to: '0.0.0.0/0', via: '10.0.0.254' }], ...lanGiven }),
    host('router', [nic(2, ['10.0.0.254/24']), wan(3, '192.168.0.254/24', 'eth1')], {
      sysctls: { 'net.ipv4.ip_forward': '1' },
      ...router,
    }),
    host('web', [wan(4, '192.168.0.2/24', 'eth0')], { routes: [{ to: '0.0.0.0/0', via: '192.168.0.254' }], ...WEB }),
  );
}
const far = { ...web, to: { address: '192.168.0.2', port: 80 } };

describe('a router', () => {
  test('passes packets on with a TTL one less', () => {
    const net = routed();
    expect(net.request('client', far)).toEqual({ kind: 'answer', body: 'web\n' });
    const ttls = net.frames
      .filter(({ host: name, direction }) => name === 'web' && direction === 'in')
      .flatMap(({ bytes }) => parseFrame(bytes).find('ipv4')?.ttl ?? []);
    expect(new Set(ttls)).toEqual(new Set([63]));
  });

  test('that does not forward drops in silence', () => {
    const net = routed({ sysctls: {} });
    expect(net.request('client', { ...far, timeout: SECONDS / 2 }).kind).toBe('timeout');
    expect(net.host('router').counters.moved()).toEqual({ IpInAddrErrors: 1 });
    expect(told(net, 'drop')).toEqual([
      'router drops the packet: the destination is none of its addresses, and it does not forward (ip_forward=0).',
    ]);
  });

  test('tells a sender whose TTL has run out', () => {
    const net = routed({}, 1500, { sysctls: { 'net.ipv4.ip_default_ttl': '1' } });
    net.request('client', { ...far, timeout: SECONDS / 2 });
    expect(net.host('router').counters.moved()).toMatchObject({ IpInHdrErrors: 1, IcmpOutTimeExcds: 1 });
  });

  test('has nothing to tell where the server has announced its own small MSS', () => {
    const small = routed({}, 1200);
    expect(small.request('client', { ...far, upload: 20_000 })).toEqual({ kind: 'answer', body: 'web\n' });
    expect(small.host('router').counters.moved()).not.toHaveProperty('IpFragFails');
  });

  test('names a better gateway to hosts on the same network, which take it', () => {
    const net = network(
      host('client', [nic(1, ['10.0.0.1/24'])], { routes: [{ to: '0.0.0.0/0', via: '10.0.0.253' }] }),
      host('wrong', [nic(2, ['10.0.0.253/24'])], {
        sysctls: { 'net.ipv4.ip_forward': '1' },
        routes: [{ to: '0.0.0.0/0', via: '10.0.0.254' }],
      }),
      host('right', [nic(3, ['10.0.0.254/24'])], { sysctls: { 'net.ipv4.ip_forward': '1' } }),
    );
    net.request('client', { ...far, timeout: 3 * SECONDS });

    expect(net.host('wrong').counters.moved()).toMatchObject({ IcmpOutRedirects: 1 });
    expect(net.host('client').redirected.get('192.168.0.2')).toBe('10.0.0.254');
  });
});

test('a path that carries less than both ends is found out by ICMP', () => {
  const wide = { name: 'eth0', segment: 'wan' };
  const net = new Network({
    segments: ['lan', 'middle', 'wan'],
    hosts: [
      host('client', [nic(1, ['10.0.0.1/24'])], { routes: [{ to: '0.0.0.0/0', via: '10.0.0.254' }] }),
      host('a', [nic(2, ['10.0.0.254/24']), nic(3, ['10.1.0.1/24'], { name: 'eth1', segment: 'middle', mtu: 1200 })], {
        sysctls: { 'net.ipv4.ip_forward': '1' },
        routes: [{ to: '0.0.0.0/0', via: '10.1.0.2' }],
      }),
      host(
        'b',
        [
          nic(4, ['10.1.0.2/24'], { segment: 'middle', mtu: 1200 }),
          nic(5, ['192.168.0.254/24'], { name: 'eth1', segment: 'wan' }),
        ],
        {
          sysctls: { 'net.ipv4.ip_forward': '1' },
          routes: [{ to: '0.0.0.0/0', via: '10.1.0.1' }],
        },
      ),
      host('web', [nic(6, ['192.168.0.2/24'], wide)], { routes: [{ to: '0.0.0.0/0', via: '192.168.0.254' }], ...WEB }),
    ],
  });

  expect(net.request('client', { ...far, upload: 20_000 })).toEqual({ kind: 'answer', body: 'web\n' });
  expect(net.host('a').counters.moved()).toHaveProperty('IpFragFails');
});

test('a switch learns: what is known to be elsewhere is not flooded', () => {
  const net = network(
    host('client', [nic(1, ['10.0.0.1/24'])]),
    host('web', [nic(2, ['10.0.0.2/24'])], WEB),
    host('bystander', [nic(3, ['10.0.0.3/24'])]),
  );
  net.request('client', web);

  const heard = net.frames.filter(({ host: name }) => name === 'bystander');
  expect(heard.map(({ bytes }) => parseFrame(bytes).find('arp')?.targetIp)).toEqual(['10.0.0.2']);
  expect(net.segments.get('lan')?.portOf('02:00:00:00:00:02')?.host).toBe('web');
});

test('over IPv6 neighbours are found by discovery, and nobody answers for an address on lo', () => {
  const lo = { name: 'lo', addresses: ['2001:db8::100/128'] };
  const net = network(host('client', [nic(1, ['2001:db8::1/64'])]), host('web', [lo, nic(2, ['2001:db8::2/64'])], WEB));
  const ask = (address: string) => net.request('client', { ...web, to: { address, port: 80 } });

  expect(ask('2001:db8::2')).toEqual({ kind: 'answer', body: 'web\n' });
  expect(ask('2001:db8::100')).toEqual({ kind: 'error', errno: 'EHOSTUNREACH' });
  expect(told(net, 'silence')[0]).toContain('web stays silent about 2001:db8::100: it is on lo');
});

test('the same network runs the same way twice', () => {
  const run = (): string[] => {
    const net = routed();
    net.request('client', far);
    return net.events.map(({ time, text }) => `${time} ${text.en}`);
  };
  expect(run()).toEqual(run());
});
