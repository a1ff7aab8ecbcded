import * as fc from 'fast-check';
import { addressFromBytes, formatMac, type IpAddress, type MacAddress } from '../../src/net/address.ts';
import { GUE_PORT } from '../../src/net/gue.ts';
import { IP_PROTOCOL } from '../../src/net/ip-protocol.ts';
import type { LayerHeaders, LayerName } from '../../src/net/layer.ts';
import { packet, type PacketSpec } from '../../src/net/packet.ts';

/*
 * Headers and whole frames, valid and otherwise. Headers are such that every field survives: lengths and checksums are any
 * number, because codecs keep given ones when they are asked to.
 */

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const bytesOfLength = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

export const mac: fc.Arbitrary<MacAddress> = bytesOfLength(6).map(formatMac);
export const ipv4Address: fc.Arbitrary<IpAddress> = bytesOfLength(4).map(addressFromBytes);
export const ipv6Address: fc.Arbitrary<IpAddress> = bytesOfLength(16).map(addressFromBytes);

/** 0, 4 ... 40 bytes of IPv4 or TCP options, sound or not. */
const optionBytes = fc.nat(10).chain((words) => bytesOfLength(words * 4));
const fragmentOffset = fc.nat(0x1fff).map((units) => units * 8);

/** A data offset that fits the options, or one that cannot be right and so leaves none. */
const tcpSize = fc.oneof(
  optionBytes.map((options) => ({ options, dataOffset: 5 + options.length / 4 })),
  fc.nat(4).map((dataOffset) => ({ options: new Uint8Array(0), dataOffset })),
);

const greFields = fc.record(
  {
    etherType: u16,
    hasChecksum: fc.boolean(),
    reserved: fc.nat(0xff).map((bits) => bits << 3),
    key: u32,
    sequence: u32,
  },
  { requiredKeys: ['etherType', 'hasChecksum', 'reserved'] },
);

export const HEADERS: { readonly [Name in LayerName]: fc.Arbitrary<LayerHeaders[Name]> } = {
  ethernet: fc.record({ destination: mac, source: mac, etherType: u16 }),
  vlan: fc.record({ priority: fc.nat(7), dropEligible: fc.boolean(), id: fc.nat(4095), etherType: u16 }),
  arp: fc.record({ operation: u16, senderMac: mac, senderIp: ipv4Address, targetMac: mac, targetIp: ipv4Address }),
  ipv4: fc
    .record({
      dscp: fc.nat(63),
      ecn: fc.nat(3),
      totalLength: fc.integer({ min: 60, max: 0xffff }),
      identification: u16,
      reservedFlag: fc.boolean(),
      dontFragment: fc.boolean(),
      moreFragments: fc.boolean(),
      fragmentOffset,
      ttl: u8,
      protocol: u8,
      checksum: u16,
      source: ipv4Address,
      destination: ipv4Address,
      options: optionBytes,
    })
    .map((header) => ({ ...header, headerLength: 20 + header.options.length })),
  ipv6: fc.record({
    dscp: fc.nat(63),
    ecn: fc.nat(3),
    flowLabel: fc.nat(0xfffff),
    payloadLength: u16,
    nextHeader: u8,
    hopLimit: u8,
    source: ipv6Address,
    destination: ipv6Address,
  }),
  'ipv6-extension': fc
    .tuple(fc.constantFrom(IP_PROTOCOL.hopByHop, IP_PROTOCOL.routing, IP_PROTOCOL.authentication), u8, fc.nat(20))
    .chain(([kind, nextHeader, units]) =>
      bytesOfLength(6 + units * (kind === IP_PROTOCOL.authentication ? 4 : 8)).map((data) => ({
        kind,
        nextHeader,
        data,
      })),
    ),
  'ipv6-fragment': fc.record({
    nextHeader: u8,
    fragmentOffset,
    moreFragments: fc.boolean(),
    identification: u32,
    reserved: fc.nat(0x3ff),
  }),
  tcp: fc
    .record({
      source: u16,
      destination: u16,
      sequence: u32,
      acknowledgement: u32,
      reserved: fc.nat(15),
      flags: u8,
      window: u16,
      checksum: u16,
      urgentPointer: u16,
      size: tcpSize,
    })
    .map(({ size, ...header }) => ({ ...header, ...size })),
  udp: fc.record({ source: u16, destination: u16, length: u16, checksum: u16 }),
  sctp: fc.record({ source: u16, destination: u16, verificationTag: u32, checksum: u32 }),
  icmp: fc.record({ type: u8, code: u8, checksum: u16, rest: u32 }),
  icmpv6: fc.record({ type: u8, code: u8, checksum: u16, rest: u32 }),
  gre: fc
    .tuple(greFields, u16)
    .map(([fields, checksum]) => ({ ...fields, checksum: fields.hasChecksum ? checksum : 0 })),
  gue: fc.record({
    control: fc.boolean(),
    protocol: u8,
    flags: u16,
    extension: fc.nat(31).chain((words) => bytesOfLength(words * 4)),
  }),
};

