import { setU16, u16 } from '../net/bytes.ts';
import { checksum, pseudoHeaderSum } from '../net/checksum.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { addressToBytes, addressFromBytes } from '../net/address.ts';
import { portsAt, protocolOf } from './transport.ts';
import { followedFlow, isFollower, type PacketFlow } from './flow.ts';
import {
  EXTENSION_HEADERS,
  extensionLength,
  IPV6_HEADER,
  sealIpv4,
  setDestination,
  setSource,
  type Packet,
} from './packet.ts';

const ICMP_HEADER = 8;

/** The packet that an ICMP error quotes, as far as it does. Offsets count from the start of the outer packet. */
export interface Quote {
  /** Where its IP header stands. */
  at: number;
  family: Packet['family'];
  source: string;
  destination: string;
  protocol: number;
  /** Where what it carries stands. */
  transport: number;
  /** A later fragment, without ports. */
  isLaterFragment: boolean;
}

/** Reads the quoted packet of an ICMP error, whose own header stands at `packet.transport`. */
export function quoteOf(packet: Packet): Quote | undefined {
  return quoteAt(packet.bytes, packet.transport + ICMP_HEADER, packet.family);
}

/** Reads an IP header that need not be followed by a whole packet. */
export function quoteAt(bytes: Uint8Array, at: number, family: Packet['family']): Quote | undefined {
  return family === 'inet' ? quotedIpv4(bytes, at) : quotedIpv6(bytes, at);
}

function quotedIpv4(bytes: Uint8Array, at: number): Quote | undefined {
  const headerLength = ((bytes[at] ?? 0) & 15) * 4;
  if (at + 20 > bytes.length || bytes[at]! >> 4 !== 4 || headerLength < 20) return undefined;
  return {
    at,
    family: 'inet',
    source: addressFromBytes(bytes.subarray(at + 12, at + 16)),
    destination: addressFromBytes(bytes.subarray(at + 16, at + 20)),
    protocol: bytes[at + 9]!,
    transport: at + headerLength,
    isLaterFragment: (u16(bytes, at + 6) & 0x1fff) !== 0,
  };
}

function quotedIpv6(bytes: Uint8Array, at: number): Quote | undefined {
  if (at + IPV6_HEADER > bytes.length || bytes[at]! >> 4 !== 6) return undefined;
  let protocol = bytes[at + 6]!;
  let transport = at + IPV6_HEADER;
  let isLaterFragment = false;
  while (EXTENSION_HEADERS.has(protocol) || protocol === IP_PROTOCOL.fragment) {
    const seen = protocol === IP_PROTOCOL.fragment ? 4 : 2;
    if (transport + seen > bytes.length) return undefined;
    if (protocol === IP_PROTOCOL.fragment) isLaterFragment = (u16(bytes, transport + 2) & 0xfff8) !== 0;
    const length = protocol === IP_PROTOCOL.fragment ? 8 : extensionLength(protocol, bytes[transport + 1]!);
    protocol = bytes[transport]!;
    transport += length;
    if (transport > bytes.length) return undefined;
  }
  return {
    at,
    family: 'inet6',
    source: addressFromBytes(bytes.subarray(at + 8, at + 24)),
    destination: addressFromBytes(bytes.subarray(at + 24, at + 40)),
    protocol,
    transport,
    isLaterFragment,
  };
}

/** True for an ICMP message that has its header: what has not is dropped wherever it goes (ip_vs_in_icmp, ip_vs_out_icmp). */
export function hasIcmpHeader({ bytes, transport }: Packet): boolean {
  return transport + ICMP_HEADER <= bytes.length;
}

/** The flow of a quoted packet, if its ports are quoted, or it has none. */
export function flowOfQuote({ bytes }: Packet, quote: Quote): PacketFlow | undefined {
  if (isFollower(quote.protocol)) {
    return quote.isLaterFragment || quote.transport > bytes.length ? undefined : followedFlow(quote);
  }
  const protocol = protocolOf(quote.protocol);
  const ports = portsAt(bytes, quote.transport);
  if (protocol === undefined || ports === undefined || quote.isLaterFragment) return undefined;
  return {
    protocol,
    source: quote.source,
    sourcePort: ports.source,
    destination: quote.destination,
    destinationPort: ports.destination,
    follows: false,
  };
}

/** True if the checksum of an ICMP packet is right. */
export function hasGoodIcmpChecksum({ bytes, transport, family, source, destination }: Packet): boolean {
  const pseudo =
    family === 'inet' ? 0 : pseudoHeaderSum(source, destination, IP_PROTOCOL.icmpv6, bytes.length - transport);
  return checksum(bytes, transport, bytes.length, pseudo) === 0;
}

/**
 * Rewrites an ICMP error as its quoted packet was rewritten: the outer address, the quoted one at the opposite end with its
 * port, and the checksums of both; the quoted transport checksum stays as it is (ip_vs_nat_icmp).
 */
export function rewriteIcmp(
  packet: Packet,
  quote: Quote,
  { end, address, port }: { end: 'source' | 'destination'; address: string; port: number },
): void {
  const { bytes, transport, family } = packet;
  if (end === 'source') setSource(packet, address);
  else setDestination(packet, address);
  const quotedEnd = end === 'source' ? 'destination' : 'source';
  const offset = family === 'inet' ? { source: 12, destination: 16 } : { source: 8, destination: 24 };
  bytes.set(addressToBytes(address), quote.at + offset[quotedEnd]);
  sealIpv4(packet, quote.at);
  if (!isFollower(quote.protocol)) setU16(bytes, quote.transport + (quotedEnd === 'source' ? 0 : 2), port);
  setU16(bytes, transport + 2, 0);
  const pseudo =
    family === 'inet'
      ? 0
      : pseudoHeaderSum(packet.source, packet.destination, IP_PROTOCOL.icmpv6, bytes.length - transport);
  setU16(bytes, transport + 2, checksum(bytes, transport, bytes.length, pseudo));
}

/** Errors that are looked at: unreachable, source quench, time exceeded; of ICMPv6 all errors. */
export function isIcmpError({ bytes, transport, family }: Packet): boolean {
  const type = bytes[transport];
  if (type === undefined) return false;
  return family === 'inet6' ? type < 128 : type === 3 || type === 4 || type === 11;
}
