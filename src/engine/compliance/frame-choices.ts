import { toHex, u16 } from '../../net/bytes.ts';
import { ETHER_TYPE } from '../../net/ether-type.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';

/** Bytes of a frame: where they begin, and how many. */
export type Range = [offset: number, length: number];

const MADE: ReadonlySet<number> = new Set([IP_PROTOCOL.icmp, IP_PROTOCOL.ipip, IP_PROTOCOL.sit, IP_PROTOCOL.gre]);
const GUE_PORT = 6080;
/** 10.2.0.1, see TWO_SIDES. */
const TUNNELS_BEGIN = '0a020001';

/**
 * What is the director's own choice in a frame: the identification of what it has made, the port that a GUE tunnel is sent from, and the
 * checksums over them.
 */
export function choicesIn(frame: Uint8Array): Range[] {
  const isIpv4 = u16(frame, 12) === ETHER_TYPE.ipv4;
  const isFragment6 = !isIpv4 && frame[20] === IP_PROTOCOL.fragment;
  const isFirst6 = isFragment6 && (u16(frame, 56) & 0xfff8) === 0;
  const protocol = isIpv4 ? frame[23] : isFirst6 ? frame[54] : frame[20];
  const header = isIpv4 ? 34 : isFirst6 ? 62 : 54;
  const gue = isGue(frame, header, protocol);
  const made = MADE.has(protocol ?? -1) || isLaterOfTunnel(frame, protocol) || gue;
  return [
    ...(isIpv4 && made ? IDENTIFICATION : []),
    ...(gue ? ([[header, 2] as Range, [header + 6, 2] as Range] as const) : []),
    ...(isFragment6 ? [[58, 4] as Range] : []),
  ];
}

/** Of IPv4, and the checksum of its header. */
const IDENTIFICATION: readonly Range[] = [
  [18, 2],
  [24, 2],
];

/** A copy of a frame with zeros for what is the director's own choice. */
export function withoutChoices(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  for (const [offset, length] of choicesIn(frame)) copy.fill(0, offset, offset + length);
  return copy;
}

/** A fragment of a GUE packet, without the port that tells it: it begins at the director's address towards the real servers. */
function isLaterOfTunnel(frame: Uint8Array, protocol: number | undefined): boolean {
  const isLater = (u16(frame, 20) & 0x1fff) !== 0;
  return isLater && protocol === IP_PROTOCOL.udp && toHex(frame.subarray(26, 30)) === TUNNELS_BEGIN;
}

function isGue(frame: Uint8Array, header: number, protocol: number | undefined): boolean {
  return protocol === IP_PROTOCOL.udp && frame.length >= header + 8 && u16(frame, header + 2) === GUE_PORT;
}
