import { u32 } from '../../net/bytes.ts';
import { addressToBytes } from '../../net/address.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import { extensionLength, IPV6_HEADER, type Packet } from '../packet.ts';

/**
 * Options of IPv6 (RFC 8200 sections 4.2, 4.3 and 4.6): those for every hop, as a host reads them before it looks where a packet goes
 * (ipv6_parse_hopopts), and those for the destination, as it reads them of what is for itself (ipv6_destopt_rcv).
 */

const OPTION = { pad1: 0, padN: 1, routerAlert: 5, calipso: 7, ioam: 0x31, jumbo: 0xc2, homeAddress: 0xc9 } as const;
/** The highest two bits of a type that a host does not know say what it does with the packet. */
const ACTION = { goOn: 0, drop: 1, tell: 2, tellUnlessMulticast: 3 } as const;
const MOST_PADDING = 7;
/** net.ipv6.max_hbh_opts_number, net.ipv6.max_dst_opts_number */
const MOST_OPTIONS = 8;
/** Codes of a parameter problem. */
const CODE = { field: 0, option: 2 } as const;
const NEXT_HEADER_AT = 6;
/** Longer than any packet without such an option (RFC 2675). */
const LONGEST = 0xffff;

/** What a packet is refused for, and what its sender is told, if anything: where in the packet, with which code. */
export interface Refusal {
  told?: { code: 0 | 2; at: number };
}

/** @returns undefined for a packet that goes on */
export function refuseHopOptions(packet: Packet): Refusal | undefined {
  const { bytes, family } = packet;
  if (family === 'inet' || bytes[NEXT_HEADER_AT] !== IP_PROTOCOL.hopByHop || bytes.length < IPV6_HEADER + 8)
    return undefined;
  const end = IPV6_HEADER + extensionLength(IP_PROTOCOL.hopByHop, bytes[IPV6_HEADER + 1]!);
  return refuseOptions(packet, IPV6_HEADER, end, refuseHopOption);
}

/** Of a packet for the host itself. @returns undefined for one that goes on to its protocol */
export function refuseDestinationOptions(packet: Packet): Refusal | undefined {
  const { bytes, family, transport } = packet;
  if (family === 'inet') return undefined;
  let kind = bytes[NEXT_HEADER_AT]!;
  for (let at = IPV6_HEADER; at < transport;) {
    const end = at + (kind === IP_PROTOCOL.fragment ? 8 : extensionLength(kind, bytes[at + 1]!));
    const refusal =
      kind === IP_PROTOCOL.destinationOptions ? refuseOptions(packet, at, end, refuseDestinationOption) : undefined;
    if (refusal !== undefined) return refusal;
    kind = bytes[at]!;
    at = end;
  }
  return undefined;
}

type RefuseOption = (packet: Packet, at: number, length: number) => Refusal | undefined;

/** The options of a header from `start` to `end` (ip6_parse_tlv). */
function refuseOptions(packet: Packet, start: number, end: number, refuseOption: RefuseOption): Refusal | undefined {
  const { bytes } = packet;
  if (end > bytes.length) return {};
  let [padding, options] = [0, 0];
  for (let at = start + 2; at < end;) {
    const type = bytes[at]!;
    const length = type === OPTION.pad1 ? 1 : (bytes[at + 1] ?? 0) + 2;
    if (at + length > end) return {};
    if (type === OPTION.pad1 || type === OPTION.padN) {
      padding += length;
      if (padding > MOST_PADDING || bytes.subarray(at + 2, at + length).some((byte) => byte !== 0)) return {};
    } else {
      options++;
      if (options > MOST_OPTIONS) return {};
      const refusal = refuseOption(packet, at, length);
      if (refusal !== undefined) return refusal;
      padding = 0;
    }
    at += length;
  }
  return undefined;
}

function refuseHopOption(packet: Packet, at: number, length: number): Refusal | undefined {
  const { bytes } = packet;
  switch (bytes[at]!) {
    case OPTION.routerAlert:
      return length === 4 ? undefined : {};
    case OPTION.ioam:
      return at % 4 === 0 ? undefined : {};
    case OPTION.calipso:
      // No domain is known unless somebody has configured one (calipso_validate).
      return {};
    case OPTION.jumbo:
      return refuseJumbo(packet, at, length);
    default:
      return refuseUnknown(packet, at);
  }
}

/** A home address is refused where nobody has configured one (ipv6_dest_hao, in kernels with CONFIG_IPV6_MIP6). */
function refuseDestinationOption(packet: Packet, at: number): Refusal | undefined {
  return packet.bytes[at] === OPTION.homeAddress ? {} : refuseUnknown(packet, at);
}

function refuseUnknown({ bytes, destination }: Packet, at: number): Refusal | undefined {
  const action = bytes[at]! >> 6;
  if (action === ACTION.goOn) return undefined;
  const isMulticast = addressToBytes(destination)[0] === 0xff;
  const isTold = action === ACTION.tell || (action === ACTION.tellUnlessMulticast && !isMulticast);
  return isTold ? { told: { code: CODE.option, at } } : {};
}

/** Nothing that comes here is as long as a jumbogram has to be. */
function refuseJumbo({ bytes }: Packet, at: number, length: number): Refusal {
  if (length !== 6 || at % 4 !== 2) return {};
  if (u32(bytes, at + 2) <= LONGEST) return { told: { code: CODE.field, at: at + 2 } };
  return bytes[4] === 0 && bytes[5] === 0 ? {} : { told: { code: CODE.field, at } };
}
