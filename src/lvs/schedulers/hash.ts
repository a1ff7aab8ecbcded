import { addressToBytes } from '../../net/address.ts';
import { u32 } from '../../net/bytes.ts';

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

/** The first 32 bits of an address in host order: what of one of IPv6 is taken for one of IPv4. */
export function startOfAddress(address: string): number {
  return u32(addressToBytes(address), 0);
}

/** A key of `hsiphash32`: 64 bits, which stand for both halves of SipHash's. The words of a state are in pairs, lower half first. */
export type SipKey = readonly [low: number, high: number];

export function sipKey(key: bigint): SipKey {
  return [Number(key & 0xffff_ffffn), Number(key >> 32n)];
}

/** "somepseudorandomlygeneratedbytes", as SipHash begins: v0 to v3. */
const START = [0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261, 0x6e657261, 0x6c796765, 0x79746573, 0x74656462] as const;
const [V0, V1, V2, V3] = [0, 2, 4, 6] as const;
const MESSAGE_LENGTH = 4 << 24;
const FINAL = 0xff;

const state = new Int32Array(8);

/**
 * SipHash-1-3 of one 32-bit number, its low 32 bits: the kernel's hsiphash on 64-bit machines (lib/siphash.c; J.-P. Aumasson,
 * D. J. Bernstein, "SipHash: a fast short-input PRF").
 */
export function hsiphash32(value: number, [low, high]: SipKey): number {
  for (let word = 0; word < 8; word++) state[word] = START[word]! ^ (word % 2 === 0 ? low : high);
  state[V3]! ^= value;
  state[V3 + 1]! ^= MESSAGE_LENGTH;
  sipRound();
  state[V0]! ^= value;
  state[V0 + 1]! ^= MESSAGE_LENGTH;
  state[V2]! ^= FINAL;
  for (let round = 0; round < 3; round++) sipRound();
  return (state[V0]! ^ state[V1]! ^ state[V2]! ^ state[V3]!) >>> 0;
}

function sipRound(): void {
  mix(V0, V1, 13);
  swap(V0);
  mix(V2, V3, 16);
  mix(V0, V3, 21);
  mix(V2, V1, 17);
  swap(V2);
}

/** a += b; b = (b rotated to the left) ^ a, on 64 bits; `by` is less than 32. */
function mix(a: number, b: number, by: number): void {
  const [low, high] = [state[b]!, state[b + 1]!];
  const sum = (state[a]! >>> 0) + (low >>> 0);
  const carried = state[a + 1]! + high + (sum > 0xffff_ffff ? 1 : 0);
  state[a] = sum;
  state[a + 1] = carried;
  state[b] = ((low << by) | (high >>> (32 - by))) ^ sum;
  state[b + 1] = ((high << by) | (low >>> (32 - by))) ^ carried;
}

/** Rotates a word by 32 bits. */
function swap(word: number): void {
  const low = state[word]!;
  state[word] = state[word + 1]!;
  state[word + 1] = low;
}
