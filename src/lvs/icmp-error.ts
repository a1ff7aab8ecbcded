import { setU16, setU32 } from '../net/bytes.ts';
import { checksum, pseudoHeaderSum, updateChecksum16 } from '../net/checksum.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { decide, type Handling } from './handling.ts';
import { echoedOptions } from './host/echoed-options.ts';
import { IPV4_HEADER, IPV6_HEADER, isIcmp, tosOf, type Packet } from './packet.ts';
import { nextIdentification, writeIpv4, writeIpv6 } from './ip-header.ts';
import type { OwnStack } from './state.ts';

/** What the director tells the sender of a packet, with its type and code in either family. */
const ERRORS = {
  'network-unreachable': { inet: [3, 0], inet6: [1, 0] },
  'host-unreachable': { inet: [3, 1], inet6: [1, 3] },
  'protocol-unreachable': { inet: [3, 2], inet6: [4, 1] },
  'port-unreachable': { inet: [3, 3], inet6: [1, 4] },
  'too-big': { inet: [3, 4], inet6: [2, 0] },
  'ttl-expired': { inet: [11, 0], inet6: [3, 0] },
} as const;

export type IcmpError = keyof typeof ERRORS;

/** The most that an error is long: IPv4 by RFC 1812 section 4.3.2.3, IPv6 by RFC 4443 section 2.4 (c). */
const LONGEST = { inet: 576, inet6: 1280 } as const;
const ICMP_HEADER = 8;
const TTL = 64;
const [TTL_AT, CHECKSUM_AT] = [8, 10];

/** TOS of IPv4 errors: precedence internetwork control, with the other bits of the packet that caused it. */
const CONTROL = 0xc0;

/**
 * Sends an ICMP error about a packet to its source: from the address the packet was sent to if it came to the director itself, else
 * from the director's own on that side. Nothing is sent about an ICMP error or a later fragment (RFC 1122 section 3.2.2).
 * @param packet as it shall be quoted
 * @param info for 'too-big' the MTU, for IPv6's 'protocol-unreachable' where the protocol stands
 */
export function sendIcmpError(state: OwnStack, handling: Handling, packet: Packet, error: IcmpError, info = 0): void {
  const [type, code] = ERRORS[error][packet.family];
  sendIcmp(state, handling, packet, { type, code, info, what: error });
}

/**
 * Tells the sender of a packet where in it a fault stands (RFC 792; RFC 4443 section 3.4), see `sendIcmpError`.
 * @param at the byte of the packet
 * @param code of IPv6: 2 for an option that is not known
 */
export function sendParameterProblem(
  state: OwnStack,
  handling: Handling,
  packet: Packet,
  at: number,
  code: 0 | 2 = 0,
): void {
  const [type, info] = packet.family === 'inet' ? [12, (at << 24) >>> 0] : [4, at];
  sendIcmp(state, handling, packet, { type, code, info, what: 'parameter-problem' });
}

/** An error with the given type, code and 32-bit word, see `sendIcmpError`. */
export function sendIcmp(
  state: OwnStack,
  handling: Handling,
  packet: Packet,
  { type, code, info, what }: { type: number; code: number; info: number; what: string },
): void {
  if (isErrorOrFragment(packet)) return;
  const source = sourceFor(state, packet);
  if (source === undefined) return;
  const options = echoedOptions(packet, source);
  if (options === undefined) return;
  decide(handling, { kind: 'answer', what: `icmp ${what}`, to: packet.source });
  const headerLength = packet.family === 'inet' ? IPV4_HEADER + options.length : IPV6_HEADER;
  const room = LONGEST[packet.family] - headerLength - ICMP_HEADER;
  const quote = quoted(packet).subarray(0, room);
  const bytes = new Uint8Array(headerLength + ICMP_HEADER + quote.length);
  bytes.set(quote, headerLength + ICMP_HEADER);
  bytes[headerLength] = type;
  bytes[headerLength + 1] = code;
  setU32(bytes, headerLength + 4, info);
  const header = { source, destination: packet.source, protocol: IP_PROTOCOL.icmp, ttl: TTL };
  if (packet.family === 'inet') {
    setU16(bytes, headerLength + 2, checksum(bytes, headerLength));
    const tos = (tosOf(packet) & 0x1e) | CONTROL;
    writeIpv4(bytes, { ...header, tos, identification: nextIdentification(state), options });
  } else {
    const pseudo = pseudoHeaderSum(source, packet.source, IP_PROTOCOL.icmpv6, bytes.length - headerLength);
    setU16(bytes, headerLength + 2, checksum(bytes, headerLength, bytes.length, pseudo));
    writeIpv6(bytes, { ...header, protocol: IP_PROTOCOL.icmpv6, tos: 0 });
  }
  handling.own.push(bytes);
}

/** The packet with the checksum that it has while its options have been heeded and nobody has sealed it since: only the TTL counts. */
function quoted({ bytes, heeded }: Packet): Uint8Array {
  if (heeded?.came === undefined) return bytes;
  const { checksum: before, ttl } = heeded.came;
  const copy = bytes.slice();
  setU16(copy, CHECKSUM_AT, updateChecksum16(before, ttl << 8, bytes[TTL_AT]! << 8));
  return copy;
}

/** Undefined where no way leads back: then nothing is sent (icmp_route_lookup). */
function sourceFor({ routing }: OwnStack, packet: Packet): string | undefined {
  const back = routing.lookup(packet.source);
  if (back.kind !== 'unicast' && back.kind !== 'local') return undefined;
  if (routing.wayOf(packet).kind === 'local') return packet.destination;
  // IPv6 takes it from where the packet came in (icmp6_send).
  const { family, arrived } = packet;
  const near = family === 'inet' || arrived === undefined ? undefined : routing.addressOn(arrived, 'inet6');
  return back.kind === 'unicast' ? (near ?? back.source) : back.source;
}

/** The types of ICMP that report errors: 3, 4, 5, 11, 12; those of ICMPv6 are below 128. */
function isErrorOrFragment(packet: Packet): boolean {
  if (packet.family === 'inet' && (packet.fragment?.offset ?? 0) > 0) return true;
  if (!isIcmp(packet)) return false;
  const type = packet.bytes[packet.transport];
  if (type === undefined) return true;
  return packet.family === 'inet6' ? type < 128 : [3, 4, 5, 11, 12].includes(type);
}
