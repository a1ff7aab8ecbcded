import { addressToBytes } from '../../net/address.ts';
import { setU32 } from '../../net/bytes.ts';
import { IPV4_HEADER, sealIpv4, type Packet } from '../packet.ts';

const END = 0;
const NO_OPERATION = 1;
const RECORD_ROUTE = 7;
const TIMESTAMP = 68;
const DAY = 86_400_000;
const SOURCE_ROUTES: readonly number[] = [131, 137];

/** True for a loose or strict source route, which a host refuses by default (accept_source_route). */
export function isSourceRouted(packet: Packet): boolean {
  return SOURCE_ROUTES.some((type) => optionAt(packet, type) !== undefined);
}

/**
 * Does what record route and timestamp options ask a host to do (RFC 791 section 3.1).
 * @param address the host's own, to be recorded
 * @param now milliseconds of universal time
 */
export function stampOptions(packet: Packet, address: string, now: number): void {
  if (packet.transport === IPV4_HEADER || packet.family === 'inet6') return;
  recordRoute(packet, address);
  stampTime(packet, address, now % DAY);
  sealIpv4(packet);
}

function recordRoute(packet: Packet, address: string): void {
  const at = optionAt(packet, RECORD_ROUTE);
  if (at === undefined) return;
  const { bytes } = packet;
  const pointer = bytes[at + 2]!;
  if (pointer < 4 || pointer + 3 > bytes[at + 1]!) return;
  bytes.set(addressToBytes(address), at + pointer - 1);
  bytes[at + 2] = pointer + 4;
}

/** Without room left the overflow count rises; addresses that the sender has set beforehand (flag 3) are left to others. */
function stampTime(packet: Packet, address: string, time: number): void {
  const at = optionAt(packet, TIMESTAMP);
  if (at === undefined) return;
  const { bytes } = packet;
  const [length, pointer, flags] = [bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]! & 15];
  const size = flags === 0 ? 4 : 8;
  if (pointer + size - 1 > length) {
    if (bytes[at + 3]! >> 4 < 15) bytes[at + 3]! += 16;
    return;
  }
  if (flags > 1 || pointer < 5) return;
  if (flags === 1) bytes.set(addressToBytes(address), at + pointer - 1);
  setU32(bytes, at + pointer + size - 5, time);
  bytes[at + 2] = pointer + size;
}

/** Where an IPv4 option stands. */
function optionAt({ bytes, family, transport }: Packet, wanted: number): number | undefined {
  if (family !== 'inet') return undefined;
  for (let at = IPV4_HEADER; at < transport;) {
    const type = bytes[at]!;
    if (type === END) return undefined;
    if (type === wanted && at + 2 < transport) return at;
    at += type === NO_OPERATION ? 1 : Math.max(bytes[at + 1] ?? 2, 2);
  }
  return undefined;
}
