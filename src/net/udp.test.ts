import { describe, expect, it } from 'vitest';
import { toHex } from './bytes.ts';
import { formatFrame, parsePacket } from './frame.ts';
import { packet } from './packet.ts';
import { udp } from './udp.ts';
import { format } from './codec.ts';

const ip = { source: '10.1.0.10', destination: '10.9.9.9' };

describe('a UDP header', () => {
  it('is ports, length and checksum', () => {
    const bytes = packet({ ip, udp: { source: 5353, destination: 53 }, payload: 'hey' });
    // 5353 to 53, 11 bytes, checksum, and 'hey' whose sum has a zero byte after it
    expect(toHex(bytes.subarray(20))).toBe('14e9 0035 000b ec37 686579'.replaceAll(' ', ''));
  });

  it('writes a checksum of 0 as ffff, because 0 says that there is none', () => {
    // ports that make the sum ffff, so that the checksum would be 0
    const bytes = format(udp, { source: 0xffff - 17 - 8 - 8, destination: 0 }, new Uint8Array(0));
    expect(toHex(bytes)).toBe('ffde 0000 0008 ffff'.replaceAll(' ', ''));
  });

  it('without a checksum keeps none when the others are computed', () => {
    const none = parsePacket(packet({ ip, udp: { checksum: 0 }, payload: 9 }));
    expect(parsePacket(formatFrame(none)).get('udp').checksum).toBe(0);
  });

  it('ends its payload before the packet where its length says so', () => {
    const frame = parsePacket(packet({ ip, udp: { length: 10 }, payload: 6 }));
    expect([frame.payload.length, frame.trailer.length]).toEqual([2, 4]);
  });

  it('with a length that cannot be right ends with the packet', () => {
    const frame = parsePacket(packet({ ip, udp: { length: 3 }, payload: 6 }));
    expect([frame.payload.length, frame.get('udp').length]).toEqual([6, 3]);
  });
});
