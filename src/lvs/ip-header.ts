import { addressToBytes } from '../net/address.ts';
import { setU16, setU32 } from '../net/bytes.ts';
import { IPV4_HEADER, IPV6_HEADER, sealIpv4 } from './packet.ts';
import type { OwnStack } from './state.ts';

export interface HeaderFields {
  source: string;
  destination: string;
  protocol: number;
  ttl: number;
  tos: number;
}

/** Fills in an IPv4 header at the start of a whole packet. `options`: whole words, which the header has room for. */
export function writeIpv4(
  bytes: Uint8Array,
  fields: HeaderFields & { identification: number; df?: boolean; options?: Uint8Array },
): void {
  const { options = new Uint8Array() } = fields;
  bytes[0] = 0x45 + options.length / 4;
  bytes.set(options, IPV4_HEADER);
  bytes[1] = fields.tos;
  setU16(bytes, 2, bytes.length);
  setU16(bytes, 4, fields.identification);
  setU16(bytes, 6, fields.df === true ? 0x4000 : 0);
  bytes[8] = fields.ttl;
  bytes[9] = fields.protocol;
  bytes.set(addressToBytes(fields.source), 12);
  bytes.set(addressToBytes(fields.destination), 16);
  sealIpv4({ family: 'inet', bytes });
}

/** Fills in an IPv6 header, with flow label 0, at the start of a whole packet. */
export function writeIpv6(bytes: Uint8Array, { source, destination, protocol, ttl, tos }: HeaderFields): void {
  setU32(bytes, 0, (0x60000000 | (tos << 20)) >>> 0);
  setU16(bytes, 4, bytes.length - IPV6_HEADER);
  bytes[6] = protocol;
  bytes[7] = ttl;
  bytes.set(addressToBytes(source), 8);
  bytes.set(addressToBytes(destination), 24);
}

/** The identification of the next packet of the director's own. */
export function nextIdentification(state: OwnStack): number {
  state.nextIdentification = (state.nextIdentification + 1) & 0xffff;
  return state.nextIdentification;
}
