import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressToBytes } from './address.ts';
import { fromHex, setU16, setU32, u16, u32 } from './bytes.ts';
import {
  addressSum,
  checksum,
  pseudoHeaderSum,
  updateChecksum16,
  updateChecksum32,
  updateChecksumBytes,
  wordSum,
} from './checksum.ts';

/** The definition of RFC 1071 section 1, word by word, with the end-around carry after every addition. */
function sumByDefinition(bytes: Uint8Array): number {
  let sum = 0;
  for (let index = 0; index < bytes.length; index += 2) {
    sum += bytes[index]! * 256 + (bytes[index + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

/** Some words, not all zero: a header of zeros has a checksum that no update can lead to or from (RFC 1624 section 3). */
const words = fc
  .uint8Array({ minLength: 4, maxLength: 60 })
  .map((bytes) => bytes.subarray(0, bytes.length & ~3))
  .map((bytes) => Uint8Array.of(0x45, 0, ...bytes.subarray(2)));

describe('the Internet checksum', () => {
  it('is that of the example in RFC 1071 section 3', () => {
    const example = fromHex('0001 f203 f4f5 f6f7');
    expect(wordSum(example)).toBe(0xddf2);
    expect(checksum(example)).toBe(0x220d);
  });

  it('of a real IPv4 header is 0 with its checksum in it', () => {
    expect(checksum(fromHex('4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7'))).toBe(0);
  });

  it('takes an odd last byte as the high half of a word', () => {
    expect(wordSum(Uint8Array.of(0x12))).toBe(0x1200);
    expect(wordSum(Uint8Array.of(0x12, 0x34, 0x56))).toBe(0x1234 + 0x5600);
  });

  it('takes a part of the bytes', () => {
    expect(wordSum(fromHex('ffff 0102 0304 ffff'), 2, 6)).toBe(0x0406);
  });

  it('equals the definition', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(wordSum(bytes)).toBe(sumByDefinition(bytes));
      }),
    );
  });

  it('does not overflow on long packets', () => {
    expect(wordSum(new Uint8Array(1_000_001).fill(0xff))).toBe(sumByDefinition(new Uint8Array(1_000_001).fill(0xff)));
  });

  it('can be summed in parts of even length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(50), (bytes, half) => {
        const middle = Math.min(half * 2, bytes.length & ~1);
        expect(wordSum(bytes, middle, bytes.length, wordSum(bytes, 0, middle))).toBe(wordSum(bytes));
      }),
    );
  });
});

describe('the pseudo header', () => {
  it('of IPv4 is the sum of RFC 9293 section 3.1', () => {
    // source, destination, zero and protocol, length
    expect(pseudoHeaderSum('10.1.0.10', '10.9.9.9', 6, 40)).toBe(wordSum(fromHex('0a01000a 0a090909 0006 0028')));
  });

  it('of IPv6 is the sum of RFC 8200 section 8.1', () => {
    const addresses = `${'20010db8'.padEnd(31, '0')}1 ${'20010db8'.padEnd(31, '0')}2`;
    // source, destination, length, zeros and next header
    const expected = wordSum(fromHex(`${addresses} 00011170 0000003a`));
    expect(pseudoHeaderSum('2001:db8::1', '2001:db8::2', 58, 70_000)).toBe(expected);
  });

  it('has the sum of both addresses', () => {
    expect(addressSum('1.2.3.4', '255.255.0.1')).toBe(wordSum(fromHex('01020304 ffff0001')));
  });
});

describe('an incremental update', () => {
  it('is that of the example in RFC 1624 section 4, where RFC 1141 is wrong', () => {
    expect(updateChecksum16(0xdd2f, 0x5555, 0x3285)).toBe(0x0000);
  });

  it('of a 16-bit word equals the full checksum', () => {
    fc.assert(
      fc.property(words, fc.nat(0xffff), (bytes, word) => {
        const before = checksum(bytes);
        const at = bytes.length - 2;
        const old = u16(bytes, at);
        setU16(bytes, at, word);
        expect(updateChecksum16(before, old, word)).toBe(checksum(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it('of a 32-bit word equals the full checksum', () => {
    fc.assert(
      fc.property(words, fc.nat(0xffffffff), (bytes, word) => {
        const whole = Uint8Array.of(0x45, 0, 0, 0, ...bytes);
        const before = checksum(whole);
        const old = u32(whole, 4);
        setU32(whole, 4, word);
        expect(updateChecksum32(before, old, word)).toBe(checksum(whole));
      }),
      { numRuns: 2000 },
    );
  });

  it('of an IPv6 address equals the full checksum', () => {
    const address = fc.uint8Array({ minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(words, address, address, (bytes, old, now) => {
        const before = checksum(bytes, 0, bytes.length, wordSum(old));
        expect(updateChecksumBytes(before, old, now)).toBe(checksum(bytes, 0, bytes.length, wordSum(now)));
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves a wrong checksum wrong by the same amount', () => {
    const bytes = fromHex('4500 0028 1234 4000 4006 0b80 0a01 000a');
    const right = updateChecksum16(0x1111, 0x0a01, 0xc0a8);
    const wrong = updateChecksum16(0x1111 + 5, 0x0a01, 0xc0a8);
    expect(wrong - right).toBe(5);
    expect(bytes.length).toBe(16);
  });

  it('and its reverse lead back', () => {
    const [vip, rip] = [addressToBytes('10.9.9.9'), addressToBytes('10.2.0.11')];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xfffe }), (before) => {
        expect(updateChecksumBytes(updateChecksumBytes(before, vip, rip), rip, vip)).toBe(before);
      }),
    );
  });
});
