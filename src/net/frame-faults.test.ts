import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packetSpec } from '../../test/support/arbitrary-frame.ts';
import { frameFaults } from './frame-faults.ts';
import { parsePacket } from './frame.ts';
import { packet, type PacketSpec } from './packet.ts';

const faultsOf = (spec: PacketSpec): string[] =>
  frameFaults(parsePacket(packet(spec))).map(
    ({ layer, field, expected, found }) => `${layer} ${field} ${found}, not ${expected}`,
  );

it('a right packet has no faults', () => {
  fc.assert(
    fc.property(packetSpec, (spec) => {
      expect(frameFaults(parsePacket(packet(spec)))).toEqual([]);
    }),
  );
});

describe('a wrong checksum is found, with the right one', () => {
  const right = (spec: PacketSpec, name: 'ipv4' | 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'sctp' | 'gre'): number =>
    parsePacket(packet(spec)).get(name).checksum;

  it.each<[string, 'ipv4' | 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'sctp' | 'gre', PacketSpec, PacketSpec]>([
    ['IPv4', 'ipv4', { udp: {} }, { ip: { checksum: 1 }, udp: {} }],
    ['TCP', 'tcp', { tcp: {} }, { tcp: { checksum: 1 } }],
    ['TCP over IPv6', 'tcp', { ip: { hopLimit: 9 }, tcp: {} }, { ip: { hopLimit: 9 }, tcp: { checksum: 1 } }],
    ['UDP', 'udp', { udp: {} }, { udp: { checksum: 1 } }],
    ['ICMP', 'icmp', { icmp: { type: 8 } }, { icmp: { type: 8, checksum: 1 } }],
    ['ICMPv6', 'icmpv6', { icmpv6: { type: 128 } }, { icmpv6: { type: 128, checksum: 1 } }],
    ['SCTP', 'sctp', { sctp: {} }, { sctp: { checksum: 1 } }],
    [
      'GRE',
      'gre',
      { gre: { hasChecksum: true }, inner: { udp: {} } },
      { gre: { hasChecksum: true, checksum: 1 }, inner: { udp: {} } },
    ],
  ])('%s', (_, name, sound, wrong) => {
    expect(faultsOf(wrong)).toEqual([`${name} checksum 1, not ${right(sound, name)}`]);
  });

  it('also of zeros, whose checksum is ffff', () => {
    expect(faultsOf({ icmp: { type: 0, checksum: 0 } })).toEqual(['icmp checksum 0, not 65535']);
  });
});

describe('a wrong length is found', () => {
  it('of IPv4, where the packet is cut off', () => {
    expect(faultsOf({ ip: { totalLength: 100 }, udp: { length: 80 }, payload: 4 })).toEqual([
      'ipv4 totalLength 100, not 32',
    ]);
  });

  it('of IPv6', () => {
    expect(faultsOf({ ip: { hopLimit: 9, payloadLength: 100 }, udp: {} })).toEqual(['ipv6 payloadLength 100, not 8']);
  });

  it('of UDP, too much and too little', () => {
    expect(faultsOf({ udp: { length: 100 } })).toEqual(['udp length 100, not 8']);
    expect(faultsOf({ udp: { length: 9 }, payload: 3 })).toEqual(['udp length 9, not 11']);
  });

  it('of the TCP header', () => {
    expect(faultsOf({ tcp: { dataOffset: 2 } })).toEqual(['tcp dataOffset 2, not 5']);
  });
});

describe('what cannot be verified is passed over', () => {
  it('a UDP checksum of 0', () => {
    expect(faultsOf({ udp: { checksum: 0 }, payload: 5 })).toEqual([]);
  });

  it('the transport of a fragment', () => {
    expect(faultsOf({ ip: { moreFragments: true }, tcp: { checksum: 1 } })).toEqual([]);
    expect(faultsOf({ fragment: { moreFragments: true }, udp: { length: 4000, checksum: 1 } })).toEqual([]);
  });

  it('the transport of a packet that is cut off', () => {
    const cut = packet({ tcp: {}, payload: 1000 }).subarray(0, 100);
    expect(frameFaults(parsePacket(cut)).map(({ field }) => field)).toEqual(['totalLength']);
  });
});
