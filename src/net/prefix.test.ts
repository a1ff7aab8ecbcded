import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressFromBytes, networkAddress, parseInterfaceAddress, parsePrefix, Prefix } from './address.ts';

describe('a prefix', () => {
  it.each([
    ['10.0.0.0/8', '10.255.255.255', '11.0.0.0'],
    ['10.1.1.0/24', '10.1.1.21', '10.1.2.1'],
    ['10.1.1.128/25', '10.1.1.128', '10.1.1.127'],
    ['192.168.1.11/32', '192.168.1.11', '192.168.1.10'],
    ['2001:db8::/33', '2001:db8:7fff::', '2001:db8:8000::'],
    ['::1/128', '::1', '::'],
  ])('%s contains %s and not %s', (text, inside, outside) => {
    const prefix = parsePrefix(text);
    expect(prefix.contains(inside)).toBe(true);
    expect(prefix.contains(outside)).toBe(false);
    expect(prefix.toString()).toBe(text);
  });

  it('of length 0 contains its whole family and nothing of the other', () => {
    expect(parsePrefix('0.0.0.0/0').contains('255.1.2.3')).toBe(true);
    expect(parsePrefix('0.0.0.0/0').contains('::')).toBe(false);
    expect(parsePrefix('::/0').contains('ffff::')).toBe(true);
    expect(parsePrefix('::/0').contains('0.0.0.0')).toBe(false);
  });

  it('has a first and a last address', () => {
    expect(parsePrefix('10.1.1.0/24').last()).toBe('10.1.1.255');
    expect(parsePrefix('10.1.1.64/26').last()).toBe('10.1.1.127');
    expect(parsePrefix('2001:db8::/64').last()).toBe('2001:db8::ffff:ffff:ffff:ffff');
    expect(parsePrefix('10.1.1.1/32').last()).toBe('10.1.1.1');
    expect(networkAddress('203.0.113.77', 24)).toBe('203.0.113.0');
  });

  it('covers the prefixes within it', () => {
    expect(parsePrefix('10.0.0.0/8').covers(parsePrefix('10.1.0.0/16'))).toBe(true);
    expect(parsePrefix('10.1.0.0/16').covers(parsePrefix('10.0.0.0/8'))).toBe(false);
    expect(parsePrefix('10.0.0.0/8').covers(parsePrefix('::/16'))).toBe(false);
  });

  it.each([
    '10.0.0.0',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/08',
    '10.0.0.0/8 ',
    '10.0.0/8',
    '/8',
    '::/129',
    '10.0.0.0/8/8',
    '10.0.0.0/255.0.0.0',
    '',
  ])('is not %j', (text) => {
    expect(() => parsePrefix(text)).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }));
  });

  it('with bits after its length is refused, with the one that was probably meant', () => {
    expect(() => parsePrefix('10.1.1.21/24')).toThrow(expect.objectContaining({ fix: 'write 10.1.1.0/24' }));
  });

  it('of an interface keeps the address', () => {
    const { address, prefix } = parseInterfaceAddress('10.1.1.21/24');
    expect([address, prefix.toString()]).toEqual(['10.1.1.21', '10.1.1.0/24']);
  });

  it('contains exactly what shares its first bits', () => {
    const family = fc.constantFrom(4, 16);
    const pair = family.chain((size) =>
      fc.tuple(fc.uint8Array({ minLength: size, maxLength: size }), fc.nat(size * 8 - 1), fc.nat(size * 8)),
    );
    fc.assert(
      fc.property(pair, ([bytes, flipped, length]) => {
        const other = bytes.slice();
        other[flipped >> 3]! ^= 0x80 >> (flipped & 7);
        const prefix = new Prefix(addressFromBytes(bytes), length);
        expect(prefix.contains(addressFromBytes(other))).toBe(flipped >= length);
        expect(parsePrefix(prefix.toString())).toEqual(prefix);
      }),
    );
  });
});
