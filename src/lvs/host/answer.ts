import { WeirError } from '../../base/error.ts';
import { setU16, setU32, u16, u32 } from '../../net/bytes.ts';
import { checksum, pseudoHeaderSum } from '../../net/checksum.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { parseSctpChunks, SCTP_CHUNK, sctpChecksum, type SctpChunk } from '../../net/sctp.ts';
import { decide, type Handling } from '../handling.ts';
import { sendIcmpError, sendParameterProblem } from '../icmp-error.ts';
import { hasGoodIcmpChecksum } from '../icmp-quote.ts';
import { nextIdentification, writeIpv4, writeIpv6 } from '../ip-header.ts';
import { IPV4_HEADER, IPV6_HEADER, isIcmp, tosOf, type Packet } from '../packet.ts';
import type { OwnStack } from '../state.ts';
import { refuseDestinationOptions, type Refusal } from './ipv6-options.ts';
import { hasGoodChecksum, HEADER_LENGTH, sctpChunkType, TCP_FLAG, tcpFlags } from '../transport.ts';

const TTL = 64;
/** The bits of TOS that tell of congestion. */
const ECN = 3;
const ECHO = { inet: { request: 8, reply: 0 }, inet6: { request: 128, reply: 129 } } as const;

/**
 * What the director's own stack answers to a packet for one of its addresses on which nothing listens: RST to TCP, port
 * unreachable to UDP, ABORT to SCTP, a reply to an echo request, protocol unreachable to the rest, a parameter problem to options of IPv6 that it
 * does not know. Nothing to a wrong checksum, nor to what ends in its headers.
 */
export function answerLocally(state: OwnStack, handling: Handling, packet: Packet): void {
  if (packet.authenticationAt !== undefined) {
    sendIcmpError(state, handling, packet, 'protocol-unreachable', packet.authenticationAt);
    return;
  }
  if (packet.endsInHeader === true || packet.fragment?.broken === true) {
    answerFragment(state, handling, packet);
    return;
  }
  const refusal = refuseDestinationOptions(packet);
  if (refusal !== undefined) {
    tellRefusal(state, handling, packet, refusal);
    return;
  }
  if (isIcmp(packet)) {
    answerEcho(state, handling, packet);
    return;
  }
  switch (packet.protocol) {
    case IP_PROTOCOL.tcp:
      if ((tcpFlags(packet) ?? TCP_FLAG.rst) & TCP_FLAG.rst) return;
      if (!hasGoodOffset(packet) || !hasGoodChecksum(packet)) return;
      send(
        state,
        handling,
        packet,
        { what: 'rst', protocol: IP_PROTOCOL.tcp, tos: tosOf(packet) & ~ECN },
        resetOf(packet),
      );
      break;
    case IP_PROTOCOL.udp:
      answerDatagram(state, handling, packet);
      break;
    case IP_PROTOCOL.sctp:
      answerSctp(state, handling, packet);
      break;
    default:
      if (SILENT.has(packet.protocol)) return;
      sendIcmpError(state, handling, packet, 'protocol-unreachable', packet.family === 'inet6' ? packet.protocolAt : 0);
  }
}

/** Tells the sender of a packet what it is refused for, where it wants to hear of it. */
export function tellRefusal(state: OwnStack, handling: Handling, packet: Packet, { told }: Refusal): void {
  if (told !== undefined) sendParameterProblem(state, handling, packet, told.at, told.code);
}

/** Of IPv6: about a header that is cut, right behind the first; about a length that is none of a fragment, where it stands (ipv6_frag_rcv). */
function answerFragment(state: OwnStack, handling: Handling, packet: Packet): void {
  const { protocol, endsInHeader, fragment, bytes } = packet;
  if (endsInHeader === true && protocol === IP_PROTOCOL.fragment) {
    sendParameterProblem(state, handling, packet, IPV6_HEADER);
  } else if (fragment?.broken === true && fragment.header + 8 < bytes.length) {
    sendParameterProblem(state, handling, packet, PAYLOAD_LENGTH_AT);
  }
}

