import { parseInterfaceAddress } from '../../../../net/address.ts';
import { fromHex } from '../../../../net/bytes.ts';
import { ICMP_TYPE } from '../../../../net/icmp.ts';
import { ICMPV6_TYPE } from '../../../../net/icmpv6.ts';
import { IP_PROTOCOL } from '../../../../net/ip-protocol.ts';
import { IPV4_HEADER, readPacket, type Packet } from '../../../../lvs/packet.ts';
import { isIcmpError, quoteOf } from '../../../../lvs/icmp-quote.ts';
import type { WireFrame, WireRecording } from '../../recording.ts';
import { ETHERNET_HEADER } from '../../../../net/ethernet.ts';

/**
 * True for an ICMP error that the director has made about a packet which is its own only by a mark: Weir sends it from the address that the
 * packet was sent to (docs/limits.md), the kernel from one of its own, or of IPv4 none.
 */
export function isOwnErrorAboutOther({ topology, marks = [] }: WireRecording, { hex }: WireFrame): boolean {
  const packet = readPacket(fromHex(hex).slice(ETHERNET_HEADER));
  if (typeof packet === 'string' || !isIcmpError(packet)) return false;
  const others = marks
    .filter(({ mark }) => topology.deliveredMarks?.includes(mark) === true)
    .map(({ daddr }) => daddr.replace(/\/.*/, ''));
  const own = Object.values(topology.ifaces).flatMap(({ addresses }) =>
    addresses.map((text) => parseInterfaceAddress(text).address),
  );
  const quoted = quoteOf(packet)?.destination;
  return quoted !== undefined && others.includes(quoted) && [...others, ...own].includes(packet.source);
}

/** The counters; of services that take packets to others for their own without what came back: such an error counts as a reply of theirs. */
export function withoutRepliesOfOthers(stats: string): string {
  const blocks = stats.split(/\n(?! )/u);
  return blocks.map((block) => (/^FWM +[23] /u.test(block) ? block.replace(COUNTS, '$1 - $2 -') : block)).join('\n');
}

/** Connections and packets, packets back, bytes, bytes back. */
const COUNTS = /( +\d+ +\d+) +\d+( +\d+) +\d+$/gmu;

/** True for what the director answers to a packet with options: the kernel gives some of them back, Weir none (docs/limits.md). */
export function isAnswerToOptions({ in: steps }: WireRecording, { hex, after }: WireFrame): boolean {
  const cause = steps[after];
  const packet = cause !== undefined && 'hex' in cause ? packetOf(cause.hex) : undefined;
  if (packet?.family !== 'inet' || packet.transport === IPV4_HEADER) return false;
  return packetOf(hex)?.destination === packet.source;
}

const ECHO_REPLY = {
  inet: { protocol: IP_PROTOCOL.icmp, type: ICMP_TYPE.echoReply },
  inet6: { protocol: IP_PROTOCOL.icmpv6, type: ICMPV6_TYPE.echoReply },
} as const;

/**
 * True for the reply to an echo request in a frame for all stations: no director takes such a frame, and that its stack answers this one thing
 * the specification leaves to it (`not-for-us`, docs/drop-reasons.md).
 */
export function isEchoReplyToAll({ in: steps }: WireRecording, { hex, after }: WireFrame): boolean {
  const cause = steps[after];
  const reply = packetOf(hex);
  if (reply === undefined || cause === undefined || !('hex' in cause) || !cause.hex.startsWith('ffffffffffff'))
    return false;
  const { protocol, type } = ECHO_REPLY[reply.family];
  return reply.protocol === protocol && reply.bytes[reply.transport] === type;
}

function packetOf(hex: string): Packet | undefined {
  const packet = readPacket(fromHex(hex).slice(ETHERNET_HEADER));
  return typeof packet === 'string' ? undefined : packet;
}
