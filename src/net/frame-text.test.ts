import { expect, it } from 'vitest';
import { arpReply, arpRequest } from './arp.ts';
import { frameText, layerText } from './frame-text.ts';
import { parseFrame, parsePacket } from './frame.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import { packet, type PacketSpec } from './packet.ts';

const ip = { source: '10.1.0.10', destination: '10.9.9.9' };
const ip6 = { source: '2001:db8::a', destination: '2001:db8::b' };
const request = arpRequest('02:00:00:00:0c:10', '10.1.1.10', '10.1.1.21');

it.each<[PacketSpec, string]>([
  [{ ip, tcp: { sequence: 1000 }, payload: 20 }, '10.1.0.10 > 10.9.9.9 ttl 64 / tcp 40000 > 80 S seq 1000 / 20 bytes'],
  [
    { ip: { ...ip, dontFragment: true, ttl: 1 }, tcp: { flags: 0, acknowledgement: 5, options: new Uint8Array(12) } },
    '10.1.0.10 > 10.9.9.9 ttl 1 df / tcp 40000 > 80 no flags seq 0 ack 5 12 bytes of options',
  ],
  [
    { ip: { ...ip, identification: 9, fragmentOffset: 1480, moreFragments: true, protocol: 17 }, payload: 8 },
    '10.1.0.10 > 10.9.9.9 ttl 64 fragment id 9 at 1480, more follow / 8 bytes',
  ],
  [
    { ip, icmp: { type: 'echoRequest', identifier: 7, sequence: 1 } },
    '10.1.0.10 > 10.9.9.9 ttl 64 / icmp echo request id 7 seq 1',
  ],
  [
    { ip, icmp: { type: 'destinationUnreachable', code: 'fragmentationNeeded', mtu: 1400 } },
    '10.1.0.10 > 10.9.9.9 ttl 64 / icmp destination unreachable fragmentation needed mtu 1400',
  ],
  [
    { ip, icmp: { type: 'destinationUnreachable', code: 9 } },
    '10.1.0.10 > 10.9.9.9 ttl 64 / icmp destination unreachable code 9',
  ],
  [{ ip, icmp: { type: 13, code: 1 } }, '10.1.0.10 > 10.9.9.9 ttl 64 / icmp type 13 code 1'],
  [
    { ip: ip6, icmpv6: { type: 'packetTooBig', mtu: 1280 } },
    '2001:db8::a > 2001:db8::b hop limit 64 / icmpv6 packet too big mtu 1280',
  ],
  [
    { ip: ip6, extensions: [{ kind: IP_PROTOCOL.hopByHop, data: new Uint8Array(6) }], fragment: {}, sctp: {} },
    '2001:db8::a > 2001:db8::b hop limit 64 / hopByHop header, 8 bytes / atomic fragment id 1 / sctp 40000 > 80',
  ],
  [
    { ip, gre: { key: 5 }, inner: { ip: ip6, udp: {} } },
    '10.1.0.10 > 10.9.9.9 ttl 64 / gre key 5 / 2001:db8::a > 2001:db8::b hop limit 64 / udp 40000 > 80',
  ],
  [
    { ip, gue: {}, inner: { ip, udp: {} } },
    '10.1.0.10 > 10.9.9.9 ttl 64 / udp 40000 > 6080 / gue ipip / 10.1.0.10 > 10.9.9.9 ttl 64 / udp 40000 > 80',
  ],
  [{ ip, gue: { control: true, protocol: 1 } }, '10.1.0.10 > 10.9.9.9 ttl 64 / udp 40000 > 6080 / gue control 1'],
  [{ ip: { ...ip, protocol: 6 }, payload: 8 }, '10.1.0.10 > 10.9.9.9 ttl 64 / 8 bytes / no tcp: TCP header is cut off'],
])('packet %#', (spec, text) => {
  expect(frameText(parsePacket(packet(spec)))).toBe(text);
});

it.each<[PacketSpec, string]>([
  [{ arp: request, trailer: 18 }, 'arp who has 10.1.1.21? tell 10.1.1.10 at 02:00:00:00:0c:10 / 18 bytes after it'],
  [{ arp: arpReply(request, '02:00:00:00:00:01') }, 'arp 10.1.1.21 is at 02:00:00:00:00:01'],
  [{ arp: { ...request, operation: 8 } }, 'arp operation 8 from 10.1.1.10'],
])('ARP %#', (spec, text) => {
  expect(
    frameText(parseFrame(packet(spec)))
      .split(' / ')
      .slice(1)
      .join(' / '),
  ).toBe(text);
});

it('Ethernet and VLAN', () => {
  const frame = parseFrame(packet({ eth: {}, vlan: { id: 7, priority: 3 }, ip, udp: {} }));
  expect(frame.layers.slice(0, 2).map(layerText)).toEqual([
    '02:00:00:00:00:01 > 02:00:00:00:00:02',
    'vlan 7 priority 3',
  ]);
});
