import { setU16, u16 } from '../../../../net/bytes.ts';
import { ETHER_TYPE } from '../../../../net/ether-type.ts';
import { sealIpv4 } from '../../../../lvs/packet.ts';
import type { Random } from '../../random/random.ts';
import { ETHERNET_HEADER } from '../../../../net/ethernet.ts';

const IP = ETHERNET_HEADER;
const LEAST = IP + 40;

/** The frame with something in it that it should not have, beyond what random packets have for engines whose stack behind them is another. */
export function mutated(random: Random, frame: Uint8Array): Uint8Array {
  if (frame.length < LEAST) return frame;
  const copy = frame.slice();
  if (u16(copy, 12) === ETHER_TYPE.ipv4) {
    const whole = copy.subarray(IP);
    random.pick([lowTtl4, shortLength4, oddByte])(random, copy);
    // A wrong checksum of IP stays wrong.
    if (u16(frame, 24) !== 0) sealIpv4({ family: 'inet', bytes: whole });
  } else random.pick([lowTtl6, shortLength6, oddByte])(random, copy);
  return copy;
}

type Mutation = (random: Random, frame: Uint8Array) => void;

const lowTtl4: Mutation = (random, frame) => void (frame[IP + 8] = random.below(3));
const lowTtl6: Mutation = (random, frame) => void (frame[IP + 7] = random.below(3));
/** The packet ends within its transport header, or soon after. */
const shortLength4: Mutation = (random, frame) =>
  setU16(frame, IP + 2, Math.min(u16(frame, IP + 2), 20 + random.below(40)));
const shortLength6: Mutation = (random, frame) => setU16(frame, IP + 4, Math.min(u16(frame, IP + 4), random.below(40)));
/** One byte of what IP carries, most often of its headers. */
const oddByte: Mutation = (random, frame) => {
  const start = u16(frame, 12) === ETHER_TYPE.ipv4 ? IP + (frame[IP]! & 15) * 4 : IP + 40;
  const room = Math.min(frame.length - start, random.oneIn(3) ? 64 : 20);
  if (room > 0) frame[start + random.below(room)] = random.below(256);
};
