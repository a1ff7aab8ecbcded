import { setU16, setU32, u16, u32 } from './bytes.ts';
import { needBytes, roomFor, type Codec } from './codec.ts';
import { ipv6At, type IpAddress } from './ip-address.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';

const FRAGMENT_SIZE = 8;
const LEAST_SIZE = 8;
/** Beyond the first 8 bytes, as the length field counts them. */
const MOST_UNITS = 255;
/** Of the data of a routing header: type, segments left, four bytes that hang on the type. */
const ROUTING_FIXED = 6;

/** Any extension header but Fragment: hop-by-hop and destination options, routing, authentication ... */
export interface Ipv6Extension {
  /** Which one it is: the number by which the header before it announced it (`IP_PROTOCOL`). */
  kind: number;
  nextHeader: number;
  /** All bytes after the length field. A view into the frame, not a copy. */
  data: Uint8Array;
}

/** Source: RFC 8200 sections 4.2 to 4.6, RFC 4302 section 2.2. Without an announcement it is read as hop-by-hop options. */
export const ipv6Extension: Codec<Ipv6Extension, Ipv6Extension> = {
  parse(bytes, offset, end, kind = IP_PROTOCOL.hopByHop) {
    needBytes('IPv6 extension header', offset, end, LEAST_SIZE);
    const { unit, uncounted } = lengthRule(kind);
    const size = (bytes[offset + 1]! + uncounted) * unit;
    needBytes('IPv6 extension header', offset, end, size);
    return { kind, nextHeader: bytes[offset]!, data: bytes.subarray(offset + 2, offset + size) };
  },

  size({ kind, data }) {
    const { unit } = lengthRule(kind);
    const beyondLeast = data.subarray(LEAST_SIZE - 2);
    return LEAST_SIZE + roomFor('IPv6 extension header', beyondLeast, unit, MOST_UNITS * unit);
  },

  write(header, bytes, offset) {
    const { unit, uncounted } = lengthRule(header.kind);
    bytes[offset] = header.nextHeader;
    bytes[offset + 1] = ipv6Extension.size(header) / unit - uncounted;
    bytes.set(header.data, offset + 2);
  },
};

/** The length field counts units and leaves some of them out; the authentication header has a rule of its own. */
function lengthRule(kind: number): { unit: number; uncounted: number } {
  return kind === IP_PROTOCOL.authentication ? { unit: 4, uncounted: 2 } : { unit: 8, uncounted: 1 };
}

/**
 * The last stop of a routing header that is not yet travelled to its end, undefined for any other. The transport checksum is
 * made for it (RFC 8200 section 8.1). Types 0 and 2 list the stops in order, segment routing backwards (RFC 8754 section 2).
 */
export function routingEnd({ kind, data }: Ipv6Extension): IpAddress | undefined {
  const [type, segmentsLeft] = data;
  const stops = data.length - ROUTING_FIXED;
  if (kind !== IP_PROTOCOL.routing || segmentsLeft === 0 || stops < 16) return undefined;
  if (type === 4) return ipv6At(data, ROUTING_FIXED);
  return type === 0 || type === 2 ? ipv6At(data, ROUTING_FIXED + stops - 16) : undefined;
}

export interface Ipv6FragmentHeader {
  nextHeader: number;
  /** Bytes, a multiple of 8, from the start of the part that is fragmented. */
  fragmentOffset: number;
  moreFragments: boolean;
  /** 32 bits. */
  identification: number;
  /** The eight and the two bits that must be zero. */
  reserved: number;
}

/** Source: RFC 8200 section 4.5. */
export const ipv6Fragment: Codec<Ipv6FragmentHeader, Ipv6FragmentHeader> = {
  parse(bytes, offset, end) {
    needBytes('IPv6 fragment header', offset, end, FRAGMENT_SIZE);
    const word = u16(bytes, offset + 2);
    return {
      nextHeader: bytes[offset]!,
      fragmentOffset: word & 0xfff8,
      moreFragments: (word & 1) !== 0,
      identification: u32(bytes, offset + 4),
      reserved: (bytes[offset + 1]! << 2) | ((word >> 1) & 3),
    };
  },

  size: () => FRAGMENT_SIZE,

  write(header, bytes, offset) {
    bytes[offset] = header.nextHeader;
    bytes[offset + 1] = header.reserved >> 2;
    const word = (header.fragmentOffset & 0xfff8) | ((header.reserved & 3) << 1) | (header.moreFragments ? 1 : 0);
    setU16(bytes, offset + 2, word);
    setU32(bytes, offset + 4, header.identification);
  },
};

/** True for any part of a packet cut into several, the first one too; false for an atomic fragment (RFC 6946). */
export function isIpv6Fragment(header: Pick<Ipv6FragmentHeader, 'moreFragments' | 'fragmentOffset'>): boolean {
  return header.moreFragments || header.fragmentOffset > 0;
}
