import { addressToBytes } from '../../net/address.ts';

const GOLDEN_RATIO_32 = 0x61c88647;

/** The kernel's hash_32: the top `bits` bits of a product (include/linux/hash.h). */
export function hash32(value: number, bits: number): number {
  return Math.imul(value, GOLDEN_RATIO_32) >>> (32 - bits);
}

/** An address as 32 bits in host order: IPv6 as its four words, exclusive-ored. */
export function foldAddress(address: string): number {
  const bytes = addressToBytes(address);
  let folded = 0;
  for (let at = 0; at < bytes.length; at += 4) {
    folded ^= (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  return folded >>> 0;
}

const MASK_64 = (1n << 64n) - 1n;

/**
 * SipHash-1-3 of one 32-bit number, its low 32 bits: the kernel's hsiphash on 64-bit machines (lib/siphash.c; J.-P. Aumasson,
 * D. J. Bernstein, "SipHash: a fast short-input PRF").
 * @param key both 64-bit halves of the key
 */
export function hsiphash32(value: number, key: bigint): number {
  const state: [bigint, bigint, bigint, bigint] = [
    0x736f6d6570736575n ^ key,
    0x646f72616e646f6dn ^ key,
    0x6c7967656e657261n ^ key,
    0x7465646279746573n ^ key,
  ];
  const message = (4n << 56n) | BigInt(value >>> 0);
  state[3] ^= message;
  sipRound(state);
  state[0] ^= message;
  state[2] ^= 0xffn;
  for (let round = 0; round < 3; round++) sipRound(state);
  return Number((state[0] ^ state[1] ^ state[2] ^ state[3]) & 0xffffffffn);
}

function sipRound(v: [bigint, bigint, bigint, bigint]): void {
  mix(v, 0, 1, 13n);
  v[0] = rotate(v[0], 32n);
  mix(v, 2, 3, 16n);
  mix(v, 0, 3, 21n);
  mix(v, 2, 1, 17n);
  v[2] = rotate(v[2], 32n);
}

function mix(v: [bigint, bigint, bigint, bigint], a: 0 | 2, b: 1 | 3, by: bigint): void {
  v[a] = (v[a] + v[b]) & MASK_64;
  v[b] = rotate(v[b], by) ^ v[a];
}

function rotate(value: bigint, by: bigint): bigint {
  return ((value << by) | (value >> (64n - by))) & MASK_64;
}
