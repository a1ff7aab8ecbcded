import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from './bytes.ts';
import { frameFaults } from './frame-faults.ts';
import { parsePacket } from './frame.ts';
import { addressToBytes } from './ip-address.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import { isIpv6Fragment } from './ipv6-extension.ts';
import { formatIpv6Options, parseIpv6Options } from './ipv6-options.ts';
import { packet } from './packet.ts';

const CLIENT = '2001:db8:a::10';
const VIP = '2001:db8:9::9';

function names(bytes: Uint8Array): string[] {
  return parsePacket(bytes).layers.map(({ name }) => name);
}

describe('an IPv6 header', () => {
  it('is written field by field', () => {
    const ip = { source: CLIENT, destination: VIP, dscp: 46, ecn: 1, flowLabel: 0x12345, hopLimit: 63 };
    const bytes = packet({ ip, udp: { source: 1, destination: 2 } });
    const expected = [
      '6b912345', // version 6, 101110 01, flow label 12345
      '0008', // 8 bytes follow
      '11 3f', // UDP, hop limit 63
      '20010db8000a00000000000000000010',
      '20010db8000900000000000000000009',
    ].join('');
    expect(toHex(bytes.subarray(0, 40))).toBe(expected.replaceAll(' ', ''));
    expect(parsePacket(bytes).get('ipv6')).toEqual({ ...ip, payloadLength: 8, nextHeader: 17 });
  });

  it('does not let a field run into its neighbours', () => {
    const bytes = packet({ ip: { source: CLIENT, dscp: 64 + 1, ecn: 4, flowLabel: 0x100000 }, udp: {} });
    expect(toHex(bytes.subarray(0, 4))).toBe('60400000');
  });

  it('ends its packet with the payload length', () => {
    const frame = parsePacket(concatBytes(packet({ ip: { source: CLIENT }, udp: {}, payload: 3 }), new Uint8Array(5)));
    expect([frame.payload.length, frame.trailer.length]).toEqual([3, 5]);
  });

  it('takes no address of the other family', () => {
    expect(() => packet({ ip: { source: '10.0.0.1', destination: VIP }, udp: {} })).toThrow(
      expect.objectContaining({ code: 'ADDRESS_INVALID' }),
    );
  });
});

describe('extension headers', () => {
  it('stand between IPv6 and the transport, each naming the next', () => {
    const bytes = packet({
      ip: { destination: VIP },
      extensions: [
        { kind: IP_PROTOCOL.hopByHop, data: formatIpv6Options([]) },
        { kind: IP_PROTOCOL.destinationOptions, data: formatIpv6Options([{ type: 0x1e, data: new Uint8Array(9) }]) },
      ],
      tcp: {},
    });
    expect(names(bytes)).toEqual(['ipv6', 'ipv6-extension', 'ipv6-extension', 'tcp']);
    expect(toHex(bytes.subarray(40, 48))).toBe('3c00 0104 00000000'.replaceAll(' ', ''));
    // 16 bytes: one unit of 8 beyond the first
    expect(toHex(bytes.subarray(48, 52))).toBe('06011e09');
    expect(frameFaults(parsePacket(bytes))).toEqual([]);
  });

  it('of authentication count words of 4 bytes', () => {
    // 12 bytes fixed and 12 of check value: 6 words, of which 2 are not counted
    const bytes = packet({ extensions: [{ kind: IP_PROTOCOL.authentication, data: new Uint8Array(22) }], tcp: {} });
    expect(bytes[41]).toBe(4);
    expect(names(bytes)).toEqual(['ipv6', 'ipv6-extension', 'tcp']);
  });

  it('are padded to whole units, and refused beyond the most of them', () => {
    const bytes = packet({ extensions: [{ kind: IP_PROTOCOL.hopByHop, data: new Uint8Array(7) }], tcp: {} });
    expect(bytes.length).toBe(40 + 16 + 20);
    expect(() => packet({ extensions: [{ kind: 0, data: new Uint8Array(2047) }], tcp: {} })).toThrow(
      expect.objectContaining({ code: 'FRAME_INVALID' }),
    );
  });

  it('hold no transport of which there is none', () => {
    expect(names(packet({ ip: { destination: VIP, nextHeader: IP_PROTOCOL.noNextHeader }, payload: 4 }))).toEqual([
      'ipv6',
    ]);
  });

  it.each([
    ['type 0 and 2 list the stops in order', '0001 00000000', 0],
    ['segment routing lists them backwards', '0401 01000000', 1],
  ])('of routing: %s, and the last is in the checksum', (_, fixed, lastIndex) => {
    const stops = lastIndex === 0 ? ['2001:db8:5::5', VIP] : [VIP, '2001:db8:5::5'];
    const data = concatBytes(fromHex(fixed), ...stops.map(addressToBytes));
    const onItsWay = packet({
      ip: { source: CLIENT, destination: '2001:db8:4::4' },
      extensions: [{ kind: IP_PROTOCOL.routing, data }],
      tcp: {},
    });
    const arrived = packet({ ip: { source: CLIENT, destination: VIP }, tcp: {} });
    expect(parsePacket(onItsWay).get('tcp').checksum).toBe(parsePacket(arrived).get('tcp').checksum);
    expect(frameFaults(parsePacket(onItsWay))).toEqual([]);
  });
});

describe('a fragment', () => {
  it('has offset, flag and identification', () => {
    const fragment = { fragmentOffset: 1448, moreFragments: true, identification: 0xdeadbeef, nextHeader: 17 };
    const bytes = packet({ fragment, payload: 8 });
    // 1448 is 5a8, its three lowest bits are free: the last one says that more follow
    expect(toHex(bytes.subarray(40, 48))).toBe('1100 05a9 deadbeef'.replaceAll(' ', ''));
    expect(parsePacket(bytes).get('ipv6-fragment')).toEqual({ ...fragment, reserved: 0 });
  });

  it('has its transport read in the first one only', () => {
    expect(names(packet({ fragment: { moreFragments: true }, udp: { length: 4000 } }))).toContain('udp');
    expect(names(packet({ fragment: { fragmentOffset: 8, nextHeader: 17 }, payload: 8 }))).not.toContain('udp');
  });

  it('may be a whole packet (RFC 6946)', () => {
    expect(isIpv6Fragment({ fragmentOffset: 0, moreFragments: false })).toBe(false);
    expect(isIpv6Fragment({ fragmentOffset: 8, moreFragments: false })).toBe(true);
  });
});

describe('options of extension headers', () => {
  const options = fc.array(
    fc.record({ type: fc.integer({ min: 2, max: 255 }), data: fc.uint8Array({ maxLength: 40 }) }),
    { maxLength: 5 },
  );

  it('round through bytes that fill the header', () => {
    fc.assert(
      fc.property(options, (list) => {
        const data = formatIpv6Options(list);
        expect((data.length + 2) % 8).toBe(0);
        expect(parseIpv6Options(data)).toEqual(list);
        expect(formatIpv6Options(parseIpv6Options(data))).toEqual(data);
      }),
    );
  });

  it('are told from padding', () => {
    // one byte of padding, three bytes of padding, router alert
    expect(parseIpv6Options(fromHex('00 0101ff 0502 0000'))).toEqual([{ type: 5, data: fromHex('0000') }]);
  });

  it.each(['05', '0503 0000'])('are refused where they are cut off: %s', (hex) => {
    expect(() => parseIpv6Options(fromHex(hex))).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }));
  });
});
