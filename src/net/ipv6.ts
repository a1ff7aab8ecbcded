import { setU16, setU32, u16, u32 } from './bytes.ts';
import { invalid, keptOr, length16, needBytes, type Codec, type WithComputed } from './codec.ts';
import { ipv6At, writeIpv6, type IpAddress } from './ip-address.ts';

const SIZE = 40;

export interface Ipv6Header {
  /** The upper six bits of the traffic class (RFC 2474). */
  dscp: number;
  /** The lower two, as in IPv4 (RFC 3168). */
  ecn: number;
  /** 20 bits. */
  flowLabel: number;
  /** Bytes after this header, as the header says: extension headers and payload. */
  payloadLength: number;
  /** `IP_PROTOCOL` of what follows: an extension header or the transport. */
  nextHeader: number;
  hopLimit: number;
  source: IpAddress;
  destination: IpAddress;
}

export type Ipv6Draft = WithComputed<Ipv6Header, 'payloadLength'>;

/** Source: RFC 8200 section 3. Reading takes a payload length beyond the bytes there are; `frameFaults` tells. */
export const ipv6: Codec<Ipv6Header, Ipv6Draft> = {
  parse(bytes, offset, end) {
    needBytes('IPv6 header', offset, end, SIZE);
    const first = u32(bytes, offset);
    if (first >>> 28 !== 6) throw invalid('this is not IPv6', offset, 'version 6', `version ${first >>> 28}`);
    return {
      dscp: (first >>> 22) & 0x3f,
      ecn: (first >>> 20) & 3,
      flowLabel: first & 0xfffff,
      payloadLength: u16(bytes, offset + 4),
      nextHeader: bytes[offset + 6]!,
      hopLimit: bytes[offset + 7]!,
      source: ipv6At(bytes, offset + 8),
      destination: ipv6At(bytes, offset + 24),
    };
  },

  size: () => SIZE,

  write(header, bytes, offset, { end, keep }) {
    const trafficClass = ((header.dscp & 0x3f) << 2) | (header.ecn & 3);
    setU32(bytes, offset, 0x60000000 | (trafficClass << 20) | (header.flowLabel & 0xfffff));
    setU16(
      bytes,
      offset + 4,
      keptOr(keep, header.payloadLength, () => length16('IPv6', end - offset - SIZE)),
    );
    bytes[offset + 6] = header.nextHeader;
    bytes[offset + 7] = header.hopLimit;
    writeIpv6(bytes, offset + 8, header.source);
    writeIpv6(bytes, offset + 24, header.destination);
  },
};
