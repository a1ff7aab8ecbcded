import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ipv4Address } from '../../test/support/arbitrary-frame.ts';
import { fromHex, toHex } from './bytes.ts';
import { frameFaults } from './frame-faults.ts';
import { parsePacket } from './frame.ts';
import { formatIpv4Options, parseIpv4Options, sourceRouteEnd, type Ipv4Option } from './ipv4-options.ts';
import { packet } from './packet.ts';

const route = fc.array(ipv4Address, { maxLength: 9 });
const option: fc.Arbitrary<Ipv4Option> = fc.oneof(
  fc.constant<Ipv4Option>({ kind: 'nop' }),
  fc.record({
    kind: fc.constantFrom('record-route', 'loose-source-route', 'strict-source-route'),
    pointer: fc.nat(255),
    addresses: route,
  }),
  fc.record({ kind: fc.constant('router-alert'), value: fc.nat(0xffff) }),
  fc.record({
    kind: fc.constant('other'),
    code: fc.integer({ min: 200, max: 255 }),
    data: fc.uint8Array({ maxLength: 9 }),
  }),
);

describe('IPv4 options', () => {
  it('are code, length and data', () => {
    const bytes = [
      '01', // nothing
      '07 07 04 00000000', // record route, 7 bytes, next at byte 4, room for one
      '94 04 0000', // router alert
    ].join('');
    const options: Ipv4Option[] = [
      { kind: 'nop' },
      { kind: 'record-route', pointer: 4, addresses: ['0.0.0.0'] },
      { kind: 'router-alert', value: 0 },
    ];
    expect(toHex(formatIpv4Options(options))).toBe(bytes.replaceAll(' ', ''));
    expect(parseIpv4Options(fromHex(bytes))).toEqual(options);
  });

  it('round through bytes', () => {
    fc.assert(
      fc.property(fc.array(option, { maxLength: 6 }), (options) => {
        const bytes = formatIpv4Options(options);
        expect(bytes.length % 4).toBe(0);
        expect(parseIpv4Options(bytes)).toEqual(options);
        expect(formatIpv4Options(parseIpv4Options(bytes))).toEqual(bytes);
      }),
    );
  });

  it('end with the end of the list', () => {
    expect(parseIpv4Options(fromHex('01 00 83 ff'))).toEqual([{ kind: 'nop' }]);
  });

  it.each(['07', '0700', '0701', '070504', '01010703'])('with an impossible length are refused: %s', (hex) => {
    expect(() => parseIpv4Options(fromHex(hex))).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }));
  });

  it('with another length than theirs stay what they are', () => {
    expect(parseIpv4Options(fromHex('07050400 00'))).toEqual([{ kind: 'other', code: 7, data: fromHex('040000') }]);
  });
});

describe('the end of a source route', () => {
  const addresses = ['10.0.0.1', '10.0.0.2'];
  const routed = (kind: 'loose-source-route' | 'record-route', pointer: number): Uint8Array =>
    formatIpv4Options([{ kind: 'nop' }, { kind, pointer, addresses }]);

  it('is its last address while there is one to go', () => {
    expect(sourceRouteEnd(routed('loose-source-route', 4))).toBe('10.0.0.2');
    expect(sourceRouteEnd(routed('loose-source-route', 8))).toBe('10.0.0.2');
  });

  it('is none when the route is travelled, only recorded, or damaged', () => {
    expect(sourceRouteEnd(routed('loose-source-route', 12))).toBeUndefined();
    expect(sourceRouteEnd(routed('record-route', 4))).toBeUndefined();
    expect(sourceRouteEnd(fromHex('83ff0400'))).toBeUndefined();
    expect(sourceRouteEnd(fromHex(''))).toBeUndefined();
  });

  it('is the destination in the checksum of TCP', () => {
    const options = routed('loose-source-route', 4);
    const onItsWay = packet({ ip: { destination: '10.0.0.9', options }, tcp: {} });
    const arrived = packet({ ip: { destination: '10.0.0.2' }, tcp: {} });
    expect(parsePacket(onItsWay).get('tcp').checksum).toBe(parsePacket(arrived).get('tcp').checksum);
    expect(frameFaults(parsePacket(onItsWay))).toEqual([]);
  });
});
