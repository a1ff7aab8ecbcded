import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from './bytes.ts';
import type { Capture, CapturedPacket } from './capture.ts';
import { pcapngInterface, pcapngPacket, PcapngReader, pcapngSection, readPcapng, writePcapng } from './pcapng.ts';
import { readCaptureFile } from './read-capture.ts';

const eth0 = { linkType: 1, snapLength: 262_144, name: 'eth0' };
const eth1 = { linkType: 1, snapLength: 262_144, name: 'eth1', description: 'to the real servers', comment: 'private' };
const packet: CapturedPacket = {
  interface: 1,
  time: 1_700_000_000_123_456_789n,
  bytes: fromHex('abcdef'),
  originalLength: 60,
  comment: 'destination rewritten',
  direction: 'out',
};

const text = fc.string({ maxLength: 12, unit: 'grapheme' });
const interfaceOf = fc.record(
  { linkType: fc.nat(0xffff), snapLength: fc.nat(0xffffffff), name: text, description: text, comment: text },
  { requiredKeys: ['linkType', 'snapLength'] },
);
const packetOf = (interfaces: number): fc.Arbitrary<CapturedPacket> =>
  fc.record(
    {
      interface: fc.nat(interfaces - 1),
      time: fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      bytes: fc.uint8Array({ maxLength: 50 }),
      originalLength: fc.nat(0xffffffff),
      comment: text,
      direction: fc.constantFrom('in', 'out'),
    },
    { requiredKeys: ['interface', 'time', 'bytes', 'originalLength'] },
  );
const captureOf: fc.Arbitrary<Capture> = fc.array(interfaceOf, { minLength: 1, maxLength: 3 }).chain((interfaces) =>
  fc.record(
    {
      interfaces: fc.constant(interfaces),
      packets: fc.array(packetOf(interfaces.length), { maxLength: 5 }),
      comment: text,
    },
    { requiredKeys: ['interfaces', 'packets'] },
  ),
);

/** A big-endian block from its body in hexadecimal. */
function block(type: string, body: string): string {
  const length = (body.replaceAll(' ', '').length / 2 + 12).toString(16).padStart(8, '0');
  return type + length + body + length;
}

const SECTION = block('0a0d0d0a', '1a2b3c4d 0001 0000 ffffffffffffffff');
const INTERFACE = block('00000001', '0001 0000 00000060');
const PACKET = '00000000 00062a1b c3e80000 00000003 0000003c abcdef00';

describe('a pcapng file', () => {
  it('is a section, its interfaces and packets', () => {
    const file = concatBytes(
      pcapngSection(),
      pcapngInterface({ linkType: 1, snapLength: 96 }),
      pcapngPacket({ ...packet, interface: 0 }),
    );
    const expected = [
      '0a0d0d0a 28000000', // section, 40 bytes
      '4d3c2b1a 0100 0000 ffffffffffffffff', // lowest byte first, version 1.0, length unknown
      '0400 0400 57656972 00000000', // written by "Weir", end of options
      '28000000',
      '01000000 20000000', // interface, 32 bytes
      '0100 0000 60000000', // Ethernet, at most 96 bytes
      '0900 0100 09000000 00000000', // times in 10^-9 s, end of options
      '20000000',
      '06000000 4c000000', // packet, 76 bytes
      '00000000', // interface 0
      'fe9c9717 15cd853d', // time, upper and lower half
      '03000000 3c000000', // 3 bytes here, 60 on the wire
      'abcdef00', // padded
      '0100 1500 64657374696e6174696f6e20726577726974 74656e 000000', // comment of 21 bytes
      '0200 0400 02000000', // outbound
      '00000000 4c000000',
    ].join('');
    expect(toHex(file)).toBe(expected.replaceAll(' ', ''));
  });

  it('reads what it wrote', () => {
    fc.assert(
      fc.property(captureOf, (capture) => {
        expect(readPcapng(writePcapng(capture))).toEqual(capture);
      }),
    );
  });

  it('writes what it read', () => {
    fc.assert(
      fc.property(captureOf, (capture) => {
        const file = writePcapng(capture);
        expect(writePcapng(readPcapng(file))).toEqual(file);
      }),
    );
  });

  it('holds the two sides of a director', () => {
    const capture: Capture = {
      interfaces: [eth0, eth1],
      packets: [{ ...packet, interface: 0 }, packet],
      comment: 'one request',
    };
    expect(readPcapng(writePcapng(capture))).toEqual(capture);
  });

  it.each([
    ['a packet of no interface', { interfaces: [eth0], packets: [packet] }],
    ['a time before 1970', { interfaces: [eth0, eth1], packets: [{ ...packet, time: -1n }] }],
    ['a time beyond 64 bits', { interfaces: [eth0, eth1], packets: [{ ...packet, time: 1n << 64n }] }],
    [
      'a comment over 65,535 bytes',
      { interfaces: [eth0, eth1], packets: [{ ...packet, comment: 'x'.repeat(65_536) }] },
    ],
  ])('is not written with %s', (_, capture) => {
    expect(() => writePcapng(capture)).toThrow(expect.objectContaining({ code: 'CAPTURE_INVALID' }));
  });
});

