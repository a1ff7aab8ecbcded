import { WeirError } from '../base/error.ts';
import { addressFromBytes, addressToBytes } from '../net/address.ts';
import { setU16, u16 } from '../net/bytes.ts';
import { checksum } from '../net/checksum.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import type { Family } from './service.ts';

/** An IP packet on its way through the director. The bytes are its own and are changed in place by the functions here. */
export interface Packet {
  /** From the IP header to the end of the packet; Ethernet padding is cut off. */
  bytes: Uint8Array;
  readonly family: Family;
  source: string;
  destination: string;
  /** What it carries, after IPv6 extension headers: `IP_PROTOCOL`. */
  readonly protocol: number;
  /** Where that begins. */
  readonly transport: number;
  /** Where the protocol number stands: in the IPv4 header, or in the last IPv6 header before the transport. */
  readonly protocolAt: number;
  readonly fragment: Fragment | undefined;
  /** It ends within an IPv6 extension header, which `protocol` and `transport` are of: a router sends it on, nobody can take it. */
  readonly endsInHeader?: true;
  /** Where the number of AH stands, if the packet of IPv6 has one before `transport`: IPVS looks behind it, the stack does not. */
  readonly authenticationAt?: number;
  /** The interface it came in by; undefined for what the director itself sends. */
  readonly arrived: string | undefined;
  mark: number;
  /** Lengths of the fragments that it was put together from, in order. */
  readonly pieces?: readonly number[];
  /** Where the host has put its address into a record route option. */
  recordedAt?: number;
  heeded?: HeededOptions;
  /** The largest fragment of what is in this tunnel packet: it leaves in fragments of that size at most. */
  readonly largestPiece?: number;
}

/** What is known of a packet whose options the host has heeded. */
export interface HeededOptions {
  /** Where those stand that an ICMP error gives back. */
  options: readonly number[];
  /** With what they go on there; see `Stamps`. */
  now: number;
  isOthers: (address: string) => boolean;
  /** Checksum and TTL of the header as it came: until the packet is sent on the host does not seal it anew. */
  came?: { checksum: number; ttl: number };
}

/** Where a fragment belongs. Offset in bytes; `header` is where IPv6's fragment header stands. */
export interface Fragment {
  identification: number;
  offset: number;
  more: boolean;
  header: number;
  /** Of IPv6: without data, or with some that is not of whole units of eight bytes though more follows. It is never put together. */
  broken?: true;
}

export const IPV4_HEADER = 20;
export const IPV6_HEADER = 40;

export interface Origin {
  arrived?: string | undefined;
  mark?: number;
  pieces?: readonly number[];
}

/**
 * Reads an IP packet. The bytes are copied, so that the caller's frame stays as it came.
 * @param bytes may be longer than the packet
 * @returns 'malformed' for a header that is shorter than it says or contradicts itself, 'ip-checksum' for a wrong one
 */
export function readPacket(bytes: Uint8Array, origin: Origin = {}): Packet | 'malformed' | 'ip-checksum' {
  const version = bytes.length > 0 ? bytes[0]! >> 4 : 0;
  if (version === 4) return readIpv4(bytes, origin);
  if (version === 6) return readIpv6(bytes, origin);
  return 'malformed';
}

/** Reads a packet that the director has made itself. @throws WeirError INTERNAL if it is none */
export function ownPacket(bytes: Uint8Array): Packet {
  const packet = readPacket(bytes);
  if (typeof packet !== 'string') return packet;
  throw new WeirError('INTERNAL', 'the director has made a packet that it cannot read', { found: packet });
}

function readIpv4(bytes: Uint8Array, origin: Origin): Packet | 'malformed' | 'ip-checksum' {
  const headerLength = (bytes[0]! & 15) * 4;
  if (headerLength < IPV4_HEADER || bytes.length < headerLength) return 'malformed';
  if (checksum(bytes, 0, headerLength) !== 0) return 'ip-checksum';
  const total = u16(bytes, 2);
  if (total < headerLength || total > bytes.length) return 'malformed';
  const flags = u16(bytes, 6);
  const more = (flags & 0x2000) !== 0;
  const offset = (flags & 0x1fff) * 8;
  return {
    ...shared(origin),
    bytes: bytes.slice(0, total),
    family: 'inet',
    source: addressFromBytes(bytes.subarray(12, 16)),
    destination: addressFromBytes(bytes.subarray(16, 20)),
    protocol: bytes[9]!,
    transport: headerLength,
    protocolAt: 9,
    fragment: more || offset > 0 ? { identification: u16(bytes, 4), offset, more, header: 0 } : undefined,
  };
}

/** Of IPv6: behind them IPVS looks for the transport (ipv6_find_hdr). */
export const EXTENSION_HEADERS: ReadonlySet<number> = new Set([
  IP_PROTOCOL.hopByHop,
  IP_PROTOCOL.routing,
  IP_PROTOCOL.destinationOptions,
  IP_PROTOCOL.authentication,
]);

/** Whole bytes of an extension header of IPv6 by its length field; that of AH counts in a way of its own (RFC 4302 section 2.2). */
export function extensionLength(kind: number, field: number): number {
  return kind === IP_PROTOCOL.authentication ? (field + 2) * 4 : (field + 1) * 8;
}

