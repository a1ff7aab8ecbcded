import { addressToBytes } from '../net/address.ts';
import { setU16, u16 } from '../net/bytes.ts';
import { checksum, pseudoHeaderSum, updateChecksum16, updateChecksumBytes } from '../net/checksum.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { SCTP_CHUNK, sctpChecksum } from '../net/sctp.ts';
import type { Packet } from './packet.ts';
import type { Protocol } from './service.ts';

const PROTOCOLS: ReadonlyMap<number, Protocol> = new Map([
  [IP_PROTOCOL.tcp, 'tcp'],
  [IP_PROTOCOL.udp, 'udp'],
  [IP_PROTOCOL.sctp, 'sctp'],
]);

/** Bytes of the header each protocol must have to be looked at. */
export const HEADER_LENGTH: Readonly<Record<Protocol, number>> = { tcp: 20, udp: 8, sctp: 12 };

/** The balanced protocol with this number. */
export function protocolOf(number: number): Protocol | undefined {
  return PROTOCOLS.get(number);
}

export function protocolNumber(protocol: Protocol): number {
  return IP_PROTOCOL[protocol];
}

export interface PortPair {
  source: number;
  destination: number;
}

/** The ports at `at`, or undefined if the packet ends before them. */
export function portsAt(bytes: Uint8Array, at: number): PortPair | undefined {
  return at + 4 > bytes.length ? undefined : { source: u16(bytes, at), destination: u16(bytes, at + 2) };
}

/** The flags of a TCP segment (low 6 bits as in RFC 9293), undefined if it is shorter than a header. */
export function tcpFlags({ bytes, transport }: Packet): number | undefined {
  return transport + HEADER_LENGTH.tcp > bytes.length ? undefined : bytes[transport + 13]!;
}

export const TCP_FLAG = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;

/** The first chunk of an SCTP packet, whose type says whether the packet may start a connection (sctp_conn_schedule). */
export function firstChunkType({ bytes, transport }: Packet): number | undefined {
  const first = transport + HEADER_LENGTH.sctp;
  return first + 4 > bytes.length ? undefined : bytes[first]!;
}

/**
 * The chunk that says what an SCTP packet does: the first, or an ABORT right after COOKIE ECHO or COOKIE ACK. DATA must not be
 * bundled with ABORT (RFC 9260 section 3.3.7), so looking further is not needed.
 */
export function sctpChunkType(packet: Packet): number | undefined {
  const { bytes, transport } = packet;
  const first = transport + HEADER_LENGTH.sctp;
  const type = firstChunkType(packet);
  if (type === undefined) return undefined;
  const length = u16(bytes, first + 2);
  if ((type !== SCTP_CHUNK.cookieEcho && type !== SCTP_CHUNK.cookieAck) || length < 4) return type;
  const second = first + Math.ceil(length / 4) * 4;
  return second + 4 <= bytes.length && bytes[second] === SCTP_CHUNK.abort ? SCTP_CHUNK.abort : type;
}

/** Which end of the packet a rewriting changes, and to what. */
export interface Rewriting {
  end: 'source' | 'destination';
  address: string;
  port: number;
}

/**
 * Sets the port of one end and mends the transport checksum for it and for the address, which the IP header still has as it
 * was. TCP and UDP incrementally, so that a wrong checksum stays wrong; UDP without a checksum gets one; SCTP's CRC is made
 * anew if the port changes (ip_vs_proto_*.c; recorded in nat-udp-zero-checksum, nat-sctp-bad-crc).
 */
export function rewriteTransport(packet: Packet, protocol: Protocol, { end, address, port }: Rewriting): void {
  const { bytes, transport } = packet;
  const portAt = transport + (end === 'source' ? 0 : 2);
  const oldPort = u16(bytes, portAt);
  if (protocol === 'sctp') {
    if (oldPort === port) return;
    setU16(bytes, portAt, port);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    view.setUint32(transport + 8, sctpChecksum(bytes, transport, bytes.length), true);
    return;
  }
  const checksumAt = transport + (protocol === 'tcp' ? 16 : 6);
  const old = u16(bytes, checksumAt);
  setU16(bytes, portAt, port);
  if (protocol === 'udp' && old === 0) {
    setU16(bytes, checksumAt, fullChecksum(packet, protocol, { end, address }));
    return;
  }
  const withPort = updateChecksum16(old, oldPort, port);
  const value = updateChecksumBytes(withPort, addressToBytes(packet[end]), addressToBytes(address));
  setU16(bytes, checksumAt, protocol === 'udp' && value === 0 ? 0xffff : value);
}

/** The checksum of a TCP or UDP packet with one address replaced; its field counts as zero. Never 0 for UDP. */
function fullChecksum(packet: Packet, protocol: 'tcp' | 'udp', { end, address }: Omit<Rewriting, 'port'>): number {
  const { bytes, transport } = packet;
  const ends = { source: packet.source, destination: packet.destination, [end]: address };
  const length = bytes.length - transport;
  const pseudo = pseudoHeaderSum(ends.source, ends.destination, protocolNumber(protocol), length);
  const value = checksum(bytes, transport, bytes.length, pseudo);
  return value === 0 && protocol === 'udp' ? 0xffff : value;
}

/** True if the transport checksum of a TCP or UDP packet is right, or UDP has none over IPv4. */
export function hasGoodChecksum({ bytes, transport, source, destination, protocol, family }: Packet): boolean {
  if (protocol === IP_PROTOCOL.udp && family === 'inet' && u16(bytes, transport + 6) === 0) return true;
  const pseudo = pseudoHeaderSum(source, destination, protocol, bytes.length - transport);
  return checksum(bytes, transport, bytes.length, pseudo) === 0;
}
