import { setU16, setU32, u16, u32 } from './bytes.ts';
import { checksum } from './checksum.ts';
import { keptOr, needBytes, type Codec, type WithComputed } from './codec.ts';

const SIZE = 8;

/** Types of ICMP (RFC 792). */
export const ICMP_TYPE = {
  echoReply: 0,
  destinationUnreachable: 3,
  sourceQuench: 4,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
  parameterProblem: 12,
} as const;

/** Codes of `destinationUnreachable` (RFC 792, RFC 1122, RFC 1812). */
export const ICMP_UNREACHABLE = {
  net: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  sourceRouteFailed: 5,
  administrativelyProhibited: 13,
} as const;

/** Messages that quote the packet they are about. */
const ERRORS = new Set<number>([
  ICMP_TYPE.destinationUnreachable,
  ICMP_TYPE.sourceQuench,
  ICMP_TYPE.redirect,
  ICMP_TYPE.timeExceeded,
  ICMP_TYPE.parameterProblem,
]);

export interface IcmpHeader {
  type: number;
  code: number;
  checksum: number;
  /** The second word of the message, whose meaning hangs on the type; `echoOf` and `mtuOf` read it. */
  rest: number;
}

export type IcmpDraft = WithComputed<IcmpHeader, 'checksum'>;

/** Source: RFC 792. What errors quote is the payload (`parseQuote`). */
export const icmp: Codec<IcmpHeader, IcmpDraft> = {
  parse(bytes, offset, end) {
    needBytes('ICMP header', offset, end, SIZE);
    return {
      type: bytes[offset]!,
      code: bytes[offset + 1]!,
      checksum: u16(bytes, offset + 2),
      rest: u32(bytes, offset + 4),
    };
  },

  size: () => SIZE,

  write(header, bytes, offset, { end, keep }) {
    writeIcmpHeader(header, bytes, offset, keep, () => checksum(bytes, offset, end));
  },
};

/**
 * Writes the header of a message, ICMP or ICMPv6.
 * @param sum its checksum, of what stands there with a checksum of 0; taken unless the one of `header` is kept
 */
export function writeIcmpHeader(
  header: IcmpDraft,
  bytes: Uint8Array,
  offset: number,
  keep: boolean,
  sum: () => number,
): void {
  bytes[offset] = header.type;
  bytes[offset + 1] = header.code;
  setU16(bytes, offset + 2, 0);
  setU32(bytes, offset + 4, header.rest);
  setU16(bytes, offset + 2, keptOr(keep, header.checksum, sum));
}

/** True for the types that quote the packet they are about. */
export function isIcmpError(type: number): boolean {
  return ERRORS.has(type);
}

/** Identifier and sequence number of an echo request or reply, ICMP or ICMPv6. */
export function echoOf({ rest }: Pick<IcmpHeader, 'rest'>): { identifier: number; sequence: number } {
  return { identifier: rest >>> 16, sequence: rest & 0xffff };
}

/** The `rest` of an echo request or reply, ICMP or ICMPv6. */
export function echoRest(identifier: number, sequence: number): number {
  return ((identifier << 16) | (sequence & 0xffff)) >>> 0;
}

/** MTU in bytes of the next hop, from `fragmentationNeeded` (RFC 1191 section 4); 0 from routers older than that. */
export function mtuOf({ rest }: Pick<IcmpHeader, 'rest'>): number {
  return rest & 0xffff;
}
