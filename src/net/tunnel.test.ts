import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from './bytes.ts';
import { frameFaults } from './frame-faults.ts';
import { parsePacket, type Frame } from './frame.ts';
import { gre } from './gre.ts';
import { remoteChecksumFields, remoteChecksumOf } from './gue.ts';
import { packet } from './packet.ts';

const inner = { ip: { source: '10.1.0.10', destination: '10.9.9.9' }, tcp: { destination: 80 }, payload: 'GET /' };
const inner6 = {
  ip: { source: '2001:db8:a::10', destination: '2001:db8:9::9' },
  tcp: { destination: 80 },
  payload: 'GET /',
};
const outer = { source: '10.2.0.1', destination: '10.2.0.11', ttl: 63 };
const outer6 = { source: '2001:db8:b::1', destination: '2001:db8:b::11' };

function names(frame: Frame): string {
  return frame.layers.map(({ name }) => name).join(' ');
}

describe('IP in IP', () => {
  it.each([
    ['IPv4 in IPv4', outer, inner, 'ipv4 ipv4 tcp', 4],
    ['IPv6 in IPv4 (SIT)', outer, inner6, 'ipv4 ipv6 tcp', 41],
    ['IPv4 in IPv6', outer6, inner, 'ipv6 ipv4 tcp', 4],
    ['IPv6 in IPv6', outer6, inner6, 'ipv6 ipv6 tcp', 41],
  ])('%s', (_, ip, carried, stack, protocol) => {
    const bytes = packet({ ip, inner: carried });
    const frame = parsePacket(bytes);
    expect(names(frame)).toBe(stack);
    expect(bytes['source' in ip && ip === outer ? 9 : 6]).toBe(protocol);
    expect(bytes.subarray(frame.layers[1]!.offset, frame.layers[1]!.end)).toEqual(packet(carried));
    expect(frameFaults(frame)).toEqual([]);
  });

  it('has an outermost and an innermost header', () => {
    const frame = parsePacket(packet({ ip: outer, inner }));
    expect(frame.find('ipv4')?.destination).toBe('10.2.0.11');
    expect(frame.findLast('ipv4')?.destination).toBe('10.9.9.9');
  });
});

describe('GRE', () => {
  it('is flags and EtherType, then the packet', () => {
    const bytes = packet({ ip: outer, gre: {}, inner });
    expect(toHex(bytes.subarray(20, 24))).toBe('00000800');
    expect(bytes[9]).toBe(47);
    expect(names(parsePacket(bytes))).toBe('ipv4 gre ipv4 tcp');
  });

  it('has checksum, key and sequence number in this order', () => {
    const bytes = packet({ ip: outer, gre: { hasChecksum: true, key: 7, sequence: 0xfffffffe }, inner: inner6 });
    // flags of all three, IPv6; checksum and reserved word; key; sequence
    expect(toHex(bytes.subarray(20, 24))).toBe('b00086dd');
    expect(toHex(bytes.subarray(26, 36))).toBe('0000 00000007 fffffffe'.replaceAll(' ', ''));
    expect(frameFaults(parsePacket(bytes))).toEqual([]);
    expect(parsePacket(bytes).get('gre')).toMatchObject({
      hasChecksum: true,
      key: 7,
      sequence: 0xfffffffe,
      reserved: 0,
    });
  });

  it('carries Ethernet too', () => {
    const frame = parsePacket(packet({ ip: outer, gre: {}, inner: { eth: {}, ...inner } }));
    expect(names(frame)).toBe('ipv4 gre ethernet ipv4 tcp');
  });

  it.each([
    ['version 1, PPTP', '0001 880b'],
    ['the routing field of RFC 1701', '4000 0800'],
  ])('of %s is refused', (_, hex) => {
    expect(() => gre.parse(fromHex(`${hex} 00000000`), 0, 8)).toThrow(
      expect.objectContaining({ code: 'FRAME_INVALID' }),
    );
  });
});

describe('GUE', () => {
  it('is a header after UDP that names the protocol', () => {
    const bytes = packet({ ip: outer, udp: { source: 50000, checksum: 0 }, gue: {}, inner });
    expect(names(parsePacket(bytes))).toBe('ipv4 udp gue ipv4 tcp');
    // 50000 to 6080, its length, no checksum; variant 0 without fields, IPIP, no flags
    expect(toHex(bytes.subarray(20, 32))).toBe('c350 17c0 0039 0000 00040000'.replaceAll(' ', ''));
    expect(parsePacket(bytes).get('gue')).toMatchObject({ control: false, protocol: 4, flags: 0 });
  });

  it('is spoken on the ports that are named', () => {
    const bytes = packet({ ip: outer, udp: { destination: 5555 }, gue: {}, inner: inner6 });
    expect(names(parsePacket(bytes))).toBe('ipv4 udp');
    expect(names(parsePacket(bytes, { guePorts: [6080, 5555] }))).toBe('ipv4 udp gue ipv6 tcp');
  });

  it('of variant 1 has the packet directly after UDP', () => {
    const direct = (spec: typeof inner): Frame =>
      parsePacket(packet({ ip: outer, udp: { destination: 6080 }, payload: packet(spec) }));
    expect(names(direct(inner))).toBe('ipv4 udp ipv4 tcp');
    expect(names(direct(inner6))).toBe('ipv4 udp ipv6 tcp');
  });

  it('carries no packet in control messages, nor in no bytes at all', () => {
    const control = packet({ ip: outer, gue: { control: true, protocol: 4 }, payload: packet(inner) });
    expect(names(parsePacket(control))).toBe('ipv4 udp gue');
    expect(names(parsePacket(packet({ ip: outer, udp: { destination: 6080 } })))).toBe('ipv4 udp');
  });

  it('asks for remote checksum offload in a private field', () => {
    const fields = remoteChecksumFields({ start: 20, offset: 36 });
    const bytes = packet({ ip: outer, gue: fields, inner });
    // two words of fields, private flag; remote checksum; from byte 20, at byte 36
    expect(toHex(bytes.subarray(28, 40))).toBe('02040001 80000000 00140024'.replaceAll(' ', ''));
    expect(remoteChecksumOf(parsePacket(bytes).get('gue'))).toEqual({ start: 20, offset: 36 });
    expect(remoteChecksumOf(parsePacket(packet({ gue: {}, inner })).get('gue'))).toBeUndefined();
  });

  it('of a later variant is left as payload', () => {
    const frame = parsePacket(packet({ udp: { destination: 6080 }, payload: fromHex('c0040000') }));
    expect(frame.malformed).toMatchObject({ name: 'gue', error: { found: 'variant 3' } });
  });
});