const PAYLOAD_LENGTH_AT = 4;

/** Protocols that a host takes without an answer: IGMP, IPv6's "no next header", and PIM, which Linux mostly has. */
const SILENT: ReadonlySet<number> = new Set([2, IP_PROTOCOL.noNextHeader, 103]);

/** The header of TCP is no shorter than it must be, and ends within the packet. */
function hasGoodOffset({ bytes, transport }: Packet): boolean {
  const header = (bytes[transport + 12]! >> 4) * 4;
  return header >= HEADER_LENGTH.tcp && header <= bytes.length - transport;
}

/**
 * What is behind the length that UDP says is no part of a datagram, nor quoted. IPv6 says 0 where it cannot say it (RFC 2675 section 4).
 */
function answerDatagram(state: OwnStack, handling: Handling, packet: Packet): void {
  const { bytes, transport, family } = packet;
  const room = bytes.length - transport;
  if (room < HEADER_LENGTH.udp) return;
  const said = u16(bytes, transport + 4);
  const length = said === 0 && family === 'inet6' ? room : said;
  if (length < HEADER_LENGTH.udp || length > room) return;
  const datagram = { ...packet, bytes: bytes.subarray(0, transport + length) };
  if (hasGoodChecksum(datagram)) sendIcmpError(state, handling, datagram, 'port-unreachable');
}

/** RFC 9293 section 3.10.7.1: the sequence number that the segment acknowledges, or an acknowledgement of all of it. */
function resetOf(packet: Packet): Uint8Array {
  const { bytes, transport } = packet;
  const flags = tcpFlags(packet)!;
  const reset = new Uint8Array(HEADER_LENGTH.tcp);
  setU16(reset, 0, u16(bytes, transport + 2));
  setU16(reset, 2, u16(bytes, transport));
  reset[12] = 5 << 4;
  if (flags & TCP_FLAG.ack) {
    setU32(reset, 4, u32(bytes, transport + 8));
    reset[13] = TCP_FLAG.rst;
    return reset;
  }
  const data = bytes.length - transport - (bytes[transport + 12]! >> 4) * 4;
  const length = data + Number((flags & TCP_FLAG.syn) !== 0) + Number((flags & TCP_FLAG.fin) !== 0);
  setU32(reset, 8, (u32(bytes, transport + 4) + length) >>> 0);
  reset[13] = TCP_FLAG.rst | TCP_FLAG.ack;
  return reset;
}

/**
 * To a packet of no association (RFC 9260 section 8.4): an ABORT with the tag the peer expects, or with the T bit where it is the peer's own;
 * SHUTDOWN COMPLETE to what acknowledges a shutdown.
 */
function answerSctp(state: OwnStack, handling: Handling, packet: Packet): void {
  const { bytes, transport } = packet;
  const what = sctpAnswer(chunksOf(packet));
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (what === undefined || view.getUint32(transport + 8, true) !== sctpChecksum(bytes, transport, bytes.length))
    return;
  const isToInit = what === 'abort' && sctpChunkType(packet) === SCTP_CHUNK.init;
  const answer = new Uint8Array(HEADER_LENGTH.sctp + 4);
  setU16(answer, 0, u16(bytes, transport + 2));
  setU16(answer, 2, u16(bytes, transport));
  setU32(answer, 4, u32(bytes, transport + (isToInit ? 16 : 4)));
  answer[12] = what === 'abort' ? SCTP_CHUNK.abort : SCTP_CHUNK.shutdownComplete;
  answer[13] = isToInit ? 0 : 1;
  setU16(answer, 14, 4);
  new DataView(answer.buffer).setUint32(8, sctpChecksum(answer, 0, answer.length), true);
  send(state, handling, packet, { what, protocol: IP_PROTOCOL.sctp, tos: 2 }, answer);
}

