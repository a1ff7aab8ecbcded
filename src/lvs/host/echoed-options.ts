import { addressToBytes } from '../../net/address.ts';
import { concatBytes, setU32 } from '../../net/bytes.ts';
import type { Packet } from '../packet.ts';
import { DAY, OPTION, STAMP, type Stamps } from './options.ts';

/**
 * The options of an ICMP error: those of the packet it is about that record where it has been, and what the host has to add to them
 * (__ip_options_echo; recorded: wire/error-options-*). A source route is not turned round.
 * @param source the address that the error comes from
 * @returns undefined if there is room for a part of an entry: then nothing is sent
 */
export function echoedOptions(packet: Packet, source: string): Uint8Array | undefined {
  const { bytes, heeded } = packet;
  if (heeded === undefined) return new Uint8Array();
  const parts: Uint8Array[] = [];
  // In this order: a route, a timestamp, security.
  for (const at of heeded.options.toSorted((a, b) => bytes[a]! - bytes[b]!)) {
    const option = bytes.slice(at, at + bytes[at + 1]!);
    if (!goesOn(option, { ...heeded, address: source })) return undefined;
    parts.push(option);
  }
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return concatBytes(...parts, new Uint8Array(-length & 3).fill(OPTION.end));
}

/** Adds what a host has to, if there is room. @returns false if there is for a part of it */
function goesOn(option: Uint8Array, stamps: Stamps): boolean {
  const [type, length, pointer] = [option[0]!, option[1]!, option[2]!];
  if (type === OPTION.security || pointer > length) return true;
  return type === OPTION.recordRoute ? goesOnRoute(option, stamps) : goesOnStamp(option, stamps);
}

function goesOnRoute(option: Uint8Array, { address }: Stamps): boolean {
  const [length, pointer] = [option[1]!, option[2]!];
  if (pointer + 3 > length) return false;
  option.set(addressToBytes(address), pointer - 1);
  option[2] = pointer + 4;
  return true;
}

function goesOnStamp(option: Uint8Array, { address, now, isOthers }: Stamps): boolean {
  const [length, pointer, flag] = [option[1]!, option[2]!, option[3]! & 15];
  if (flag !== STAMP.times && flag !== STAMP.addresses && flag !== STAMP.prespecified) return true;
  const slot = pointer - 1;
  const size = flag === STAMP.times ? 4 : 8;
  if (pointer + 3 > length) return false;
  if (pointer + size - 1 > length) return flag === STAMP.prespecified;
  if (flag === STAMP.prespecified && isOthers(option.subarray(slot, slot + 4).join('.'))) return true;
  if (flag === STAMP.addresses) option.set(addressToBytes(address), slot);
  setU32(option, slot + size - 4, now % DAY);
  option[2] = pointer + size;
  return true;
}
