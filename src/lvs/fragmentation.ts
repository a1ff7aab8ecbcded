import { setU16, setU32, u16 } from '../net/bytes.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { hasDf, largestPieceOf, sealIpv4, type Packet } from './packet.ts';

/**
 * The pieces of a packet for a route that carries `mtu` bytes; the packet itself if it fits. What was put together from
 * fragments is cut at the same places again if they fit, else at the size of the largest (ip_output.c, ip6_output.c; recorded
 * in nat-udp-fragments, nat6-fragments).
 * @param identification of IPv6 fragments, which get a new one
 */
export function fragmentsFor(packet: Packet, mtu: number, identification: number): Uint8Array[] {
  const { bytes, pieces, largestPiece, family } = packet;
  const wasInPieces = pieces !== undefined || largestPiece !== undefined;
  if (!wasInPieces && bytes.length <= mtu) return [bytes];
  const cut: Cut = {
    most: Math.min(mtu, Math.max(LEAST_PIECE[family], largestPiece ?? largestPieceOf(packet) ?? mtu)),
    lengths: pieces?.every((length) => length <= mtu) === true ? pieces : undefined,
  };
  return family === 'inet' ? cutIpv4(packet, cut, wasInPieces) : cutIpv6(packet, cut, identification);
}

/** Fragments are not made smaller than that for the sake of those that came: every link carries so much of IPv6 (RFC 8200 section 5). */
export const LEAST_PIECE = { inet: 0, inet6: 1280 } as const;

/** Where to cut: at these total lengths, or in pieces of at most `most` bytes. */
interface Cut {
  most: number;
  lengths: readonly number[] | undefined;
}

/** DF is carried over only where the packet is not cut as it came. */
function cutIpv4(packet: Packet, cut: Cut, wasInPieces: boolean): Uint8Array[] {
  const { bytes, transport: headerLength } = packet;
  const flags = wasInPieces && cut.lengths === undefined && hasDf(packet) ? 0x4000 : 0;
  const start = u16(bytes, 6) & 0x1fff;
  const last = (u16(bytes, 6) & 0x2000) !== 0;
  return slices(bytes.length - headerLength, headerLength, cut).map(({ from, to, final }, index) => {
    const piece = new Uint8Array(headerLength + to - from);
    piece.set(bytes.subarray(0, headerLength));
    piece.set(bytes.subarray(headerLength + from, headerLength + to), headerLength);
    if (index > 0) blankUncopiedOptions(piece, headerLength);
    setU16(piece, 2, piece.length);
    setU16(piece, 6, flags | (final && !last ? 0 : 0x2000) | (start + from / 8));
    sealIpv4({ family: 'inet', bytes: piece });
    return piece;
  });
}

/** Options without the copied bit stand only in the first fragment; the others have NOPs there (RFC 791 section 3.1). */
function blankUncopiedOptions(piece: Uint8Array, headerLength: number): void {
  for (let at = 20; at < headerLength;) {
    const type = piece[at]!;
    if (type === 0) return;
    const length = type === 1 ? 1 : Math.max(piece[at + 1] ?? 1, 1);
    if ((type & 0x80) === 0) piece.fill(1, at, Math.min(at + length, headerLength));
    at += length;
  }
}

function cutIpv6({ bytes }: Packet, cut: Cut, id: number): Uint8Array[] {
  const { split, nextAt } = unfragmentablePart(bytes);
  const overhead = split + 8;
  return slices(bytes.length - split, overhead, cut).map(({ from, to, final }) => {
    const piece = new Uint8Array(overhead + to - from);
    piece.set(bytes.subarray(0, split));
    piece[split] = bytes[nextAt]!;
    piece[nextAt] = IP_PROTOCOL.fragment;
    setU16(piece, split + 2, from | (final ? 0 : 1));
    setU32(piece, split + 4, id);
    piece.set(bytes.subarray(split + from, split + to), overhead);
    setU16(piece, 4, piece.length - 40);
    return piece;
  });
}

/** Headers that every router on the way reads stay before the fragment header: hop-by-hop and routing (RFC 8200 section 4.5). */
function unfragmentablePart(bytes: Uint8Array): { split: number; nextAt: number } {
  let split = 40;
  let nextAt = 6;
  for (let at = 40, next = 6; at + 2 <= bytes.length;) {
    const type = bytes[next]!;
    if (type !== IP_PROTOCOL.hopByHop && type !== IP_PROTOCOL.routing && type !== IP_PROTOCOL.destinationOptions) break;
    next = at;
    at += (bytes[at + 1]! + 1) * 8;
    if (type === IP_PROTOCOL.destinationOptions) continue;
    split = at;
    nextAt = next;
  }
  return { split, nextAt };
}

interface Slice {
  from: number;
  to: number;
  final: boolean;
}

/** Ranges of the data, each a multiple of 8 bytes but for the last. */
function slices(data: number, overhead: number, { lengths, most }: Cut): Slice[] {
  const room = (index: number) => (lengths?.[index] ?? most) - overhead;
  const result: Slice[] = [];
  for (let from = 0; from < data;) {
    const whole = room(result.length);
    const to = from + whole >= data ? data : from + Math.max(whole & ~7, 8);
    result.push({ from, to, final: to === data });
    from = to;
  }
  return result;
}
