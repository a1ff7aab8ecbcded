import { addressToBytes } from '../../../net/address.ts';
import type { Random } from './random.ts';

/** Random options: of the IPv4 header, and hop-by-hop ones of IPv6; most of them good, and what a host refuses. */

const zeros = (length: number): number[] => Array.from({ length }, () => 0);

/** Where a host writes next, in an option of slots of `size` bytes behind `before`; behind the last slot where it is full. */
const pointer = (random: Random, before: number, size: number, slots: number): number =>
  before + 1 + random.below(slots + 1) * size;

function recordRoute(random: Random): number[] {
  const slots = 1 + random.below(3);
  return [7, 3 + 4 * slots, pointer(random, 3, 4, slots), ...zeros(4 * slots)];
}

/** Of addresses that the sender has set: a client's, a real server's, the director's. */
const PRESPECIFIED = ['10.1.0.10', '10.2.0.11', '10.9.9.9', '10.2.0.1', '10.1.0.255'] as const;

/** @param taken whether times may be taken, else there is no room for one */
function timestamp(random: Random, taken: boolean): number[] {
  const flag = random.pick([0, 1, 3]);
  const size = flag === 0 ? 4 : 8;
  const slots = 1 + random.below(2);
  const at = taken ? pointer(random, 4, size, slots) : 5 + slots * size;
  const slot = flag === 3 ? [...addressToBytes(random.pick(PRESPECIFIED)), ...zeros(4)] : zeros(size);
  const overflows = random.pick([0, 0, 1, 14]) << 4;
  return [68, 4 + slots * size, at, flag | overflows, ...Array.from({ length: slots }, () => slot).flat()];
}

/** What nobody heeds: nothing, security, stream, a router alert, experiments. */
const IDLE: readonly (readonly number[])[] = [
  [1],
  [1, 1, 1],
  [130, 11, ...zeros(9)],
  [136, 4, 1, 2],
  [148, 4, 0, 0],
  [94, 4, 7, 7],
  [30, 2],
];

/** Each for a reason of its own. */
const WRONG: readonly (readonly number[])[] = [
  [7, 2],
  [7, 7, 3, ...zeros(4)],
  [7, 7, 5, ...zeros(4)],
  [68, 3, 5],
  [68, 8, 4, 0, ...zeros(4)],
  [68, 8, 9, 0xf0, ...zeros(4)],
  [68, 8, 5, 1, ...zeros(4)],
  [68, 8, 5, 3, ...zeros(4)],
  [94, 0],
  [94, 40],
  [1, 1, 1, 94],
  [131, 3, 3],
  [148, 3, 0],
  [134, 10, 0, 0, 0, 1, 1, 4, 0, 0],
];

const MOST = 40;

/**
 * Options of IPv4, up to 40 bytes.
 * @param idle such alone that a host does not write into
 * @param taken whether times may be taken
 * @param good that nobody refuses
 */
export function randomOptions(
  random: Random,
  { idle, taken, good }: { idle: boolean; taken: boolean; good: boolean },
): Uint8Array {
  if (random.oneIn(6) && !good) return padded([...random.pick(WRONG)]);
  const options: number[] = [...random.pick(IDLE)];
  if (!idle && !random.oneIn(3)) options.push(...recordRoute(random));
  if (!idle && random.oneIn(2)) options.push(...timestamp(random, taken));
  if (!idle && random.oneIn(4)) options.push(0, random.below(3), random.below(256));
  return options.length <= MOST ? padded(options) : padded([...random.pick(IDLE)]);
}

function padded(options: readonly number[]): Uint8Array {
  return Uint8Array.from([...options, ...zeros((4 - (options.length % 4)) % 4)]);
}

const HOP: readonly (readonly number[])[] = [
  [1, 4, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0],
  [5, 2, 0, 0, 1, 0],
  [0x1e, 4, 1, 2, 3, 4],
  [0x3e, 12, ...zeros(12)],
  [1, 0, 1, 0, 1, 0, 0x1e, 0, 1, 0, 1, 0, 1, 0],
  [1, 0, 0x31, 4, 1, 2, 3, 4, 1, 4, 0, 0, 0, 0],
];

const WRONG_HOP: readonly (readonly number[])[] = [
  [0, 0, 0, 0, 0, 0, 1, 6, ...zeros(6)],
  [1, 4, 0, 0, 0, 1],
  [5, 3, 0, 0, 0, 0],
  [0x5e, 4, 1, 2, 3, 4],
  [0x9e, 4, 1, 2, 3, 4],
  [0xde, 4, 1, 2, 3, 4],
  [0x1e, 200, 1, 2, 3, 4],
  [0x31, 4, 1, 2, 3, 4],
  [7, 4, 0, 0, 0, 4],
  [0xc2, 4, 0, 0, 0, 40],
  [0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 0x1e, 0, 1, 2, 0, 0],
];

/** The data of a header of hop-by-hop options. @param good that nobody refuses */
export function randomHopOptions(random: Random, good: boolean): Uint8Array {
  return Uint8Array.from(random.pick(random.oneIn(3) && !good ? WRONG_HOP : HOP));
}
