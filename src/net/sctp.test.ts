import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from './bytes.ts';
import { crc32c } from './crc32c.ts';
import { parsePacket } from './frame.ts';
import { packet } from './packet.ts';
import { formatSctpChunks, parseSctpChunks, SCTP_CHUNK, sctpChecksum, type SctpChunk } from './sctp.ts';

const chunk: fc.Arbitrary<SctpChunk> = fc.record({
  type: fc.nat(255),
  flags: fc.nat(255),
  value: fc.uint8Array({ maxLength: 30 }),
});

describe('an SCTP packet', () => {
  it('is ports, verification tag and CRC32c, its lowest byte first', () => {
    const bytes = packet({ sctp: { source: 4001, destination: 2905, verificationTag: 0xdeadbeef } }).subarray(20);
    expect(toHex(bytes.subarray(0, 8))).toBe('0fa1 0b59 deadbeef'.replaceAll(' ', ''));
    const crc = crc32c(Uint8Array.of(...bytes.subarray(0, 8), 0, 0, 0, 0));
    expect([...bytes.subarray(8)]).toEqual([crc & 0xff, (crc >> 8) & 0xff, (crc >> 16) & 0xff, crc >>> 24]);
    expect(sctpChecksum(bytes, 0, bytes.length)).toBe(crc);
  });

  it('carries chunks', () => {
    const chunks = [{ type: SCTP_CHUNK.cookieAck, flags: 0, value: fromHex('') }];
    const frame = parsePacket(packet({ sctp: { chunks } }));
    expect(toHex(frame.payload)).toBe('0b000004');
    expect(parseSctpChunks(frame.payload)).toEqual(chunks);
  });
});

describe('SCTP chunks', () => {
  it('are padded to whole words', () => {
    const bytes = '00030005 61000000 0e000004';
    const chunks = [
      { type: SCTP_CHUNK.data, flags: 3, value: fromHex('61') },
      { type: SCTP_CHUNK.shutdownComplete, flags: 0, value: fromHex('') },
    ];
    expect(toHex(formatSctpChunks(chunks))).toBe(bytes.replaceAll(' ', ''));
    expect(parseSctpChunks(fromHex(bytes))).toEqual(chunks);
  });

  it('round through bytes', () => {
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 5 }), (chunks) => {
        const bytes = formatSctpChunks(chunks);
        expect(parseSctpChunks(bytes)).toEqual(chunks);
        expect(formatSctpChunks(parseSctpChunks(bytes))).toEqual(bytes);
      }),
    );
  });

  it('may lack the padding of the last one', () => {
    expect(parseSctpChunks(fromHex('0003000561'))).toEqual([{ type: 0, flags: 3, value: fromHex('61') }]);
  });

  it.each(['0000', '00000003', '0000000561' + '62'.repeat(3) + '00', '00000008 6162'])('are refused: %s', (hex) => {
    expect(() => parseSctpChunks(fromHex(hex))).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }));
  });
});
