import { NO_BYTES, setU16, u16 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { invalid, keptOr, length16, needBytes, roomFor, type Codec, type WithComputed } from './codec.ts';
import { ipv4At, writeIpv4, type IpAddress } from './ip-address.ts';

const BASE_SIZE = 20;
const MOST_OPTIONS = 40;
const RESERVED = 0x8000;
const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const OFFSET_MASK = 0x1fff;

export interface Ipv4Header {
  /** Bytes, options included: 20 to 60. */
  headerLength: number;
  /** Differentiated services, 0 to 63: the upper six bits of the old TOS byte (RFC 2474). */
  dscp: number;
  /** 0 not capable, 1 ECT(1), 2 ECT(0), 3 congestion experienced (RFC 3168). */
  ecn: number;
  /** Bytes of header and payload, as the header says. */
  totalLength: number;
  identification: number;
  reservedFlag: boolean;
  dontFragment: boolean;
  moreFragments: boolean;
  /** Bytes, a multiple of 8. */
  fragmentOffset: number;
  ttl: number;
  /** `IP_PROTOCOL`. */
  protocol: number;
  checksum: number;
  source: IpAddress;
  destination: IpAddress;
  /** As on the wire, padding included (`parseIpv4Options`). A view into the frame, not a copy. */
  options: Uint8Array;
}

export type Ipv4Draft = WithComputed<Ipv4Header, 'headerLength' | 'totalLength' | 'checksum'>;

/**
 * Source: RFC 791 section 3.1. Reading takes a total length beyond the bytes there are (truncated captures, packets quoted by
 * ICMP) and any checksum; `frameFaults` tells. It refuses another version and lengths shorter than the header.
 */
export const ipv4: Codec<Ipv4Header, Ipv4Draft> = {
  parse(bytes, offset, end) {
    needBytes('IPv4 header', offset, end, BASE_SIZE);
    const headerLength = checkedHeaderLength(bytes, offset, end);
    const tos = bytes[offset + 1]!;
    const totalLength = u16(bytes, offset + 2);
    if (totalLength < headerLength) {
      throw invalid(
        'IPv4 total length is less than its header',
        offset + 2,
        `${headerLength} or more`,
        `${totalLength}`,
      );
    }
    const fragment = u16(bytes, offset + 6);
    return {
      headerLength,
      dscp: tos >> 2,
      ecn: tos & 3,
      totalLength,
      identification: u16(bytes, offset + 4),
      reservedFlag: (fragment & RESERVED) !== 0,
      dontFragment: (fragment & DONT_FRAGMENT) !== 0,
      moreFragments: (fragment & MORE_FRAGMENTS) !== 0,
      fragmentOffset: (fragment & OFFSET_MASK) * 8,
      ttl: bytes[offset + 8]!,
      protocol: bytes[offset + 9]!,
      checksum: u16(bytes, offset + 10),
      source: ipv4At(bytes, offset + 12),
      destination: ipv4At(bytes, offset + 16),
      options: headerLength === BASE_SIZE ? NO_BYTES : bytes.subarray(offset + BASE_SIZE, offset + headerLength),
    };
  },

  size: (header) => BASE_SIZE + roomFor('IPv4 options', header.options, 4, MOST_OPTIONS),

  write(header, bytes, offset, { end, keep }) {
    const size = ipv4.size(header);
    const headerLength = keptOr(keep, header.headerLength, () => size);
    bytes[offset] = 0x40 | ((headerLength >> 2) & 0x0f);
    bytes[offset + 1] = (header.dscp << 2) | (header.ecn & 3);
    setU16(
      bytes,
      offset + 2,
      keptOr(keep, header.totalLength, () => length16('IPv4', end - offset)),
    );
    setU16(bytes, offset + 4, header.identification);
    setU16(bytes, offset + 6, fragmentWord(header));
    bytes[offset + 8] = header.ttl;
    bytes[offset + 9] = header.protocol;
    setU16(bytes, offset + 10, 0);
    writeIpv4(bytes, offset + 12, header.source);
    writeIpv4(bytes, offset + 16, header.destination);
    bytes.set(header.options, offset + BASE_SIZE);
    setU16(
      bytes,
      offset + 10,
      keptOr(keep, header.checksum, () => checksum(bytes, offset, offset + size)),
    );
  },
};

/** True for any part of a fragmented packet, the first one too. */
export function isIpv4Fragment(header: Pick<Ipv4Header, 'moreFragments' | 'fragmentOffset'>): boolean {
  return header.moreFragments || header.fragmentOffset > 0;
}

function checkedHeaderLength(bytes: Uint8Array, offset: number, end: number): number {
  const first = bytes[offset]!;
  if (first >> 4 !== 4) throw invalid('this is not IPv4', offset, 'version 4', `version ${first >> 4}`);
  const length = (first & 0x0f) * 4;
  if (length < BASE_SIZE || length > end - offset) {
    throw invalid('IPv4 header length does not fit', offset, `20 to ${Math.min(60, end - offset)} bytes`, `${length}`);
  }
  return length;
}

function fragmentWord(header: Ipv4Draft): number {
  return (
    (header.reservedFlag ? RESERVED : 0) |
    (header.dontFragment ? DONT_FRAGMENT : 0) |
    (header.moreFragments ? MORE_FRAGMENTS : 0) |
    ((header.fragmentOffset >> 3) & OFFSET_MASK)
  );
}
