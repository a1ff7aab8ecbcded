import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv6Address, mac } from '../../test/support/arbitrary-frame.ts';
import { fromHex, toHex } from './bytes.ts';
import { frameFaults } from './frame-faults.ts';
import { parseFrame } from './frame.ts';
import {
  formatNeighbourMessage,
  parseNeighbourMessage,
  solicitedNode,
  type NeighbourMessage,
} from './neighbour-discovery.ts';
import { formatNeighbourOptions, parseNeighbourOptions, type NeighbourOption } from './neighbour-options.ts';
import { packet } from './packet.ts';

const u32 = fc.nat(0xffffffff);
const wholeUnits = (extra: number): fc.Arbitrary<Uint8Array> =>
  fc.nat(3).chain((units) => fc.uint8Array({ minLength: units * 8 + extra, maxLength: units * 8 + extra }));

const option: fc.Arbitrary<NeighbourOption> = fc.oneof(
  fc.record({ kind: fc.constant('source-link-layer'), mac }),
  fc.record({ kind: fc.constant('target-link-layer'), mac }),
  fc.record({ kind: fc.constant('mtu'), mtu: u32 }),
  fc.record({ kind: fc.constant('redirected'), packet: wholeUnits(0) }),
  fc.record({ kind: fc.constant('other'), code: fc.integer({ min: 6, max: 255 }), data: wholeUnits(6) }),
  fc.record({
    kind: fc.constant('prefix'),
    prefix: ipv6Address,
    length: fc.nat(128),
    onLink: fc.boolean(),
    autonomous: fc.boolean(),
    validLifetime: u32,
    preferredLifetime: u32,
  }),
);
const options = fc.array(option, { maxLength: 3 });

const message: fc.Arbitrary<NeighbourMessage> = fc.oneof(
  fc.record({ kind: fc.constant('router-solicitation'), options }),
  fc.record({
    kind: fc.constant('router-advertisement'),
    hopLimit: fc.nat(255),
    managed: fc.boolean(),
    otherConfiguration: fc.boolean(),
    lifetime: fc.nat(0xffff),
    reachableTime: u32,
    retransmitTimer: u32,
    options,
  }),
  fc.record({ kind: fc.constant('neighbour-solicitation'), target: ipv6Address, options }),
  fc.record({
    kind: fc.constant('neighbour-advertisement'),
    router: fc.boolean(),
    solicited: fc.boolean(),
    override: fc.boolean(),
    target: ipv6Address,
    options,
  }),
  fc.record({ kind: fc.constant('redirect'), target: ipv6Address, destination: ipv6Address, options }),
);

describe('neighbour discovery', () => {
  it('round through ICMPv6', () => {
    fc.assert(
      fc.property(message, (said) => {
        expect(parseNeighbourMessage(formatNeighbourMessage(said))).toEqual(said);
        const { header, payload } = formatNeighbourMessage(said);
        expect(formatNeighbourMessage(parseNeighbourMessage({ header, payload })!)).toEqual({ header, payload });
      }),
    );
  });

  it('asks the group of the target, on Ethernet too, with a hop limit of 255', () => {
    const said: NeighbourMessage = {
      kind: 'neighbour-solicitation',
      target: '2001:db8::1:800:200e:8c6c',
      options: [{ kind: 'source-link-layer', mac: '02:00:00:00:0c:10' }],
    };
    const frame = parseFrame(packet({ eth: {}, neighbour: said }));
    expect(frame.get('ethernet').destination).toBe('33:33:ff:0e:8c:6c');
    expect(frame.get('ipv6')).toMatchObject({ destination: 'ff02::1:ff0e:8c6c', hopLimit: 255 });
    expect(parseNeighbourMessage({ header: frame.get('icmpv6'), payload: frame.payload })).toEqual(said);
    // type 1, one unit of 8 bytes, the address
    expect(toHex(frame.payload.subarray(16))).toBe('0101 020000000c10'.replace(' ', ''));
    expect(frameFaults(frame)).toEqual([]);
  });

  it('answers with flags', () => {
    const { header } = formatNeighbourMessage({
      kind: 'neighbour-advertisement',
      router: false,
      solicited: true,
      override: true,
      target: '2001:db8::1',
      options: [],
    });
    expect(header).toEqual({ type: 136, code: 0, rest: 0x60000000 });
  });

  it('is not every ICMPv6 message', () => {
    expect(parseNeighbourMessage({ header: { type: 128, code: 0, rest: 0 }, payload: fromHex('') })).toBeUndefined();
  });

  it.each([
    ['a target', 135, '20010db8'],
    ['a target of a redirect', 137, '00'.repeat(31)],
    ['times', 134, '00000000'],
  ])('without %s is refused', (_, type, hex) => {
    const read = (): unknown => parseNeighbourMessage({ header: { type, code: 0, rest: 0 }, payload: fromHex(hex) });
    expect(read).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }));
  });
});

describe('its options', () => {
  it.each([
    ['a length of 0', '0100 000000000000'],
    ['a length beyond the end', '0102 000000000000'],
    ['less than 8 bytes', '0101 0000'],
  ])('with %s are refused', (_, hex) => {
    expect(() => parseNeighbourOptions(fromHex(hex))).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }));
  });

  it('of another length than theirs stay what they are', () => {
    const bytes = fromHex('0502 0000 000005dc 0000000000000000');
    expect(parseNeighbourOptions(bytes)).toEqual([{ kind: 'other', code: 5, data: bytes.subarray(2) }]);
  });

  it('are padded to whole units', () => {
    expect(toHex(formatNeighbourOptions([{ kind: 'other', code: 200, data: Uint8Array.of(1) }]))).toBe(
      'c801010000000000',
    );
  });
});

it('the group of an address ends with its last 24 bits', () => {
  expect(solicitedNode('fe80::2aa:ff:fe28:9c5a')).toBe('ff02::1:ff28:9c5a');
});
