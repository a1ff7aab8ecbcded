import { isIP } from 'node:net';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressFromBytes, addressToBytes, formatIpv4, isIpAddress, parseIpAddress, parseIpv4 } from './address.ts';

const octets = fc.uint8Array({ minLength: 4, maxLength: 4 });
const sparse16 = fc.array(fc.constantFrom(0, 0, 0, 0, 1, 0xff, 0x20), { minLength: 16, maxLength: 16 });
const sixteen = fc.oneof(
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
  sparse16.map((bytes) => Uint8Array.from(bytes)),
  octets.map((tail) => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...tail)),
);

describe('IPv4 addresses', () => {
  it('are numbers in host order and dotted quads', () => {
    expect(parseIpv4('10.1.1.21')).toBe(0x0a010115);
    expect(parseIpv4('255.255.255.255')).toBe(0xffffffff);
    expect(formatIpv4(0x0a010115)).toBe('10.1.1.21');
    expect(formatIpv4(0xffffffff)).toBe('255.255.255.255');
    expect(formatIpv4(parseIpv4('0.0.0.0'))).toBe('0.0.0.0');
  });

  it('round through text and bytes', () => {
    fc.assert(
      fc.property(octets, (bytes) => {
        const text = addressFromBytes(bytes);
        expect(addressToBytes(text)).toEqual(bytes);
        expect(addressToBytes(formatIpv4(parseIpv4(text)))).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['a leading zero, which C libraries read as octal', '010.0.0.1'],
    ['a double zero', '10.00.0.1'],
    ['a single number, which C libraries read as 0.0.0.1', '1'],
    ['two parts', '10.1'],
    ['three parts', '10.1.1'],
    ['five parts', '10.1.1.1.1'],
    ['an octet over 255', '10.1.1.256'],
    ['hexadecimal', '0x0a000001'],
    ['a blank before', ' 1.2.3.4'],
    ['a blank after', '1.2.3.4 '],
    ['a newline after', '1.2.3.4\n'],
    ['a sign', '+1.2.3.4'],
    ['a mask', '1.2.3.4/24'],
    ['a port', '1.2.3.4:80'],
    ['an empty part', '1..3.4'],
    ['digits of another script', '١.٢.٣.٤'],
    ['nothing', ''],
  ])('refuse %s', (_, text) => {
    expect(isIpAddress(text)).toBe(false);
    expect(() => parseIpv4(text)).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }));
    expect(() => parseIpAddress(text)).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }));
  });
});

describe('IPv6 addresses', () => {
  it.each([
    // RFC 5952 section 4.1: no leading zeros
    ['2001:0db8::0001', '2001:db8::1'],
    // 4.2.1: as short as possible
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8::0:1', '2001:db8::1'],
    // 4.2.2: one zero group is not shortened
    ['2001:db8::1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    // 4.2.3: the longest run, the first of equal ones
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    // 4.3: lower case
    ['2001:DB8::AAAA', '2001:db8::aaaa'],
    // 5: mapped addresses in mixed notation
    ['::ffff:c000:0201', '::ffff:192.0.2.1'],
    ['::FFFF:192.0.2.1', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
  ])('%s is written %s', (text, canonical) => {
    expect(parseIpAddress(text)).toBe(canonical);
    expect(parseIpAddress(canonical)).toBe(canonical);
  });

  it.each([
    [':'],
    [':::'],
    ['1:2:3:4:5:6:7'],
    ['1:2:3:4:5:6:7:8:9'],
    ['1:2:3:4::5:6:7:8'],
    ['1::2::3'],
    ['1:::2'],
    [':1:2:3:4:5:6:7'],
    ['1:2:3:4:5:6:7:'],
    ['12345::'],
    ['::g'],
    ['fe80::1%eth0'],
    ['[::1]'],
    ['::1/64'],
    [' ::1'],
    ['::1 '],
    ['::1\n'],
    ['1.2.3.4::'],
    ['::1.2.3.4:5'],
    ['::01.2.3.4'],
    ['::1.2.3'],
    ['1:2:3:4:5:6:7:1.2.3.4'],
    ['::-1'],
    ['::0x1'],
  ])('refuses %j', (text) => {
    expect(isIpAddress(text)).toBe(false);
    expect(() => parseIpAddress(text)).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }));
  });

  it('round through text and bytes', () => {
    fc.assert(
      fc.property(sixteen, (bytes) => {
        const text = addressFromBytes(bytes);
        expect(addressToBytes(text)).toEqual(bytes);
        expect(parseIpAddress(text)).toBe(text);
      }),
    );
  });

  it('are the same text however they are written', () => {
    fc.assert(
      fc.property(sixteen, (bytes) => {
        const groups = Array.from({ length: 8 }, (_, index) => (bytes[index * 2]! << 8) | bytes[index * 2 + 1]!);
        const long = groups.map((group) => group.toString(16).padStart(4, '0').toUpperCase()).join(':');
        expect(parseIpAddress(long)).toBe(addressFromBytes(bytes));
      }),
    );
  });
});

it('takes no text that Node refuses, and refuses none but zones that Node takes', () => {
  const characters = fc.constantFrom(...'0123456789abcdefF:::...%/ x'.split(''));
  const text = fc.oneof(
    fc.string({ unit: characters, maxLength: 24 }),
    sixteen.map((bytes) => addressFromBytes(bytes)),
    fc
      .tuple(fc.ipV6(), fc.nat(40), characters)
      .map(([address, at, by]) => address.slice(0, at) + by + address.slice(at)),
    fc.tuple(fc.ipV4Extended(), characters).map(([address, by]) => address + by),
    fc.ipV4Extended(),
    fc.ipV6(),
  );
  fc.assert(
    fc.property(text, (candidate) => {
      expect(isIpAddress(candidate)).toBe(isIP(candidate) !== 0 && !candidate.includes('%'));
    }),
    { numRuns: 5000 },
  );
});

it('takes 4 and 16 bytes only', () => {
  for (const length of [0, 3, 5, 15, 17]) {
    expect(() => addressFromBytes(new Uint8Array(length))).toThrow(
      expect.objectContaining({ code: 'ADDRESS_INVALID' }),
    );
  }
});

it('says what was found and what to write instead', () => {
  expect(() => parseIpAddress('010.0.0.1')).toThrow(
    expect.objectContaining({ found: '"010.0.0.1"', fix: expect.stringContaining('without leading zeros') }),
  );
});