function readIpv6(bytes: Uint8Array, origin: Origin): Packet | 'malformed' {
  if (bytes.length < IPV6_HEADER) return 'malformed';
  const total = ipv6Length(bytes);
  if (total > bytes.length) return 'malformed';
  let protocolAt = 6;
  let at = IPV6_HEADER;
  let fragment: Fragment | undefined;
  let authenticated: { authenticationAt: number } | undefined;
  for (;;) {
    const next = bytes[protocolAt]!;
    const isFragment = next === IP_PROTOCOL.fragment;
    if (!isFragment && !EXTENSION_HEADERS.has(next)) break;
    if (next === IP_PROTOCOL.authentication) authenticated ??= { authenticationAt: protocolAt };
    const end = at + 8 > total ? Infinity : at + (isFragment ? 8 : extensionLength(next, bytes[at + 1]!));
    // Of fragments IPVS would look at the first two bytes before it is known where they go.
    if (end > total && (next === IP_PROTOCOL.hopByHop || (isFragment && at + 2 > total))) return 'malformed';
    if (end > total)
      return {
        ...ipv6(bytes, total, at, protocolAt, fragment),
        endsInHeader: true,
        ...authenticated,
        ...shared(origin),
      };
    if (isFragment) {
      const word = u16(bytes, at + 2);
      const identification = u16(bytes, at + 4) * 0x10000 + u16(bytes, at + 6);
      const more = (word & 1) === 1;
      const isBroken = end === total || (more && (total - end) % 8 !== 0);
      fragment = { identification, offset: word & 0xfff8, more, header: at, ...(isBroken ? { broken: true } : {}) };
      if (fragment.offset > 0) return { ...ipv6(bytes, total, end, at, fragment), ...shared(origin) };
    }
    protocolAt = at;
    at = end;
  }
  return { ...ipv6(bytes, total, at, protocolAt, fragment), ...authenticated, ...shared(origin) };
}

/**
 * A payload length of 0 before hop-by-hop options may mean that they have it (RFC 2675): then the kernel goes by the frame (ip6_rcv_core).
 */
function ipv6Length(bytes: Uint8Array): number {
  const payload = u16(bytes, 4);
  return payload === 0 && bytes[6] === IP_PROTOCOL.hopByHop ? bytes.length : IPV6_HEADER + payload;
}

function ipv6(bytes: Uint8Array, total: number, transport: number, protocolAt: number, fragment: Fragment | undefined) {
  return {
    bytes: bytes.slice(0, total),
    family: 'inet6' as const,
    source: addressFromBytes(bytes.subarray(8, 24)),
    destination: addressFromBytes(bytes.subarray(24, 40)),
    protocol: bytes[protocolAt]!,
    transport,
    protocolAt,
    fragment,
  };
}

function shared({ arrived, mark = 0, pieces }: Origin) {
  return { arrived, mark, ...(pieces === undefined ? {} : { pieces }) };
}

/** A copy that can be changed without changing this one. */
export function copyPacket(packet: Packet): Packet {
  return { ...packet, bytes: packet.bytes.slice() };
}

/** TTL or hop limit. */
export function ttlOf({ family, bytes }: Packet): number {
  return bytes[family === 'inet' ? 8 : 7]!;
}

export function decrementTtl(packet: Packet): void {
  const { bytes, family } = packet;
  bytes[family === 'inet' ? 8 : 7]! -= 1;
  sealIpv4(packet);
}

/** Type of service or traffic class: the byte with DSCP and ECN. */
export function tosOf({ family, bytes }: Packet): number {
  return family === 'inet' ? bytes[1]! : (u16(bytes, 0) >> 4) & 0xff;
}

/** Must not be fragmented: DF of IPv4. */
export function hasDf({ family, bytes }: Packet): boolean {
  return family === 'inet' && (bytes[6]! & 0x40) !== 0;
}

export function setSource(packet: Packet, address: string): void {
  packet.bytes.set(addressToBytes(address), packet.family === 'inet' ? 12 : 8);
  packet.source = address;
  sealIpv4(packet);
}

export function setDestination(packet: Packet, address: string): void {
  packet.bytes.set(addressToBytes(address), packet.family === 'inet' ? 16 : 24);
  packet.destination = address;
  sealIpv4(packet);
}

/** Writes the checksum of an IPv4 header anew; does nothing to IPv6. */
export function sealIpv4({ family, bytes }: Pick<Packet, 'family' | 'bytes'>, at = 0): void {
  if (family !== 'inet') return;
  setU16(bytes, at + 10, 0);
  setU16(bytes, at + 10, checksum(bytes, at, at + (bytes[at]! & 15) * 4));
}

/** The IP length of the largest fragment that a packet came in (`frag_max_size`, ip_fragment.c and nf_conntrack_reasm.c). */
export function largestPieceOf({ pieces }: Packet): number | undefined {
  return pieces && Math.max(...pieces);
}

export function isIcmp({ protocol, family }: Pick<Packet, 'protocol' | 'family'>): boolean {
  return protocol === (family === 'inet' ? IP_PROTOCOL.icmp : IP_PROTOCOL.icmpv6);
}
