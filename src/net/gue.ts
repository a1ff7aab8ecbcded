import { NO_BYTES, setU16, setU32, u16, u32 } from './bytes.ts';
import { invalid, needBytes, roomFor, type Codec } from './codec.ts';

const BASE_SIZE = 4;
const MOST_EXTENSION = 124;
const CONTROL = 0x20;

/** Linux's flag for a word of private flags, and its private flag for remote checksum offload (include/net/gue.h). */
const PRIVATE_FLAG = 0x0001;
const PRIVATE_REMOTE_CHECKSUM = 0x80000000;

/** The port of GUE (IANA "gue"); a destination of a service may name another. */
export const GUE_PORT = 6080;

/** Generic UDP Encapsulation, variant 0: a header after UDP's. */
export interface GueHeader {
  /** True: `protocol` is the type of a control message, and no packet follows. */
  control: boolean;
  /** `IP_PROTOCOL` of what follows. */
  protocol: number;
  flags: number;
  /** The fields that the flags announce, a multiple of 4 bytes, at most 124. A view into the frame, not a copy. */
  extension: Uint8Array;
}

/**
 * Source: draft-ietf-intarea-gue section 3.1. Variant 1 has no header of its own, the IP packet follows UDP at once
 * (section 4); the frame parser knows it by its first bits.
 */
export const gue: Codec<GueHeader, GueHeader> = {
  parse(bytes, offset, end) {
    needBytes('GUE header', offset, end, BASE_SIZE);
    const first = bytes[offset]!;
    if (first >> 6 !== 0) throw invalid('this is not GUE variant 0', offset, 'variant 0', `variant ${first >> 6}`);
    const size = BASE_SIZE + (first & 0x1f) * 4;
    needBytes('GUE header', offset, end, size);
    return {
      control: (first & CONTROL) !== 0,
      protocol: bytes[offset + 1]!,
      flags: u16(bytes, offset + 2),
      extension: size === BASE_SIZE ? NO_BYTES : bytes.subarray(offset + BASE_SIZE, offset + size),
    };
  },

  size: (header) => BASE_SIZE + roomFor('GUE extension', header.extension, 4, MOST_EXTENSION),

  write(header, bytes, offset) {
    bytes[offset] = (header.control ? CONTROL : 0) | ((gue.size(header) - BASE_SIZE) >> 2);
    bytes[offset + 1] = header.protocol;
    setU16(bytes, offset + 2, header.flags);
    bytes.set(header.extension, offset + BASE_SIZE);
  },
};

/** True for the first byte of variant 1: an IP packet directly after UDP. */
export function isDirectGue(firstByte: number): boolean {
  return firstByte >> 6 === 1;
}

/** Where the checksum that the receiver fills in starts and stands, in bytes from the end of the GUE header. */
export interface RemoteChecksum {
  start: number;
  offset: number;
}

/** Flags and extension of a header that asks for remote checksum offload (draft-ietf-intarea-gue-extensions section 4). */
export function remoteChecksumFields({ start, offset }: RemoteChecksum): Pick<GueHeader, 'flags' | 'extension'> {
  const extension = new Uint8Array(8);
  setU32(extension, 0, PRIVATE_REMOTE_CHECKSUM);
  setU16(extension, 4, start);
  setU16(extension, 6, offset);
  return { flags: PRIVATE_FLAG, extension };
}

/** What the header asks for, undefined if it does not. */
export function remoteChecksumOf({ flags, extension }: GueHeader): RemoteChecksum | undefined {
  if (flags !== PRIVATE_FLAG || extension.length < 8 || u32(extension, 0) !== PRIVATE_REMOTE_CHECKSUM) return undefined;
  return { start: u16(extension, 4), offset: u16(extension, 6) };
}
