import { addressToBytes } from '../../net/address.ts';
import { setU32, u16 } from '../../net/bytes.ts';
import { IPV4_HEADER, sealIpv4, ttlOf, type Packet } from '../packet.ts';

/** Options of IPv4 (RFC 791 section 3.1): what they ask a host to do, and what is wrong with them (ip_options_compile). */

export const OPTION = {
  end: 0,
  nothing: 1,
  recordRoute: 7,
  timestamp: 68,
  looseRoute: 131,
  security: 134,
  strictRoute: 137,
  routerAlert: 148,
} as const;
/** Milliseconds. */
export const DAY = 86_400_000;
/** Low bits of a timestamp's fourth byte: times alone, with addresses, or with those that the sender has set. */
export const STAMP = { times: 0, addresses: 1, prespecified: 3 } as const;
const MOST_OVERFLOWS = 15;
const CHECKSUM_AT = 10;

/** What a host that has received a packet puts into its options. */
export interface Stamps {
  /** The host's own, to be recorded. */
  address: string;
  /** Milliseconds of universal time. */
  now: number;
  /** True for an address that is another host's. */
  isOthers: (address: string) => boolean;
}

/**
 * Does what record route and timestamp options ask for, and clears what follows their end. A forwarding host records its address anew, see
 * `recordAgain`.
 * @returns where in the packet the first fault stands, which a host tells the sender; undefined without one
 */
export function heedOptions(packet: Packet, stamps: Stamps): number | undefined {
  const { bytes, family, transport } = packet;
  if (transport === IPV4_HEADER || family === 'inet6') return undefined;
  const seen = new Set<number>();
  const options: number[] = [];
  const came = packet.heeded?.came ?? { checksum: u16(bytes, CHECKSUM_AT), ttl: ttlOf(packet) };
  packet.heeded = { options, now: stamps.now, isOthers: stamps.isOthers, came };
  for (let at = IPV4_HEADER; at < transport;) {
    const type = bytes[at]!;
    if (type === OPTION.end) {
      bytes.fill(OPTION.end, at, transport);
      break;
    }
    if (type === OPTION.nothing) {
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (transport - at < 2 || length < 2 || length > transport - at) return at;
    const kind = type === OPTION.strictRoute ? OPTION.looseRoute : type;
    const again = seen.has(kind);
    if (type === OPTION.security && !again) options.push(at);
    const fault = heedOption(packet, at, again, stamps);
    if (fault !== undefined) return at + fault;
    if (type === OPTION.recordRoute || type === OPTION.timestamp) options.push(at);
    seen.add(kind);
    at += length;
  }
  sealIpv4(packet);
  return undefined;
}

/**
 * Before it tells that no route leads to a real server the host reads the options once more, as those of a packet to itself
 * (ipv4_send_dest_unreach). @returns false if they no longer have room for that: then it tells nobody
 */
export function heedOptionsAgain(packet: Packet): boolean {
  if (packet.heeded === undefined) return true;
  return heedOptions(packet, { ...packet.heeded, address: packet.destination }) === undefined;
}

/** @param again another of its kind stands before it. @returns where in the option the fault is */
function heedOption(packet: Packet, at: number, again: boolean, stamps: Stamps): number | undefined {
  const { bytes } = packet;
  const length = bytes[at + 1]!;
  switch (bytes[at]!) {
    case OPTION.looseRoute:
    case OPTION.strictRoute:
      if (length < 3) return 1;
      if (bytes[at + 2]! < 4) return 2;
      return again ? 0 : undefined;
    case OPTION.recordRoute:
      return again ? 0 : recordRoute(packet, at, stamps);
    case OPTION.timestamp:
      return again ? 0 : stampTime(packet, at, stamps);
    case OPTION.routerAlert:
      return length < 4 ? 1 : undefined;
    case OPTION.security:
      // Of CIPSO no domain is known unless somebody has configured one (cipso_v4_validate).
      return again ? 0 : length < 8 ? 1 : 2;
    default:
      return undefined;
  }
}

function recordRoute(packet: Packet, at: number, { address }: Stamps): number | undefined {
  const { bytes } = packet;
  const [length, pointer] = [bytes[at + 1]!, bytes[at + 2]!];
  if (length < 3) return 1;
  if (pointer < 4) return 2;
  if (pointer > length) return undefined;
  if (pointer + 3 > length) return 2;
  bytes.set(addressToBytes(address), at + pointer - 1);
  bytes[at + 2] = pointer + 4;
  packet.recordedAt = at + pointer - 1;
  return undefined;
}

/** Without room left the overflow count rises; an address that the sender has set is left to whose it is. */
function stampTime({ bytes }: Packet, at: number, { address, now, isOthers }: Stamps): number | undefined {
  const length = bytes[at + 1]!;
  if (length < 4) return 1;
  const [pointer, flag, overflows] = [bytes[at + 2]!, bytes[at + 3]! & 15, bytes[at + 3]! >> 4];
  if (pointer < 5) return 2;
  if (pointer > length) {
    if (flag === STAMP.prespecified) return undefined;
    if (overflows === MOST_OVERFLOWS) return 3;
    bytes[at + 3]! += 16;
    return undefined;
  }
  const size = flag === STAMP.addresses || flag === STAMP.prespecified ? 8 : 4;
  if (pointer + size - 1 > length) return 2;
  const slot = at + pointer - 1;
  if (flag !== STAMP.times && size === 4) return undefined;
  if (flag === STAMP.prespecified && isOthers(bytes.subarray(slot, slot + 4).join('.'))) return undefined;
  if (flag === STAMP.addresses) bytes.set(addressToBytes(address), slot);
  setU32(bytes, slot + size - 4, now % DAY);
  bytes[at + 2] = pointer + size;
  return undefined;
}

/** What leaves has been recorded with the address that it was received with; the one that it is sent with takes its place (ip_forward_options). */
export function recordAgain(packet: Packet, address: string): void {
  if (packet.recordedAt === undefined) return;
  packet.bytes.set(addressToBytes(address), packet.recordedAt);
  sealIpv4(packet);
}

/** True for a loose or strict source route, which a host refuses by default (accept_source_route). The options have been heeded. */
export function isSourceRouted({ bytes, family, transport }: Packet): boolean {
  if (family !== 'inet') return false;
  for (let at = IPV4_HEADER; at < transport;) {
    const type = bytes[at]!;
    if (type === OPTION.end) return false;
    if (type === OPTION.looseRoute || type === OPTION.strictRoute) return true;
    at += type === OPTION.nothing ? 1 : bytes[at + 1]!;
  }
  return false;
}
