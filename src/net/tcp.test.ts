import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from './bytes.ts';
import { parsePacket } from './frame.ts';
import { packet } from './packet.ts';
import { formatTcpFlags, parseTcpFlags, tcp, TCP_FLAG } from './tcp.ts';
import { formatTcpOptions, parseTcpOptions, type TcpOption } from './tcp-options.ts';

describe('a TCP header', () => {
  it('is written field by field', () => {
    const bytes = packet({
      ip: { source: '10.1.0.10', destination: '10.9.9.9' },
      tcp: {
        source: 40001,
        destination: 80,
        sequence: 1000,
        acknowledgement: 7,
        flags: 'PA',
        window: 64240,
        urgentPointer: 9,
      },
      payload: 'hi',
    });
    const expected = [
      '9c41 0050', // 40001 to 80
      '000003e8', // sequence 1000
      '00000007', // acknowledgement 7
      '50 18', // 5 words, PSH and ACK
      'faf0', // window 64240
      '8eca', // checksum
      '0009', // urgent pointer
      '6869',
    ].join('');
    expect(toHex(bytes.subarray(20))).toBe(expected.replaceAll(' ', ''));
  });

  it('takes options of whole words', () => {
    const options: TcpOption[] = [
      { kind: 'mss', size: 1460 },
      { kind: 'sack-permitted' },
      { kind: 'window-scale', shift: 7 },
    ];
    const frame = parsePacket(packet({ tcp: { options }, payload: 5 }));
    expect(frame.get('tcp').dataOffset).toBe(8);
    expect(parseTcpOptions(frame.get('tcp').options)).toEqual(options);
    expect(frame.payload.length).toBe(5);
  });

  it.each([
    ['below 5', 2],
    ['beyond the segment', 15],
  ])('with a data offset %s has no options, and all after 20 bytes is payload', (_, dataOffset) => {
    const frame = parsePacket(packet({ tcp: { dataOffset, destination: 8080 }, payload: 12 }));
    expect(frame.get('tcp')).toMatchObject({ dataOffset, destination: 8080, options: new Uint8Array(0) });
    expect(frame.payload.length).toBe(12);
  });

  it('is not what has less than 20 bytes, though its ports can be read', () => {
    const frame = parsePacket(packet({ ip: { protocol: 6 }, payload: fromHex('9c41 0050 000003e8') }));
    expect(frame.find('tcp')).toBeUndefined();
    expect(frame.malformed).toMatchObject({ name: 'tcp', error: { code: 'FRAME_INVALID', found: '8 bytes' } });
  });

  it('does not let a field run into its neighbours', () => {
    const bytes = packet({ tcp: { reserved: 0x1f, flags: 0x1ff } });
    expect(toHex(bytes.subarray(32, 34))).toBe('5fff');
  });

  it('has room for 40 bytes of options', () => {
    expect(() => tcp.size({ ...tcp.parse(new Uint8Array(20), 0, 20), options: new Uint8Array(41) })).toThrow(
      expect.objectContaining({ code: 'FRAME_INVALID' }),
    );
  });
});

describe('TCP flags as letters', () => {
  it.each([
    ['S', TCP_FLAG.syn],
    ['SA', TCP_FLAG.syn | TCP_FLAG.ack],
    ['FPU', TCP_FLAG.fin | TCP_FLAG.psh | TCP_FLAG.urg],
    ['', 0],
  ])('%s', (letters, flags) => {
    expect(formatTcpFlags(flags)).toBe(letters);
    expect(parseTcpFlags(letters)).toBe(flags);
  });

  it('are read in any order, and all values round', () => {
    expect(parseTcpFlags('AS')).toBe(parseTcpFlags('SA'));
    for (let flags = 0; flags < 256; flags++) expect(parseTcpFlags(formatTcpFlags(flags))).toBe(flags);
  });
});

describe('TCP options', () => {
  const u32 = fc.nat(0xffffffff);
  const option: fc.Arbitrary<TcpOption> = fc.oneof(
    fc.constant<TcpOption>({ kind: 'nop' }),
    fc.record({ kind: fc.constant('mss'), size: fc.nat(0xffff) }),
    fc.record({ kind: fc.constant('window-scale'), shift: fc.nat(255) }),
    fc.constant<TcpOption>({ kind: 'sack-permitted' }),
    fc.record({ kind: fc.constant('sack'), blocks: fc.array(fc.record({ left: u32, right: u32 }), { maxLength: 4 }) }),
    fc.record({ kind: fc.constant('timestamps'), value: u32, echo: u32 }),
    fc.record({
      kind: fc.constant('other'),
      code: fc.integer({ min: 19, max: 255 }),
      data: fc.uint8Array({ maxLength: 9 }),
    }),
  );

  it('are those of a SYN of Linux', () => {
    const bytes = '020405b4 0402 080a 0000000100000000 01 030307'; // MSS 1460, SACK, timestamps, filler, scale 7
    expect(parseTcpOptions(fromHex(bytes))).toEqual([
      { kind: 'mss', size: 1460 },
      { kind: 'sack-permitted' },
      { kind: 'timestamps', value: 1, echo: 0 },
      { kind: 'nop' },
      { kind: 'window-scale', shift: 7 },
    ]);
  });

  it('round through bytes', () => {
    fc.assert(
      fc.property(fc.array(option, { maxLength: 6 }), (options) => {
        const bytes = formatTcpOptions(options);
        expect(bytes.length % 4).toBe(0);
        expect(parseTcpOptions(bytes)).toEqual(options);
        expect(formatTcpOptions(parseTcpOptions(bytes))).toEqual(bytes);
      }),
    );
  });

  it('of a wrong length stay what they are', () => {
    expect(parseTcpOptions(fromHex('02030501'))).toEqual([
      { kind: 'other', code: 2, data: fromHex('05') },
      { kind: 'nop' },
    ]);
  });

  it.each(['02', '0200', '0201', '020605b4'])('with an impossible length are refused: %s', (hex) => {
    expect(() => parseTcpOptions(fromHex(hex))).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }));
  });
});
