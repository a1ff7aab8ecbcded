import { addressToBytes, type IpAddress } from './ip-address.ts';
import { ipv4Value } from './ipv4-text.ts';

/**
 * The Internet checksum. A *sum* is a one's complement sum of 16-bit words in network order (0 to 0xffff, 0 only where every
 * word is zero); a *checksum* is its complement, as it stands in a header.
 */

/**
 * Adds the 16-bit words from `start` to `end` (exclusive) to `seed`; an odd last byte counts as the high half of a word.
 * Any number of bytes. Source: RFC 1071 section 1 and 2.
 */
export function wordSum(bytes: Uint8Array, start = 0, end = bytes.length, seed = 0): number {
  let sum = seed;
  let index = start;
  for (const last = end - 1; index < last; index += 2) sum += (bytes[index]! << 8) | bytes[index + 1]!;
  if (index < end) sum += bytes[index]! << 8;
  return foldSum(sum);
}

/** Folds any sum of words below 2^53 to 16 bits: one's complement addition is addition modulo 0xffff, with 0xffff for 0. */
export function foldSum(sum: number): number {
  return sum > 0xffff ? sum % 0xffff || 0xffff : sum;
}

/** The checksum over the bytes from `start` to `end`; the field itself must be zero there. 0 over a right checksum. */
export function checksum(bytes: Uint8Array, start = 0, end = bytes.length, seed = 0): number {
  return ~wordSum(bytes, start, end, seed) & 0xffff;
}

/** The sum of the words of two addresses of one family: the part of the pseudo header that addresses make. */
export function addressSum(source: IpAddress, destination: IpAddress): number {
  return foldSum(sumOf(source) + sumOf(destination));
}

function sumOf(address: IpAddress): number {
  const value = ipv4Value(address);
  return value === undefined ? wordSum(addressToBytes(address)) : (value >>> 16) + (value & 0xffff);
}

/**
 * The sum of a pseudo header: RFC 9293 section 3.1 (IPv4), RFC 8200 section 8.1 (IPv6). Both add the same words.
 * @param length bytes of the transport header and its payload
 */
export function pseudoHeaderSum(source: IpAddress, destination: IpAddress, protocol: number, length: number): number {
  return foldSum(addressSum(source, destination) + protocol + (length >>> 16) + (length & 0xffff));
}

/** The checksum after one aligned 16-bit word has changed: RFC 1624, equation 3. A wrong one stays wrong by as much. */
export function updateChecksum16(old: number, oldWord: number, newWord: number): number {
  return ~foldSum((~old & 0xffff) + (~oldWord & 0xffff) + newWord) & 0xffff;
}

/** The checksum after an aligned 32-bit word, such as an IPv4 address, has changed. */
export function updateChecksum32(old: number, oldWord: number, newWord: number): number {
  const removed = (~(oldWord >>> 16) & 0xffff) + (~oldWord & 0xffff);
  return ~foldSum((~old & 0xffff) + removed + (newWord >>> 16) + (newWord & 0xffff)) & 0xffff;
}

/** The checksum after aligned bytes, such as an IPv6 address, have changed; both are of one, even, length. */
export function updateChecksumBytes(old: number, oldBytes: Uint8Array, newBytes: Uint8Array): number {
  return ~foldSum((~old & 0xffff) + (~wordSum(oldBytes) & 0xffff) + wordSum(newBytes)) & 0xffff;
}