/** Of the chunks of a packet, its answer. The end of a handshake at its start is taken without one (sm_statefuns.c, sctp_sf_ootb). */
function sctpAnswer(chunks: readonly SctpChunk[]): 'abort' | 'shutdown complete' | undefined {
  const all = new Set(chunks.map(({ type }) => type));
  if (all.has(SCTP_CHUNK.abort) || all.has(SCTP_CHUNK.shutdownComplete)) return undefined;
  const start = chunks.findIndex(({ type }) => type !== SCTP_CHUNK.cookieAck);
  const [first, ...others] = start < 0 ? [] : chunks.slice(start);
  if (first === undefined) return undefined;
  if (all.has(SCTP_CHUNK.init)) return chunks.length === 1 && first.value.length >= INIT_LENGTH ? 'abort' : undefined;
  if (first.type === SCTP_CHUNK.cookieEcho) return 'abort';
  // Linux does not look at one behind it that is a header alone and the last.
  const seen = others.at(-1)?.value.length === 0 ? others.slice(0, -1) : others;
  const types = new Set([first, ...seen].map(({ type }) => type));
  if (types.has(SCTP_CHUNK.shutdownAck)) return 'shutdown complete';
  return types.has(SCTP_CHUNK.cookieAck) ? undefined : 'abort';
}

/** Bytes of an INIT behind its chunk header, without parameters. */
const INIT_LENGTH = 16;

/** Those of an SCTP packet; none where they contradict its length. */
function chunksOf({ bytes, transport }: Packet): SctpChunk[] {
  try {
    return parseSctpChunks(bytes.subarray(transport + HEADER_LENGTH.sctp));
  } catch (error) {
    if (error instanceof WeirError) return [];
    throw error;
  }
}

function answerEcho(state: OwnStack, handling: Handling, packet: Packet): void {
  const { bytes, transport, family } = packet;
  if (bytes[transport] !== ECHO[family].request || !hasGoodIcmpChecksum(packet)) return;
  const reply = bytes.slice(transport);
  reply[0] = ECHO[family].reply;
  setU16(reply, 2, 0);
  const protocol = family === 'inet' ? IP_PROTOCOL.icmp : IP_PROTOCOL.icmpv6;
  send(state, handling, packet, { what: 'echo reply', protocol, tos: tosOf(packet) }, reply);
}

interface Answer {
  what: string;
  protocol: number;
  tos: number;
}

/** Sends a transport packet back to where a packet came from, with its checksum filled in. */
function send(
  state: OwnStack,
  handling: Handling,
  to: Packet,
  { what, protocol, tos }: Answer,
  body: Uint8Array,
): void {
  // Where a mark alone has made a packet the host's, it has no address to answer from (ip_route_output_key); IPv6 does not look.
  if (to.family === 'inet' && !state.routing.isLocal(to.destination)) return;
  if (state.routing.lookup(to.source).kind === 'unreachable') return;
  decide(handling, { kind: 'answer', what, to: to.source });
  const headerLength = to.family === 'inet' ? IPV4_HEADER : IPV6_HEADER;
  const bytes = new Uint8Array(headerLength + body.length);
  bytes.set(body, headerLength);
  const fields = { source: to.destination, destination: to.source, protocol, ttl: TTL, tos };
  const checksumAt = CHECKSUM_AT.get(protocol);
  if (checksumAt !== undefined) {
    const pseudo =
      protocol === IP_PROTOCOL.icmp ? 0 : pseudoHeaderSum(to.destination, to.source, protocol, body.length);
    setU16(bytes, headerLength + checksumAt, checksum(bytes, headerLength, bytes.length, pseudo));
  }
  if (to.family === 'inet6') {
    writeIpv6(bytes, fields);
  } else {
    const df = protocol !== IP_PROTOCOL.icmp;
    writeIpv4(bytes, { ...fields, df, identification: df ? 0 : nextIdentification(state) });
  }
  handling.own.push(bytes);
}

/** Where the checksum stands in what is answered; SCTP's is not of this kind. */
const CHECKSUM_AT: ReadonlyMap<number, number> = new Map([
  [IP_PROTOCOL.tcp, 16],
  [IP_PROTOCOL.icmp, 2],
  [IP_PROTOCOL.icmpv6, 2],
]);
