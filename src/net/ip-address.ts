import { WeirError } from '../base/error.ts';
import { setU32 } from './bytes.ts';

/**
 * An IP address as canonical text: four plain decimals for IPv4, RFC 5952 for IPv6 (IPv4-mapped ones as `::ffff:1.2.3.4`,
 * section 5). Two addresses are equal exactly if their texts are, so a text serves as the key of a map.
 * `parseIpAddress` and `addressFromBytes` make them.
 */
export type IpAddress = string;

const IPV4_PATTERN = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;
const IPV6_GROUP = /^[0-9a-f]{1,4}$/i;
const IPV6_GROUPS = 8;

const DECIMAL = Array.from({ length: 256 }, (_, octet) => String(octet));
const DOT_DECIMAL = DECIMAL.map((text) => `.${text}`);

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
  return addressFromBytes(addressToBytes(text));
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

/** The IPv6 address whose sixteen bytes stand at `offset`, by the rules of RFC 5952 section 4; they must be there. */
export function ipv6At(bytes: Uint8Array, offset: number): IpAddress {
  if (isMapped(bytes, offset)) return `::ffff:${ipv4At(bytes, offset + 12)}`;
  const { start, length } = longestZeroRun(bytes, offset);
  if (length < 2) return groupsText(bytes, offset, 0, IPV6_GROUPS);
  return `${groupsText(bytes, offset, 0, start)}::${groupsText(bytes, offset, start + length, IPV6_GROUPS)}`;
}

function groupsText(bytes: Uint8Array, offset: number, first: number, end: number): string {
  let text = '';
  for (let index = first; index < end; index++) {
    if (index > first) text += ':';
    text += groupAt(bytes, offset, index).toString(16);
  }
  return text;
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

function quad(a: number, b: number, c: number, d: number): IpAddress {
  return DECIMAL[a]! + DOT_DECIMAL[b]! + DOT_DECIMAL[c]! + DOT_DECIMAL[d]!;
}

function ipv4Value(text: string): number | undefined {
  const parts = IPV4_PATTERN.exec(text);
  if (parts === null) return undefined;
  let value = 0;
  for (let index = 1; index <= 4; index++) {
    const octet = Number(parts[index]);
    if (octet > 255) return undefined;
    value = value * 256 + octet;
  }
  return value;
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = IPV6_GROUPS - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;

  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  head.forEach((group, index) => view.setUint16(index * 2, group));
  tail.forEach((group, index) => view.setUint16((IPV6_GROUPS - tail.length + index) * 2, group));
  return bytes;
}

/** The 16-bit groups of a colon-separated part; a dotted quad may stand for the last two of the address. */
function groupsOf(part: string, endsAddress: boolean): number[] | undefined {
  if (part === '') return [];
  const words = part.split(':');
  const groups: number[] = [];
  for (const [index, word] of words.entries()) {
    if (IPV6_GROUP.test(word)) {
      groups.push(Number.parseInt(word, 16));
      continue;
    }
    const value = endsAddress && index === words.length - 1 ? ipv4Value(word) : undefined;
    if (value === undefined) return undefined;
    groups.push(value >>> 16, value & 0xffff);
  }
  return groups;
}

function groupAt(bytes: Uint8Array, offset: number, index: number): number {
  return (bytes[offset + index * 2]! << 8) | bytes[offset + index * 2 + 1]!;
}

function isMapped(bytes: Uint8Array, offset: number): boolean {
  for (let index = 0; index < 5; index++) if (groupAt(bytes, offset, index) !== 0) return false;
  return groupAt(bytes, offset, 5) === 0xffff;
}

/** The first of the longest runs of zero groups; `length` 0 where there is none. */
function longestZeroRun(bytes: Uint8Array, offset: number): { start: number; length: number } {
  let best = { start: -1, length: 0 };
  let start = -1;
  for (let index = 0; index < IPV6_GROUPS; index++) {
    if (groupAt(bytes, offset, index) !== 0) {
      start = -1;
      continue;
    }
    if (start < 0) start = index;
    if (index - start + 1 > best.length) best = { start, length: index - start + 1 };
  }
  return best;
}

function invalidAddress(text: string, expected: string): WeirError {
  return new WeirError('ADDRESS_INVALID', `${JSON.stringify(text)} is not ${expected}`, {
    expected,
    found: JSON.stringify(text),
    fix: 'write four decimals without leading zeros (10.1.1.21) or IPv6 text (2001:db8::1), without blanks, zone or mask',
  });
}
