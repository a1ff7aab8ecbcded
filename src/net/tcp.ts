import { NO_BYTES, setU16, setU32, u16, u32 } from './bytes.ts';
import { keptOr, needBytes, roomFor, type Codec, type WithComputed } from './codec.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import { transportChecksum } from './transport-checksum.ts';

const BASE_SIZE = 20;
const MOST_OPTIONS = 40;

/** Bits of `TcpHeader.flags` (RFC 9293 section 3.1). */
export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ece: 64, cwr: 128 } as const;

export interface TcpHeader {
  /** Ports. */
  source: number;
  destination: number;
  sequence: number;
  acknowledgement: number;
  /** 32-bit words before the payload, as the header says: 5 to 15 if it is right. */
  dataOffset: number;
  /** The four bits between data offset and flags; the last of them is Accurate ECN's. */
  reserved: number;
  /** Sum of `TCP_FLAG`. */
  flags: number;
  window: number;
  checksum: number;
  urgentPointer: number;
  /** As on the wire, padding included (`parseTcpOptions`). A view into the frame, not a copy. */
  options: Uint8Array;
}

export type TcpDraft = WithComputed<TcpHeader, 'dataOffset' | 'checksum'>;

/**
 * Source: RFC 9293 section 3.1. As the kernel's IPVS does, reading takes any 20 bytes (recorded case nat-tcp-bad-doff): with a
 * data offset below 5 or beyond the segment there are no options, and the payload starts after the 20 bytes.
 */
export const tcp: Codec<TcpHeader, TcpDraft> = {
  parse(bytes, offset, end) {
    needBytes('TCP header', offset, end, BASE_SIZE);
    const dataOffset = bytes[offset + 12]! >> 4;
    const size = dataOffset * 4;
    const hasOptions = size > BASE_SIZE && size <= end - offset;
    return {
      source: u16(bytes, offset),
      destination: u16(bytes, offset + 2),
      sequence: u32(bytes, offset + 4),
      acknowledgement: u32(bytes, offset + 8),
      dataOffset,
      reserved: bytes[offset + 12]! & 0x0f,
      flags: bytes[offset + 13]!,
      window: u16(bytes, offset + 14),
      checksum: u16(bytes, offset + 16),
      urgentPointer: u16(bytes, offset + 18),
      options: hasOptions ? bytes.subarray(offset + BASE_SIZE, offset + size) : NO_BYTES,
    };
  },

  size: (header) => BASE_SIZE + roomFor('TCP options', header.options, 4, MOST_OPTIONS),

  write(header, bytes, offset, context) {
    const { keep } = context;
    setU16(bytes, offset, header.source);
    setU16(bytes, offset + 2, header.destination);
    setU32(bytes, offset + 4, header.sequence);
    setU32(bytes, offset + 8, header.acknowledgement);
    const dataOffset = keptOr(keep, header.dataOffset, () => tcp.size(header) >> 2);
    bytes[offset + 12] = (dataOffset << 4) | (header.reserved & 0x0f);
    bytes[offset + 13] = header.flags;
    setU16(bytes, offset + 14, header.window);
    setU16(bytes, offset + 16, 0);
    setU16(bytes, offset + 18, header.urgentPointer);
    bytes.set(header.options, offset + BASE_SIZE);
    setU16(
      bytes,
      offset + 16,
      keptOr(keep, header.checksum, () => transportChecksum(IP_PROTOCOL.tcp, bytes, offset, context)),
    );
  },
};

/** Letters of the flags as tcpdump writes them, the acknowledgement (`.` there) as `A`: `SA` for SYN+ACK. */
const FLAG_LETTERS = [
  ['S', TCP_FLAG.syn],
  ['F', TCP_FLAG.fin],
  ['R', TCP_FLAG.rst],
  ['P', TCP_FLAG.psh],
  ['U', TCP_FLAG.urg],
  ['E', TCP_FLAG.ece],
  ['C', TCP_FLAG.cwr],
  ['A', TCP_FLAG.ack],
] as const;

export function formatTcpFlags(flags: number): string {
  return FLAG_LETTERS.reduce((text, [letter, bit]) => (flags & bit ? text + letter : text), '');
}

/** Reads letters in any order: `SA`, `PA`, `F`. Letters that mean no flag are passed over. */
export function parseTcpFlags(letters: string): number {
  return FLAG_LETTERS.reduce((flags, [letter, bit]) => (letters.includes(letter) ? flags | bit : flags), 0);
}

/** True if sequence number `a` is `b` or before it (RFC 9293 section 3.4: modulo 2^32). */
export function isSequenceUpTo(a: number, b: number): boolean {
  return ((b - a) | 0) >= 0;
}