describe('a pcapng file of others', () => {
  it('may have the highest byte first, and times in microseconds', () => {
    const capture = readPcapng(fromHex(SECTION + INTERFACE + block('00000006', PACKET)));
    expect(capture.interfaces).toEqual([{ linkType: 1, snapLength: 96 }]);
    expect(capture.packets).toEqual([
      { interface: 0, time: 0x62a1bc3e80000n * 1000n, bytes: fromHex('abcdef'), originalLength: 60 },
    ]);
  });

  it.each([
    ['milliseconds', '0009 0001 03000000', 1_000_000n],
    ['parts of 2^10', '0009 0001 8a000000', 976_562n],
    ['seconds after an offset', '0009 0001 00000000 000e 0008 000000000000000a', 1_000_000_000n + 10_000_000_000n],
  ])('may count %s', (_, options, nanoseconds) => {
    const interfaceBlock = block('00000001', `0001 0000 00000060 ${options} 00000000`);
    const packetBlock = block('00000006', '00000000 00000000 00000001 00000000 00000000');
    expect(readPcapng(fromHex(SECTION + interfaceBlock + packetBlock)).packets[0]?.time).toBe(nanoseconds);
  });

  it('may have packets without a time, cut at the snap length', () => {
    const simple = block('00000003', `00000064 ${'5a'.repeat(96)}`);
    const [read] = readPcapng(fromHex(SECTION + INTERFACE + simple)).packets;
    expect(read).toEqual({ interface: 0, time: 0n, bytes: new Uint8Array(96).fill(0x5a), originalLength: 100 });
  });

  it('may have packets of the first drafts', () => {
    const old = block('00000002', PACKET.replace('00000000', '0000 0007'));
    expect(readPcapng(fromHex(SECTION + INTERFACE + old)).packets[0]?.bytes).toEqual(fromHex('abcdef'));
  });

  it('may have blocks of other kinds, which are passed over', () => {
    const names = block('00000004', '00000000');
    const statistics = block('00000005', '00000000 00000000 00000000');
    const file = SECTION + names + INTERFACE + statistics + block('00000006', PACKET) + block('80000001', '');
    expect(readPcapng(fromHex(file)).packets.length).toBe(1);
  });

  it('may have sections, each with its own interfaces and order of bytes', () => {
    const second = writePcapng({ interfaces: [eth0, eth1], packets: [packet], comment: 'second' });
    const capture = readPcapng(concatBytes(fromHex(SECTION + INTERFACE + block('00000006', PACKET)), second));
    expect(capture.interfaces.map(({ name }) => name)).toEqual([undefined, 'eth0', 'eth1']);
    expect(capture.packets.map((read) => read.interface)).toEqual([0, 2]);
    expect(capture.comment).toBe('second');
  });

  it('may have several comments, which become lines', () => {
    const comments = '0001 0001 61000000 0001 0001 62000000';
    const file = SECTION + INTERFACE + block('00000006', `${PACKET} ${comments}`);
    expect(readPcapng(fromHex(file)).packets[0]?.comment).toBe('a\nb');
  });
});

describe('a damaged pcapng file is refused', () => {
  it.each([
    ['nothing', '', 'the pcapng file has no section header'],
    ['another first block', INTERFACE, 'this is no pcapng file'],
    ['an unknown order of bytes', SECTION.replace('1a2b3c4d', '1a2b3c4e'), 'a section has no order of bytes'],
    ['another version', SECTION.replace('0001 0000', '0002 0000'), 'this version of pcapng is unknown'],
    [
      'a length that is no multiple of 4',
      `${SECTION}000000010000000d00000000`,
      'a pcapng block has an impossible length',
    ],
    ['a length below 12', `${SECTION}000000010000000800000000`, 'a pcapng block has an impossible length'],
    ['a length of gigabytes', `${SECTION}00000001fffffffc00000000`, 'a pcapng block has an impossible length'],
    ['two lengths', `${SECTION}000000010000000c00000010`, 'the two lengths of a pcapng block differ'],
    ['half a block', SECTION + INTERFACE.slice(0, -8), 'the pcapng file ends amid a block'],
    ['a packet before its interface', SECTION + block('00000006', PACKET), 'a packet belongs to no interface'],
    [
      'a simple packet before its interface',
      SECTION + block('00000003', '00000000'),
      'a packet belongs to no interface',
    ],
    [
      'a packet longer than its block',
      SECTION + INTERFACE + block('00000006', PACKET.replace('00000003', '00000005')),
      'a packet is longer than its block',
    ],
    [
      'a simple packet longer than its block',
      SECTION + INTERFACE + block('00000003', '00000005 00000000'),
      'a packet is longer than its block',
    ],
    ['a block without its body', SECTION + block('00000001', '00010000'), 'a pcapng block is too short'],
    [
      'an option that is cut off',
      SECTION + block('00000001', '0001 0000 00000060 0002 0008 65746830'),
      'option 2 of a pcapng block is cut off',
    ],
  ])('%s', (_, hex, message) => {
    expect(() => readPcapng(fromHex(hex))).toThrow(expect.objectContaining({ code: 'CAPTURE_INVALID', message }));
  });
});

it('a pcapng file that is being written gives each packet when it is complete', () => {
  fc.assert(
    fc.property(captureOf, fc.integer({ min: 1, max: 40 }), (capture, size) => {
      const file = writePcapng(capture);
      const reader = new PcapngReader();
      const packets = [];
      for (let start = 0; start < file.length; start += size)
        packets.push(...reader.push(file.slice(start, start + size)));
      reader.end();
      expect(packets).toEqual(capture.packets);
      expect(reader.interfaces).toEqual(capture.interfaces);
    }),
  );
});

describe('a capture file of either format', () => {
  it('is told by its first bytes', () => {
    expect(readCaptureFile(writePcapng({ interfaces: [eth1], packets: [] })).interfaces[0]?.name).toBe('eth1');
  });

  it.each([
    ['', 'nothing'],
    ['1f8b08', 'bytes 1f8b08 ...'],
    ['1f8b08000000', 'bytes 1f8b0800 ...'],
  ])('is not %j', (hex, found) => {
    expect(() => readCaptureFile(fromHex(hex))).toThrow(expect.objectContaining({ code: 'CAPTURE_INVALID', found }));
  });
});
