import { addressToBytes } from '../../net/address.ts';
import { IPV4_HEADER, sealIpv4, type Packet } from '../packet.ts';

const END = 0;
const NO_OPERATION = 1;
const RECORD_ROUTE = 7;
const SOURCE_ROUTES: readonly number[] = [131, 137];

/** True for a loose or strict source route, which a host refuses by default (accept_source_route). */
export function isSourceRouted(packet: Packet): boolean {
  return SOURCE_ROUTES.some((type) => optionAt(packet, type) !== undefined);
}

/** Writes an address into the next free place of a record route option, if there is one (RFC 791 section 3.1). */
export function recordRoute(packet: Packet, address: string): void {
  const at = optionAt(packet, RECORD_ROUTE);
  if (at === undefined) return;
  const { bytes } = packet;
  const length = bytes[at + 1]!;
  const pointer = bytes[at + 2]!;
  if (pointer < 4 || pointer + 3 > length) return;
  bytes.set(addressToBytes(address), at + pointer - 1);
  bytes[at + 2] = pointer + 4;
  sealIpv4(packet);
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
