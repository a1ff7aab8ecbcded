import { describe, expect, it } from 'vitest';
import { toHex } from './bytes.ts';
import { frameFaults } from './frame-faults.ts';
import { parsePacket, parseQuote, portsOf } from './frame.ts';
import { echoOf, ICMP_TYPE, isIcmpError, mtuOf } from './icmp.ts';
import { ICMPV6_TYPE, isIcmpv6Error } from './icmpv6.ts';
import { packet } from './packet.ts';

const quoted = packet({
  ip: { source: '10.1.0.10', destination: '10.9.9.9', dontFragment: true },
  tcp: { source: 40001, destination: 80 },
  payload: 1400,
});

describe('ICMP', () => {
  it('echoes have an identifier and a sequence number', () => {
    const frame = parsePacket(packet({ icmp: { type: 'echoRequest', identifier: 0x1234, sequence: 7 }, payload: 'x' }));
    // type 8, code 0, checksum, 1234, 7
    expect(toHex(frame.bytes.subarray(20))).toBe('0800 6dc4 1234 0007 78'.replaceAll(' ', ''));
    expect(echoOf(frame.get('icmp'))).toEqual({ identifier: 0x1234, sequence: 7 });
  });

  it('errors quote the packet they are about, which may be cut', () => {
    const error = packet({
      icmp: { type: 'destinationUnreachable', code: 'fragmentationNeeded', mtu: 1400 },
      payload: quoted.subarray(0, 28),
    });
    const frame = parsePacket(error);
    expect(frame.layers.map(({ name }) => name)).toEqual(['ipv4', 'icmp']);
    expect(frame.get('icmp')).toMatchObject({ type: 3, code: 4 });
    expect(mtuOf(frame.get('icmp'))).toBe(1400);
    expect(frameFaults(frame)).toEqual([]);

    const quote = parseQuote(frame.payload)!;
    expect(quote.get('ipv4')).toMatchObject({ source: '10.1.0.10', destination: '10.9.9.9', totalLength: 1440 });
    expect(quote.find('tcp')).toBeUndefined();
    expect(portsOf(quote)).toEqual({ source: 40001, destination: 80 });
  });

  it('errors that quote the whole header have it read', () => {
    const quote = parseQuote(quoted.subarray(0, 60))!;
    expect(quote.get('tcp').destination).toBe(80);
    expect(portsOf(quote)).toMatchObject({ source: 40001, destination: 80 });
  });

  it('errors may quote what is no packet, or too little of one', () => {
    expect(parseQuote(new Uint8Array(0))).toBeUndefined();
    expect(parseQuote(quoted.subarray(0, 19))).toBeUndefined();
    expect(parseQuote(new Uint8Array(40).fill(0x99))).toBeUndefined();
    expect(portsOf(parseQuote(quoted.subarray(0, 22))!)).toBeUndefined();
  });

  it('tells errors from messages that must not be answered with one', () => {
    expect(Object.entries(ICMP_TYPE).flatMap(([name, type]) => (isIcmpError(type) ? [name] : []))).toEqual([
      'destinationUnreachable',
      'sourceQuench',
      'redirect',
      'timeExceeded',
      'parameterProblem',
    ]);
    expect(isIcmpv6Error(ICMPV6_TYPE.packetTooBig)).toBe(true);
    expect(isIcmpv6Error(ICMPV6_TYPE.echoRequest)).toBe(false);
  });
});

describe('ICMPv6', () => {
  it('has a checksum over a pseudo header', () => {
    const ip = { source: '2001:db8:9::9', destination: '2001:db8:a::10' };
    const tooBig = packet({ ip, icmpv6: { type: 'packetTooBig', mtu: 1280 }, payload: new Uint8Array(0) });
    expect(toHex(tooBig.subarray(40))).toBe('0200 9d1f 00000500'.replaceAll(' ', ''));
    expect(parsePacket(tooBig).get('icmpv6').rest).toBe(1280);
    expect(frameFaults(parsePacket(tooBig))).toEqual([]);
  });

  it('names its codes', () => {
    const unreachable = packet({ icmpv6: { type: 'destinationUnreachable', code: 'port' } });
    expect(parsePacket(unreachable).get('icmpv6')).toMatchObject({ type: 1, code: 4 });
  });
});

it('ports are those of the innermost packet', () => {
  const tunnelled = packet({ ip: {}, inner: { tcp: { source: 1, destination: 2 } } });
  expect(portsOf(parsePacket(tunnelled))).toMatchObject({ source: 1, destination: 2 });
  expect(portsOf(parsePacket(packet({ icmp: { type: 8 } })))).toBeUndefined();
  expect(portsOf(parsePacket(packet({ ip: { fragmentOffset: 8, protocol: 17 }, payload: 8 })))).toBeUndefined();
});
