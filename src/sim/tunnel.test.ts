import { describe, expect, test } from 'vitest';
import { packet, type PacketSpec } from '../net/packet.ts';
import { Network } from './network.ts';
import type { HostSpec } from './spec.ts';

const VIP = '10.9.9.9';
const OUTER = { source: '10.2.0.1', destination: '10.2.0.11' };
const FORMS: readonly (readonly [form: 'ipip' | 'gre' | 'gue', outer: PacketSpec])[] = [
  ['ipip', {}],
  ['gre', { gre: {} }],
  ['gue', { udp: {}, gue: {} }],
];

/** A real server that is given a SYN in a tunnel, and what happens to it there. */
function given(server: Partial<HostSpec>, outer: PacketSpec, destination = VIP): string[] {
  const nic = { name: 'eth0', segment: 'lan', mac: '02:00:00:00:00:11', addresses: ['10.2.0.11/24'] };
  const network = new Network({
    segments: ['lan'],
    hosts: [
      {
        name: 'web',
        routes: [{ to: '0.0.0.0/0', via: '10.2.0.1' }],
        interfaces: [{ name: 'lo', addresses: [`${VIP}/32`] }, nic],
        ...server,
      },
    ],
  });
  const inner: PacketSpec = {
    ip: { source: '10.1.0.10', destination },
    tcp: { source: 40_000, destination: 80, flags: 'S' },
  };
  const eth = { source: '02:00:00:00:00:01', destination: nic.mac };
  network
    .host('web')
    .interfaces.get('eth0')
    ?.port?.receive(packet({ eth, ip: OUTER, ...outer, inner }));
  network.wait(1000);
  return network.events.flatMap(({ kind, nic: at, dropped }) =>
    kind === 'tunnel' || kind === 'drop' ? [`${kind} ${at} ${dropped ?? ''}`.trim()] : [],
  );
}

describe.each(FORMS)('a packet in a tunnel: %s', (type, outer) => {
  test('comes out of the tunnel device of its kind', () => {
    const device = { name: 'tunl0', addresses: [], tunnel: { type } };
    const eth0 = { name: 'eth0', segment: 'lan', mac: '02:00:00:00:00:11', addresses: ['10.2.0.11/24'] };
    const lo = { name: 'lo', addresses: [`${VIP}/32`] };

    expect(given({ interfaces: [lo, eth0, device] }, outer)).toEqual(['tunnel tunl0', 'drop tunl0 port-closed']);
  });

  test('is unwrapped for a VIP in front of the stack, and comes in by the NIC itself', () => {
    expect(given({ decap: { vips: [VIP] } }, outer)).toEqual(['tunnel eth0', 'drop eth0 port-closed']);
  });

  test('is left as it is for another destination', () => {
    const reason = type === 'gue' ? 'no-listener' : 'protocol-unknown';
    expect(given({ decap: { vips: [VIP] } }, outer, '10.9.9.8')).toEqual([`drop eth0 ${reason}`]);
  });
});
