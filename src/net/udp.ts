import { setU16, u16 } from './bytes.ts';
import { keptOr, length16, needBytes, type Codec, type WithComputed } from './codec.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import { transportChecksum } from './transport-checksum.ts';

const SIZE = 8;

export interface UdpHeader {
  /** Ports. */
  source: number;
  destination: number;
  /** Bytes of header and payload, as the header says. */
  length: number;
  /** 0: none was computed (RFC 768; over IPv6 only for tunnels, RFC 6935). */
  checksum: number;
}

export type UdpDraft = WithComputed<UdpHeader, 'length' | 'checksum'>;

/**
 * Source: RFC 768. Reading takes any length; `frameFaults` tells. Writing leaves a checksum of 0 at 0 even when it computes the
 * others, because it says that there is none; leave it out to have one computed.
 */
export const udp: Codec<UdpHeader, UdpDraft> = {
  parse(bytes, offset, end) {
    needBytes('UDP header', offset, end, SIZE);
    return {
      source: u16(bytes, offset),
      destination: u16(bytes, offset + 2),
      length: u16(bytes, offset + 4),
      checksum: u16(bytes, offset + 6),
    };
  },

  size: () => SIZE,

  write(header, bytes, offset, context) {
    setU16(bytes, offset, header.source);
    setU16(bytes, offset + 2, header.destination);
    setU16(
      bytes,
      offset + 4,
      keptOr(context.keep, header.length, () => length16('UDP', context.end - offset)),
    );
    setU16(bytes, offset + 6, 0);
    const keepsChecksum = context.keep || header.checksum === 0;
    setU16(
      bytes,
      offset + 6,
      keptOr(
        keepsChecksum,
        header.checksum,
        () => transportChecksum(IP_PROTOCOL.udp, bytes, offset, context) || 0xffff,
      ),
    );
  },
};
