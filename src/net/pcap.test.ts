import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from './bytes.ts';
import { LINK_TYPE, type Capture } from './capture.ts';
import { PcapReader, pcapHeader, pcapRecord, readPcap, writePcap } from './pcap.ts';

const ethernet = { linkType: LINK_TYPE.ethernet, snapLength: 262_144 };
const HEADER_BYTES = [
  '4d3cb2a1', // a1b23c4d, nanoseconds, lowest byte first
  '0200 0400', // version 2.4
  '00000000 00000000', // zone, accuracy
  '00000400', // at most 262144 bytes a packet
  '01000000', // Ethernet
].join('');
const RECORD_BYTES = [
  '00f15365', // 1,700,000,000 s
  '15cd5b07', // 123,456,789 ns
  '02000000', // 2 bytes here
  '3c000000', // 60 on the wire
  'abcd',
].join('');
const PACKET = {
  interface: 0,
  time: 1_700_000_000_123_456_789n,
  bytes: fromHex('abcd'),
  originalLength: 60,
};

const packetOf = fc
  .record({
    time: fc.bigInt({ min: 0n, max: (1n << 32n) * 1_000_000_000n - 1n }),
    bytes: fc.uint8Array({ maxLength: 80 }),
    more: fc.nat(1500),
  })
  .map(({ time, bytes, more }) => ({ interface: 0, time, bytes, originalLength: bytes.length + more }));
const captureOf: fc.Arbitrary<Capture> = fc
  .tuple(fc.nat(0xffff), fc.nat(262_144), fc.array(packetOf, { maxLength: 5 }))
  .map(([linkType, snapLength, packets]) => ({ interfaces: [{ linkType, snapLength }], packets }));

/** The file with every number in the other order of bytes. */
function swapped(file: Uint8Array, recordOffsets: readonly number[]): Uint8Array {
  const copy = file.slice();
  const swap = (offset: number, size: number): void => void copy.subarray(offset, offset + size).reverse();
  swap(0, 4);
  swap(4, 2);
  swap(6, 2);
  for (const offset of [8, 12, 16, 20]) swap(offset, 4);
  for (const record of recordOffsets) for (const offset of [0, 4, 8, 12]) swap(record + offset, 4);
  return copy;
}

describe('a pcap file', () => {
  it('is a header and records', () => {
    const file = writePcap({ interfaces: [ethernet], packets: [PACKET] });
    expect(toHex(file)).toBe((HEADER_BYTES + RECORD_BYTES).replaceAll(' ', ''));
    expect(readPcap(file)).toEqual({ interfaces: [ethernet], packets: [PACKET] });
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(captureOf, (capture) => {
        expect(readPcap(writePcap(capture))).toEqual(capture);
      }),
    );
  });

  it('writes what it read', () => {
    fc.assert(
      fc.property(captureOf, (capture) => {
        const file = writePcap(capture);
        expect(writePcap(readPcap(file))).toEqual(file);
      }),
    );
  });

  it('of microseconds rounds times down', () => {
    const file = writePcap({ interfaces: [ethernet], packets: [PACKET] }, { resolution: 'microseconds' });
    expect(toHex(file.subarray(0, 4))).toBe('d4c3b2a1');
    expect(readPcap(file).packets[0]?.time).toBe(1_700_000_000_123_456_000n);
  });

  it('is read in either order of bytes', () => {
    const file = writePcap({ interfaces: [ethernet], packets: [PACKET, PACKET] });
    expect(readPcap(swapped(file, [24, 42]))).toEqual(readPcap(file));
  });

  it('may tell of frame check sequences beside the link type', () => {
    const file = pcapHeader(ethernet);
    file[23] = 0x44;
    expect(readPcap(file).interfaces).toEqual([ethernet]);
  });

  it('has one interface', () => {
    expect(() => writePcap({ interfaces: [ethernet, ethernet], packets: [] })).toThrow(
      expect.objectContaining({ code: 'CAPTURE_INVALID', fix: 'write pcapng' }),
    );
  });

  it.each([-1n, (1n << 32n) * 1_000_000_000n])('cannot hold the time %s', (time) => {
    expect(() => pcapRecord({ ...PACKET, time })).toThrow(expect.objectContaining({ code: 'CAPTURE_INVALID' }));
  });
});

describe('a damaged pcap file is refused', () => {
  it.each([
    ['nothing', '', 'the pcap file has no header'],
    ['half a header', HEADER_BYTES.slice(0, 17), 'the pcap file has no header'],
    ['another magic number', `34cdb2a1${HEADER_BYTES.slice(8)}`, 'this is no pcap file'],
    ['another version', HEADER_BYTES.replace('0200 0400', '0300 0400'), 'this version of pcap files is unknown'],
    ['half a record header', HEADER_BYTES + RECORD_BYTES.slice(0, 16), 'the pcap file ends amid a packet'],
    ['half a packet', (HEADER_BYTES + RECORD_BYTES).slice(0, -2), 'the pcap file ends amid a packet'],
    [
      'an impossible length',
      HEADER_BYTES + RECORD_BYTES.replace('02000000', '020000ff'),
      'a packet is longer than it can be',
    ],
  ])('%s', (_, hex, message) => {
    expect(() => readPcap(fromHex(hex))).toThrow(expect.objectContaining({ code: 'CAPTURE_INVALID', message }));
  });

  it('saying where', () => {
    const file = fromHex(HEADER_BYTES + RECORD_BYTES + RECORD_BYTES);
    expect(() => readPcap(file.subarray(0, -1))).toThrow(
      expect.objectContaining({ where: 'byte 42', found: '17 bytes' }),
    );
  });
});

describe('a pcap file that is being written', () => {
  it('gives each packet when it is complete, whatever the chunks', () => {
    fc.assert(
      fc.property(captureOf, fc.integer({ min: 1, max: 40 }), (capture, size) => {
        const file = writePcap(capture);
        const reader = new PcapReader();
        const packets = [];
        for (let start = 0; start < file.length; start += size)
          packets.push(...reader.push(file.slice(start, start + size)));
        reader.end();
        expect({ interfaces: reader.interfaces, packets }).toEqual(capture);
      }),
    );
  });

  it('gives the packets before the end, and then says that it is cut off', () => {
    const reader = new PcapReader();
    expect(
      reader.push(concatBytes(pcapHeader(ethernet), pcapRecord(PACKET), pcapRecord(PACKET).subarray(0, 7))),
    ).toEqual([PACKET]);
    expect(() => reader.end()).toThrow(expect.objectContaining({ code: 'CAPTURE_INVALID' }));
  });
});
