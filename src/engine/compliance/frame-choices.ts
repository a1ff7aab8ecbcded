import { toHex, u16 } from '../../net/bytes.ts';
import { ETHER_TYPE } from '../../net/ether-type.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';

/** Bytes of a frame: where they begin, and how many. */
export type Range = [offset: number, length: number];

const MADE: ReadonlySet<number> = new Set([IP_PROTOCOL.icmp, IP_PROTOCOL.ipip, IP_PROTOCOL.sit, IP_PROTOCOL.gre]);
const GUE_PORT = 6080;
/** 10.2.0.1, see TWO_SIDES. */
const TUNNELS_BEGIN = '0a020001';
/** The director's addresses of IPv4 there, 10.1.0.1 and 10.2.0.1, and the VIP 10.9.9.9. */
const OWN: ReadonlySet<string> = new Set(['0a010001', TUNNELS_BEGIN, '0a090909']);

/**
 * What is the director's own choice in a frame: the identification of what it has made, the port that a GUE tunnel is sent from, the times of
 * timestamp options, and the checksums over them.
 */
export function choicesIn(frame: Uint8Array): Range[] {
  const isIpv4 = u16(frame, 12) === ETHER_TYPE.ipv4;
  const hasHop = !isIpv4 && frame[20] === IP_PROTOCOL.hopByHop && frame.length >= 62;
  const behind = hasHop ? 54 + (frame[55]! + 1) * 8 : 54;
  const next = hasHop ? frame[54] : frame[20];
  const isFragment6 = !isIpv4 && next === IP_PROTOCOL.fragment && frame.length >= behind + 8;
  const isFirst6 = isFragment6 && (u16(frame, behind + 2) & 0xfff8) === 0;
  const protocol = isIpv4 ? frame[23] : isFirst6 ? frame[behind] : next;
  const header = isIpv4 ? 34 : isFirst6 ? behind + 8 : behind;
  const gue = isGue(frame, header, protocol);
  const made = MADE.has(protocol ?? -1) || isLaterOfTunnel(frame, protocol) || gue;
  return [
    ...(isIpv4 && made ? identificationAt(IPV4_AT) : []),
    ...innerIdentification(frame, header, protocol),
    ...(gue ? ([[header, 2] as Range, [header + 6, 2] as Range] as const) : []),
    ...(isFragment6 ? [[behind + 4, 4] as Range] : []),
    ...(isIpv4 ? timesIn(frame, 14) : []),
    ...(isIpv4 && protocol === IP_PROTOCOL.ipip ? timesIn(frame, 34) : []),
    ...(isIpv4 && protocol === IP_PROTOCOL.icmp ? timesInQuote(frame, 14 + (frame[14]! & 15) * 4) : []),
  ];
}

const TIMESTAMP = 68;

/** The times in a timestamp option of the IPv4 header that stands there, and the checksum of that header: what they are depends on when they were taken. */
function timesIn(frame: Uint8Array, header: number): Range[] {
  const end = Math.min(header + ((frame[header] ?? 0) & 15) * 4, frame.length);
  for (let at = header + 20; at < end && frame[at] !== 0;) {
    const length = frame[at] === 1 ? 1 : Math.max(frame[at + 1] ?? 2, 2);
    if (frame[at] === TIMESTAMP) {
      const size = (frame[at + 3]! & 15) === 0 ? 4 : 8;
      const taken = Math.floor((Math.min(frame[at + 2]! - 1, length) - 4) / size);
      if (taken < 1) return [];
      const times = Array.from({ length: taken }, (_, place): Range => [at + 4 + place * size + size - 4, 4]);
      return [...times, [header + 10, 2]];
    }
    at += length;
  }
  return [];
}

/** The same of what an ICMP error quotes, and the error's checksum. */
function timesInQuote(frame: Uint8Array, icmp: number): Range[] {
  const times = timesIn(frame, icmp + 8);
  return times.length === 0 ? [] : [...times, [icmp + 2, 2]];
}

/** Where the header of IP stands, and how long that of IPv4 without options is. */
const IPV4_AT = 14;
const IPV4_HEADER = 20;

/** Of IPv4, and the checksum of its header. */
function identificationAt(header: number): Range[] {
  return [
    [header + 4, 2],
    [header + 10, 2],
  ];
}

/** An ICMP message that the director itself has sent, and then balanced into a tunnel (schedule_icmp); a checksum of GRE is over it, too. */
function innerIdentification(frame: Uint8Array, header: number, protocol: number | undefined): Range[] {
  const at = innerAt(frame, header, protocol);
  if (at === undefined || frame.length < at + IPV4_HEADER || frame[at]! >> 4 !== 4) return [];
  const isOwn = OWN.has(toHex(frame.subarray(at + 12, at + 16)));
  if (!isOwn || frame[at + 9] !== IP_PROTOCOL.icmp) return [];
  const isSummed = protocol === IP_PROTOCOL.gre && at === header + 8;
  return [...identificationAt(at), ...(isSummed ? [[header + 4, 2] as Range] : [])];
}

/** Where the packet inside a tunnel begins: behind GRE with or without a checksum (RFC 2784), behind UDP and GUE with its options. */
function innerAt(frame: Uint8Array, header: number, protocol: number | undefined): number | undefined {
  if (frame.length < header + 16) return undefined;
  if (protocol === IP_PROTOCOL.ipip) return header;
  if (protocol === IP_PROTOCOL.gre) return header + (frame[header]! >> 7 === 1 ? 8 : 4);
  return isGue(frame, header, protocol) ? header + 12 + (frame[header + 8]! & 31) * 4 : undefined;
}

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
