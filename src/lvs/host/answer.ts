import { setU16, setU32, u16, u32 } from '../../net/bytes.ts';
import { checksum, pseudoHeaderSum } from '../../net/checksum.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { SCTP_CHUNK, sctpChecksum } from '../../net/sctp.ts';
import { decide, type Handling } from '../handling.ts';
import { sendIcmpError } from '../icmp-error.ts';
import { hasGoodIcmpChecksum } from '../icmp-quote.ts';
import { nextIdentification, writeIpv4, writeIpv6 } from '../ip-header.ts';
import { IPV4_HEADER, IPV6_HEADER, isIcmp, tosOf, type Packet } from '../packet.ts';
import type { OwnStack } from '../state.ts';
import { hasGoodChecksum, HEADER_LENGTH, sctpChunkType, TCP_FLAG, tcpFlags } from '../transport.ts';

const TTL = 64;
const ECHO = { inet: { request: 8, reply: 0 }, inet6: { request: 128, reply: 129 } } as const;

/**
 * What the director's own stack answers to a packet for one of its addresses on which nothing listens: RST to TCP, port
 * unreachable to UDP, ABORT to SCTP, a reply to an echo request, protocol unreachable to the rest. Nothing to a wrong checksum, nor to what
 * ends in its headers.
 */
export function answerLocally(state: OwnStack, handling: Handling, packet: Packet): void {
  if (packet.endsInHeader === true) return;
  if (isIcmp(packet)) {
    answerEcho(state, handling, packet);
    return;
  }
  switch (packet.protocol) {
    case IP_PROTOCOL.tcp:
      if ((tcpFlags(packet) ?? TCP_FLAG.rst) & TCP_FLAG.rst) return;
      if (!hasGoodOffset(packet) || !hasGoodChecksum(packet)) return;
      send(state, handling, packet, { what: 'rst', protocol: IP_PROTOCOL.tcp, tos: 0 }, resetOf(packet));
      break;
    case IP_PROTOCOL.udp:
      if (!hasGoodLength(packet) || !hasGoodChecksum(packet)) return;
      sendIcmpError(state, handling, packet, 'port-unreachable');
      break;
    case IP_PROTOCOL.sctp:
      answerSctp(state, handling, packet);
      break;
    default:
      if (SILENT.has(packet.protocol)) return;
      sendIcmpError(state, handling, packet, 'protocol-unreachable', packet.family === 'inet6' ? packet.protocolAt : 0);
  }
}

/** Protocols that a host takes without an answer: IGMP, and IPv6's "no next header". */
const SILENT: ReadonlySet<number> = new Set([2, IP_PROTOCOL.noNextHeader]);

/** The header of TCP is no shorter than it must be, and ends within the packet. */
function hasGoodOffset({ bytes, transport }: Packet): boolean {
  const header = (bytes[transport + 12]! >> 4) * 4;
  return header >= HEADER_LENGTH.tcp && header <= bytes.length - transport;
}

/** The length of a UDP header lies between the header and what there is. */
function hasGoodLength({ bytes, transport }: Packet): boolean {
  const room = bytes.length - transport;
  const length = room < HEADER_LENGTH.udp ? 0 : u16(bytes, transport + 4);
  return length >= HEADER_LENGTH.udp && length <= room;
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

/** RFC 9260 section 8.4: an ABORT with the tag the peer expects; with the T bit where it is the peer's own. */
function answerSctp(state: OwnStack, handling: Handling, packet: Packet): void {
  const { bytes, transport } = packet;
  const type = sctpChunkType(packet);
  const silent = type === undefined || type === SCTP_CHUNK.abort || type === SCTP_CHUNK.shutdownComplete;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (silent || view.getUint32(transport + 8, true) !== sctpChecksum(bytes, transport, bytes.length)) return;
  const isInit = type === SCTP_CHUNK.init;
  const abort = new Uint8Array(HEADER_LENGTH.sctp + 4);
  setU16(abort, 0, u16(bytes, transport + 2));
  setU16(abort, 2, u16(bytes, transport));
  setU32(abort, 4, u32(bytes, transport + (isInit ? 16 : 4)));
  abort[12] = SCTP_CHUNK.abort;
  abort[13] = isInit ? 0 : 1;
  setU16(abort, 14, 4);
  new DataView(abort.buffer).setUint32(8, sctpChecksum(abort, 0, abort.length), true);
  send(state, handling, packet, { what: 'abort', protocol: IP_PROTOCOL.sctp, tos: 2 }, abort);
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
