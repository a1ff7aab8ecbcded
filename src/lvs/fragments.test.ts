import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameFaults } from '../net/frame-faults.ts';
import { parsePacket } from '../net/frame.ts';
import { packet } from '../net/packet.ts';
import { fragmentsFor } from './fragmentation.ts';
import { ownPacket, type Packet } from './packet.ts';
import { Reassembly } from './reassembly.ts';

function datagram(length: number, six = false): Packet {
  const ip = six
    ? { source: '2001:db8::1', destination: '2001:db8::2' }
    : { source: '10.0.0.1', destination: '10.0.0.2' };
  return ownPacket(packet({ ip, udp: {}, payload: length }));
}

/** Puts fragments in at one moment, in the order given; what comes out. */
function reassemble(pieces: readonly Uint8Array[], reassembly = new Reassembly()): Packet | undefined {
  let whole: Packet | undefined;
  for (const piece of pieces) whole = reassembly.add(ownPacket(piece), 0) ?? whole;
  return whole;
}

describe('cutting and putting together', () => {
  it.each([false, true])('give the packet back, in whatever order the pieces come (IPv6: %s)', (six) => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4000 }),
        fc.integer({ min: 100, max: 1500 }),
        fc.nat(),
        (length, mtu, seed) => {
          const whole = datagram(length, six);
          fc.pre(whole.bytes.length > mtu);
          const pieces = fragmentsFor(whole, mtu, 7);
          expect(pieces.every((piece) => piece.length <= mtu)).toBe(true);
          expect(pieces.flatMap((piece) => frameFaults(parsePacket(piece)))).toEqual([]);
          const order = pieces.toSorted((a, b) => ((a.length * seed) % 7) - ((b.length * seed) % 7));
          expect(reassemble(order)?.bytes).toEqual(whole.bytes);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('cut a reassembled packet at the same places again', () => {
    const pieces = fragmentsFor(datagram(2000), 820, 7);
    const again = fragmentsFor(reassemble(pieces)!, 1500, 8);
    expect(again).toEqual(pieces);
  });

  it('ignore what has come before and give up what overlaps', () => {
    const [first, second, third] = fragmentsFor(datagram(2000), 820, 7);
    expect(reassemble([first!, first!, second!, third!])).toBeDefined();
    const shifted = second!.slice();
    shifted[7]! -= 1;
    shifted.set(ownPacketWithChecksum(shifted));
    expect(reassemble([first!, shifted, third!, second!])).toBeUndefined();
  });

  it('give up what is longer than a header can say', () => {
    const pieces = fragmentsFor(datagram(65_504), 1500, 7);
    expect(reassemble(pieces)?.bytes.length).toBe(65_532);

    const [last, more] = [pieces.at(-1)!.slice(), pieces.at(-1)!.slice(0, 28)];
    last[6]! |= 0x20;
    more.set([0, 28], 2);
    const at = ((last[6]! & 0x1f) << 8) + last[7]! + (last.length - 20) / 8;
    more.set([at >> 8, at & 0xff], 6);
    for (const piece of [last, more]) ownPacketWithChecksum(piece);
    expect(reassemble([...pieces.slice(0, -1), last, more])).toBeUndefined();
  });

  it('wait half a minute for the rest', () => {
    const [first, second] = fragmentsFor(datagram(1000), 820, 7);
    const reassembly = new Reassembly();
    reassembly.add(ownPacket(first!), 0);
    expect(reassembly.add(ownPacket(second!), 30_000)).toBeUndefined();
    expect(reassembly.add(ownPacket(first!), 30_001)).toBeDefined();
  });
});

/** The header with its checksum made right again. */
function ownPacketWithChecksum(bytes: Uint8Array): Uint8Array {
  bytes.set([0, 0], 10);
  let sum = 0;
  for (let at = 0; at < 20; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  sum = ~(sum + Math.floor(sum / 65_536)) & 0xffff;
  bytes.set([sum >> 8, sum & 255], 10);
  return bytes;
}
