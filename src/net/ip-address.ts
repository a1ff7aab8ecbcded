import { WeirError } from '../base/error.ts';
import { setU32 } from './bytes.ts';
import { ipv4Value, quad } from './ipv4-text.ts';
import { ipv6Bytes, ipv6Text } from './ipv6-text.ts';

/**
 * An IP address as canonical text: four plain decimals for IPv4, RFC 5952 for IPv6 (IPv4-mapped ones as `::ffff:1.2.3.4`,
 * section 5). Two addresses are equal exactly if their texts are, so a text serves as the key of a map.
 * `parseIpAddress` and `addressFromBytes` make them.
 */
export type IpAddress = string;

/**
 * Reads a dotted quad. Strict (RFC 6943 section 3.1.1): no leading zeros, no octal, no fewer than four parts, no blanks.
 * @returns the address as an unsigned 32-bit number in host order: `10.0.0.1` is 0x0a000001
 * @throws WeirError ADDRESS_INVALID
 */
export function parseIpv4(text: string): number {
  const value = ipv4Value(text);
  if (value === undefined) throw invalidAddress(text, 'an IPv4 address such as 10.1.1.21');
  return value;
}

/** Writes an unsigned 32-bit number in host order as a dotted quad: 0x0a000001 is `10.0.0.1`. */
export function formatIpv4(value: number): IpAddress {
  return quad(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/**
 * Reads an IPv4 or IPv6 address (RFC 4291 section 2.2, with an IPv4 tail allowed) and returns its canonical text.
 * Zones (`fe80::1%eth0`), brackets, masks and blanks are refused, and so is everything `parseIpv4` refuses.
 * @throws WeirError ADDRESS_INVALID
 */
export function parseIpAddress(text: string): IpAddress {
  // Strict as it is read, IPv4 has one text only.
  return isIpv4Address(text) ? text : addressFromBytes(addressToBytes(text));
}

/** True for every text that `parseIpAddress` takes, canonical or not. */
export function isIpAddress(text: string): boolean {
  return isIpv4Address(text) || isIpv6Address(text);
}

export function isIpv4Address(text: string): boolean {
  return ipv4Value(text) !== undefined;
}

export function isIpv6Address(text: string): boolean {
  return ipv6Bytes(text) !== undefined;
}

/**
 * @returns 4 bytes for IPv4, 16 for IPv6, in network order, in a buffer of their own
 * @throws WeirError ADDRESS_INVALID for what is no address
 */
export function addressToBytes(text: string): Uint8Array {
  const value = ipv4Value(text);
  if (value !== undefined) return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
  const bytes = ipv6Bytes(text);
  if (bytes === undefined) throw invalidAddress(text, 'an IP address');
  return bytes;
}

/**
 * The canonical text of 4 or 16 bytes in network order.
 * @throws WeirError ADDRESS_INVALID for any other number of bytes
 */
export function addressFromBytes(bytes: Uint8Array): IpAddress {
  if (bytes.length === 4) return ipv4At(bytes, 0);
  if (bytes.length === 16) return ipv6At(bytes, 0);
  throw new WeirError('ADDRESS_INVALID', `${bytes.length} bytes are no IP address`, {
    expected: '4 bytes for IPv4 or 16 for IPv6',
    found: `${bytes.length} bytes`,
  });
}

/** The IPv4 address whose four bytes stand at `offset`; they must be there. */
export function ipv4At(bytes: Uint8Array, offset: number): IpAddress {
  return quad(bytes[offset]!, bytes[offset + 1]!, bytes[offset + 2]!, bytes[offset + 3]!);
}

/** The IPv6 address whose sixteen bytes stand at `offset`; they must be there. */
export function ipv6At(bytes: Uint8Array, offset: number): IpAddress {
  return ipv6Text(bytes, offset);
}

/**
 * Writes the four bytes of an IPv4 address at `offset`.
 * @throws WeirError ADDRESS_INVALID for an address of the other family, too
 */
export function writeIpv4(bytes: Uint8Array, offset: number, address: string): void {
  setU32(bytes, offset, parseIpv4(address));
}

/**
 * Writes the sixteen bytes of an IPv6 address at `offset`.
 * @throws WeirError ADDRESS_INVALID for an address of the other family, too
 */
export function writeIpv6(bytes: Uint8Array, offset: number, address: string): void {
  const value = ipv6Bytes(address);
  if (value === undefined) throw invalidAddress(address, 'an IPv6 address such as 2001:db8::1');
  bytes.set(value, offset);
}

function invalidAddress(text: string, expected: string): WeirError {
  return new WeirError('ADDRESS_INVALID', `${JSON.stringify(text)} is not ${expected}`, {
    expected,
    found: JSON.stringify(text),
    fix: 'write four decimals without leading zeros (10.1.1.21) or IPv6 text (2001:db8::1), without blanks, zone or mask',
  });
}
