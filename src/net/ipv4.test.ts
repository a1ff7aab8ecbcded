import { describe, expect, it } from 'vitest';
import { fromHex, NO_BYTES, toHex } from './bytes.ts';
import { format } from './codec.ts';
import { parseFrame, parsePacket } from './frame.ts';
import { isIpv4Fragment, ipv4, type Ipv4Header } from './ipv4.ts';
import { packet } from './packet.ts';

const header: Ipv4Header = {
  headerLength: 20,
  dscp: 46,
  ecn: 1,
  totalLength: 24,
  identification: 0x1234,
  reservedFlag: false,
  dontFragment: true,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 63,
  protocol: 6,
  checksum: 0x0bd7,
  source: '10.1.0.10',
  destination: '10.9.9.9',
  options: NO_BYTES,
};

describe('an IPv4 header', () => {
  it('is written field by field', () => {
    const bytes = [
      '45', // version 4, 5 words
      'b9', // 101110 expedited forwarding, 01 ECT(1)
      '0018', // 24 bytes in all
      '1234', // identification
      '4000', // do not fragment, offset 0
      '3f 06', // TTL 63, TCP
      '0bd7', // checksum
      '0a01000a', // 10.1.0.10
      '0a090909', // 10.9.9.9
      '00000000', // payload
    ].join('');
    const { headerLength: _, totalLength: __, checksum: ___, ...draft } = header;
    expect(toHex(format(ipv4, draft, new Uint8Array(4)))).toBe(bytes.replaceAll(' ', ''));
    expect(ipv4.parse(fromHex(bytes), 0, 24)).toEqual(header);
  });

  it('keeps options, padded to whole words', () => {
    const bytes = packet({ ip: { options: fromHex('0101 01') }, tcp: {} });
    expect(bytes[0]).toBe(0x46);
    expect(toHex(bytes.subarray(20, 24))).toBe('01010100');
    expect(parsePacket(bytes).get('tcp').destination).toBe(80);
  });

  it('has room for 40 bytes of options', () => {
    expect(() => packet({ ip: { options: new Uint8Array(41) }, tcp: {} })).toThrow(
      expect.objectContaining({ code: 'FRAME_INVALID', found: '41 bytes' }),
    );
  });

  it('belongs to at most 65,535 bytes', () => {
    expect(packet({ udp: {}, payload: 65_507 }).length).toBe(65_535);
    expect(() => packet({ udp: {}, payload: 65_508 })).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }));
  });

  it('takes no address of the other family', () => {
    expect(() => format(ipv4, { ...header, source: '2001:db8::1' }, NO_BYTES)).toThrow(
      expect.objectContaining({ code: 'ADDRESS_INVALID' }),
    );
  });

  it.each([
    ['another version', '55', '0014', 'version 5'],
    ['a header length below 20', '44', '0014', '16'],
    ['a header length beyond the packet', '46', '0014', '24'],
    ['a total length below the header length', '45', '0013', '19'],
  ])('with %s is refused', (_, first, length, found) => {
    const bytes = fromHex(`${first}00 ${length} 0000 0000 4006 0000 0a01000a 0a090909`);
    expect(() => ipv4.parse(bytes, 0, 20)).toThrow(expect.objectContaining({ code: 'FRAME_INVALID', found }));
  });
});

describe('what follows an IPv4 header', () => {
  it('ends with the total length, the rest is Ethernet padding', () => {
    const frame = parseFrame(packet({ eth: {}, tcp: { flags: 'A' }, trailer: 6 }));
    expect([frame.payload.length, frame.trailer.length]).toEqual([0, 6]);
  });

  it('ends with the frame where the total length says more', () => {
    const frame = parsePacket(packet({ ip: { totalLength: 1500 }, tcp: {}, payload: 10 }));
    expect([frame.get('ipv4').totalLength, frame.payload.length]).toEqual([1500, 10]);
  });

  it('is read in the first fragment and is payload in the later ones', () => {
    const first = parsePacket(packet({ ip: { moreFragments: true }, udp: { length: 3000 }, payload: 16 }));
    const later = parsePacket(packet({ ip: { fragmentOffset: 1480, protocol: 17 }, payload: 16 }));
    expect([first, later].map((frame) => frame.layers.map(({ name }) => name))).toEqual([['ipv4', 'udp'], ['ipv4']]);
    expect([first, later].map((frame) => isIpv4Fragment(frame.get('ipv4')))).toEqual([true, true]);
    expect(later.get('ipv4').fragmentOffset).toBe(1480);
    expect(later.malformed).toBeUndefined();
  });
});
