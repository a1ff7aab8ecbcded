import { setU16, setU32, u16, u32 } from './bytes.ts';
import { invalid, keptOr, needBytes, type Codec, type WithComputed } from './codec.ts';
import { crc32c } from './crc32c.ts';

const SIZE = 12;
const CHECKSUM_OFFSET = 8;
const CHUNK_HEADER = 4;
const ZEROS = new Uint8Array(4);

export interface SctpHeader {
  /** Ports. */
  source: number;
  destination: number;
  verificationTag: number;
  /** The CRC32c as a number; on the wire its lowest byte comes first. */
  checksum: number;
}

export type SctpDraft = WithComputed<SctpHeader, 'checksum'>;

/** The common header; chunks are its payload. Source: RFC 9260 section 3.1 and appendix A. */
export const sctp: Codec<SctpHeader, SctpDraft> = {
  parse(bytes, offset, end) {
    needBytes('SCTP header', offset, end, SIZE);
    return {
      source: u16(bytes, offset),
      destination: u16(bytes, offset + 2),
      verificationTag: u32(bytes, offset + 4),
      checksum: swapped(u32(bytes, offset + CHECKSUM_OFFSET)),
    };
  },

  size: () => SIZE,

  write(header, bytes, offset, { end, keep }) {
    setU16(bytes, offset, header.source);
    setU16(bytes, offset + 2, header.destination);
    setU32(bytes, offset + 4, header.verificationTag);
    const crc = keptOr(keep, header.checksum, () => sctpChecksum(bytes, offset, end));
    setU32(bytes, offset + CHECKSUM_OFFSET, swapped(crc));
  },
};

/** The CRC32c of the SCTP packet from `offset` to `end`, its checksum field taken as zero whatever it holds. */
export function sctpChecksum(bytes: Uint8Array, offset: number, end: number): number {
  const before = crc32c(bytes, offset, offset + CHECKSUM_OFFSET);
  return crc32c(bytes, offset + SIZE, end, crc32c(ZEROS, 0, ZEROS.length, before));
}

function swapped(word: number): number {
  return ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}

/** Types of chunks (RFC 9260 section 3.2). */
export const SCTP_CHUNK = {
  data: 0,
  init: 1,
  initAck: 2,
  sack: 3,
  heartbeat: 4,
  heartbeatAck: 5,
  abort: 6,
  shutdown: 7,
  shutdownAck: 8,
  error: 9,
  cookieEcho: 10,
  cookieAck: 11,
  shutdownComplete: 14,
} as const;

export interface SctpChunk {
  /** `SCTP_CHUNK`. */
  type: number;
  flags: number;
  /** Without the padding after it. */
  value: Uint8Array;
}

/**
 * Reads the chunks that an SCTP packet carries. The last one may lack its padding.
 * @throws WeirError FRAME_INVALID
 */
export function parseSctpChunks(payload: Uint8Array): SctpChunk[] {
  const chunks: SctpChunk[] = [];
  for (let offset = 0; offset < payload.length;) {
    needBytes('SCTP chunk', offset, payload.length, CHUNK_HEADER);
    const length = u16(payload, offset + 2);
    if (length < CHUNK_HEADER)
      throw invalid('SCTP chunk is too short', offset + 2, '4 bytes or more', `${length} bytes`);
    needBytes('SCTP chunk', offset, payload.length, length);
    const value = payload.subarray(offset + CHUNK_HEADER, offset + length);
    chunks.push({ type: payload[offset]!, flags: payload[offset + 1]!, value });
    offset += padded(length);
  }
  return chunks;
}

/** The chunks as the payload of an SCTP packet, each padded with zeros to a multiple of 4. */
export function formatSctpChunks(chunks: readonly SctpChunk[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { value }) => sum + padded(CHUNK_HEADER + value.length), 0));
  let offset = 0;
  for (const { type, flags, value } of chunks) {
    bytes[offset] = type;
    bytes[offset + 1] = flags;
    setU16(bytes, offset + 2, CHUNK_HEADER + value.length);
    bytes.set(value, offset + CHUNK_HEADER);
    offset += padded(CHUNK_HEADER + value.length);
  }
  return bytes;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