/** Ports that mean nothing to the frame parser. */
const port = u16.filter((value) => value !== GUE_PORT);
const payload = fc.uint8Array({ maxLength: 64 });
const wordsOfOptions = fc.nat(3).chain((words) => bytesOfLength(words * 4));

const ipv4Spec = fc.record({
  source: ipv4Address,
  destination: ipv4Address,
  ttl: u8,
  dscp: fc.nat(63),
  ecn: fc.nat(3),
  identification: u16,
  dontFragment: fc.boolean(),
  options: wordsOfOptions,
});
const ipv6Spec = fc.record({
  source: ipv6Address,
  destination: ipv6Address,
  hopLimit: u8,
  flowLabel: fc.nat(0xfffff),
});

const common: fc.Arbitrary<PacketSpec> = fc.oneof(
  fc
    .record({ source: port, destination: port, sequence: u32, flags: u8, options: wordsOfOptions })
    .map((tcp) => ({ tcp })),
  fc.record({ source: port, destination: port }).map((udp) => ({ udp })),
  fc.record({ source: port, destination: port, checksum: fc.constant(0) }).map((udp) => ({ udp })),
  fc.record({ source: port, destination: port, verificationTag: u32 }).map((sctp) => ({ sctp })),
);

const echo4: fc.Arbitrary<PacketSpec> = fc.record({ type: u8, code: u8, rest: u32 }).map((icmp) => ({ icmp }));
const echo6: fc.Arbitrary<PacketSpec> = fc.record({ type: u8, code: u8, rest: u32 }).map((icmpv6) => ({ icmpv6 }));

const extensions = fc.array(
  fc.record({ kind: fc.constantFrom(IP_PROTOCOL.hopByHop, IP_PROTOCOL.destinationOptions), data: bytesOfLength(14) }),
  { maxLength: 2 },
);

const packet4: fc.Arbitrary<PacketSpec> = fc
  .tuple(ipv4Spec, fc.oneof(common, echo4), payload)
  .map(([ip, transport, data]) => ({ ip, ...transport, payload: data }));
const packet6: fc.Arbitrary<PacketSpec> = fc
  .tuple(ipv6Spec, fc.oneof(common, echo6), extensions, payload)
  .map(([ip, transport, headers, data]) => ({ ip, extensions: headers, ...transport, payload: data }));
const plain = fc.oneof(packet4, packet6);

const tunnel: fc.Arbitrary<PacketSpec> = fc.oneof(
  fc.constant({}),
  fc.record({ hasChecksum: fc.boolean() }).map((gre) => ({ gre })),
  fc.record({ source: port }).map((udp) => ({ udp, gue: {} })),
);
const tunnelled: fc.Arbitrary<PacketSpec> = fc
  .tuple(fc.oneof(ipv4Spec, ipv6Spec), tunnel, plain)
  .map(([ip, around, inner]) => ({ ip, ...around, inner }));

/** An IP packet with right lengths and checksums, as a description. */
export const packetSpec: fc.Arbitrary<PacketSpec> = fc.oneof(plain, plain, tunnelled);

const eth = fc.record({ source: mac, destination: mac });
const tags = fc.array(fc.record({ id: fc.nat(4095), priority: fc.nat(7) }), { maxLength: 2 });

/** An Ethernet frame with right lengths and checksums, as a description. */
export const frameSpec: fc.Arbitrary<PacketSpec> = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(eth, tags, packetSpec).map(([link, vlan, spec]) => ({ eth: link, vlan, ...spec })) },
  { weight: 1, arbitrary: fc.tuple(eth, HEADERS.arp).map(([link, arp]) => ({ eth: link, arp })) },
);

/** The bytes of an Ethernet frame with right lengths and checksums. */
export const validFrame: fc.Arbitrary<Uint8Array> = frameSpec.map(packet);

/** A valid frame of which some bytes were changed, or the end cut off. */
export const brokenFrame: fc.Arbitrary<Uint8Array> = broken(validFrame);

/** The bytes with up to four changes and up to all of the end cut off. */
export function broken(whole: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const changes = fc.array(fc.tuple(fc.nat(), u8), { maxLength: 4 });
  return fc.tuple(whole, changes, fc.option(fc.nat())).map(([bytes, changed, cut]) => {
    const copy = bytes.slice(0, cut === null ? bytes.length : cut % (bytes.length + 1));
    for (const [at, value] of changed) if (copy.length > 0) copy[at % copy.length] = value;
    return copy;
  });
}
