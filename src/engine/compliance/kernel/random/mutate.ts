import { concatBytes, setU16, u16 } from '../../../../net/bytes.ts';
import { ETHER_TYPE } from '../../../../net/ether-type.ts';
import { IP_PROTOCOL } from '../../../../net/ip-protocol.ts';
import { sealIpv4 } from '../../../../lvs/packet.ts';
import type { Random } from '../../random/random.ts';
import { ETHERNET_HEADER } from '../../../../net/ethernet.ts';

const IP = ETHERNET_HEADER;
const LEAST = IP + 40;
/** Bytes of a frame before its type, or its tag. */
const MACS = 12;

/** The frame with something in it that it should not have, beyond what random packets have for engines whose stack behind them is another. */
export function mutated(random: Random, frame: Uint8Array, ttl: 'any' | 'kept' = 'any'): Uint8Array {
  if (frame.length < LEAST) return frame;
  const copy = frame.slice();
  if (u16(copy, 12) === ETHER_TYPE.ipv4) {
    const whole = copy.subarray(IP);
    random.pick([...(ttl === 'any' ? [lowTtl4] : []), shortLength4, oddByte, oddByte, oddUdpLength])(random, copy);
    // A wrong checksum of IP stays wrong.
    if (u16(frame, 24) !== 0) sealIpv4({ family: 'inet', bytes: whole });
  } else random.pick([...(ttl === 'any' ? [lowTtl6] : []), shortLength6, oddByte, oddByte, oddUdpLength])(random, copy);
  return copy;
}

/** To another station, to all of them, or with a tag that gives a priority alone. */
export function otherwiseFramed(random: Random, frame: Uint8Array): Uint8Array {
  const [macs, rest] = [frame.subarray(0, MACS), frame.subarray(MACS)];
  if (random.oneIn(2)) return concatBytes(macs, Uint8Array.of(0x81, 0, random.below(8) << 5, 0), rest);
  frame.set(random.oneIn(2) ? new Uint8Array(6).fill(0xff) : Uint8Array.of(2, 0, 0, 0, 9, 9));
  return frame;
}

type Mutation = (random: Random, frame: Uint8Array) => void;

const lowTtl4: Mutation = (random, frame) => void (frame[IP + 8] = random.below(3));
const lowTtl6: Mutation = (random, frame) => void (frame[IP + 7] = random.below(3));
/** The packet ends within its transport header, or soon after. */
const shortLength4: Mutation = (random, frame) =>
  setU16(frame, IP + 2, Math.min(u16(frame, IP + 2), 20 + random.below(40)));
const shortLength6: Mutation = (random, frame) => setU16(frame, IP + 4, Math.min(u16(frame, IP + 4), random.below(40)));
/** A length that is not that of the datagram, where what IP carries is one: most often a little less. */
const oddUdpLength: Mutation = (random, frame) => {
  const isIpv4 = u16(frame, 12) === ETHER_TYPE.ipv4;
  const [protocol, start] = isIpv4 ? [frame[IP + 9], IP + (frame[IP]! & 15) * 4] : [frame[IP + 6], IP + 40];
  if (protocol !== IP_PROTOCOL.udp || start + 8 > frame.length) return;
  const length = u16(frame, start + 4);
  setU16(frame, start + 4, random.oneIn(4) ? random.below(0x600) : Math.max(0, length - random.below(12)));
};
/** One byte of what IP carries, most often of its headers. */
const oddByte: Mutation = (random, frame) => {
  const start = u16(frame, 12) === ETHER_TYPE.ipv4 ? IP + (frame[IP]! & 15) * 4 : IP + 40;
  const room = Math.min(frame.length - start, random.oneIn(3) ? 64 : 20);
  if (room > 0) frame[start + random.below(room)] = random.below(256);
};
