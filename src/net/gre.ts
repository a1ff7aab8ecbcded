import { setU16, setU32, u16, u32 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { invalid, keptOr, needBytes, type Codec, type WithComputed } from './codec.ts';

const CHECKSUM_PRESENT = 0x8000;
const ROUTING_PRESENT = 0x4000;
const KEY_PRESENT = 0x2000;
const SEQUENCE_PRESENT = 0x1000;
const FLAGS_OF_FIELDS = CHECKSUM_PRESENT | KEY_PRESENT | SEQUENCE_PRESENT;
const BASE_SIZE = 4;

export interface GreHeader {
  /** What follows, as in Ethernet: `ETHER_TYPE`. */
  etherType: number;
  /** Whether there is a checksum, over the GRE header and all that follows. */
  hasChecksum: boolean;
  /** 0 without one. */
  checksum: number;
  key?: number;
  sequence?: number;
  /** What must be zero: the flag bits that announce no field and, 16 bits higher, the word beside the checksum. */
  reserved: number;
}

export type GreDraft = WithComputed<GreHeader, 'checksum'>;

/** Source: RFC 2784 and RFC 2890. Version 1 (PPTP) and the routing field of RFC 1701 are refused. */
export const gre: Codec<GreHeader, GreDraft> = {
  parse(bytes, offset, end) {
    needBytes('GRE header', offset, end, BASE_SIZE);
    const flags = u16(bytes, offset);
    if ((flags & 7) !== 0 || (flags & ROUTING_PRESENT) !== 0) {
      throw invalid(
        'this is not GRE of RFC 2784',
        offset,
        'version 0 without routing',
        `flags 0x${flags.toString(16)}`,
      );
    }
    needBytes('GRE header', offset, end, sizeOf(flags));
    const hasChecksum = (flags & CHECKSUM_PRESENT) !== 0;
    const header: GreHeader = {
      etherType: u16(bytes, offset + 2),
      hasChecksum,
      checksum: hasChecksum ? u16(bytes, offset + 4) : 0,
      reserved: (flags & ~FLAGS_OF_FIELDS) | (hasChecksum ? u16(bytes, offset + 6) << 16 : 0),
    };
    let next = offset + (hasChecksum ? 8 : BASE_SIZE);
    if (flags & KEY_PRESENT) {
      header.key = u32(bytes, next);
      next += 4;
    }
    if (flags & SEQUENCE_PRESENT) header.sequence = u32(bytes, next);
    return header;
  },

  size: (header) => sizeOf(flagsOf(header)),

  write(header, bytes, offset, { end, keep }) {
    setU16(bytes, offset, flagsOf(header) | (header.reserved & 0xffff));
    setU16(bytes, offset + 2, header.etherType);
    let next = offset + BASE_SIZE;
    if (header.hasChecksum) {
      setU32(bytes, next, header.reserved >>> 16);
      next += 4;
    }
    for (const field of [header.key, header.sequence]) {
      if (field === undefined) continue;
      setU32(bytes, next, field);
      next += 4;
    }
    if (!header.hasChecksum) return;
    setU16(
      bytes,
      offset + 4,
      keptOr(keep, header.checksum, () => checksum(bytes, offset, end)),
    );
  },
};

function flagsOf({ hasChecksum, key, sequence }: GreDraft): number {
  return (
    (hasChecksum ? CHECKSUM_PRESENT : 0) |
    (key === undefined ? 0 : KEY_PRESENT) |
    (sequence === undefined ? 0 : SEQUENCE_PRESENT)
  );
}

function sizeOf(flags: number): number {
  let size = BASE_SIZE;
  for (const flag of [CHECKSUM_PRESENT, KEY_PRESENT, SEQUENCE_PRESENT]) if (flags & flag) size += 4;
  return size;
}
