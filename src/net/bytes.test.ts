import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { concatBytes, fromHex, plainBytes, setU16, setU32, toHex, u16, u32, words16, words32 } from './bytes.ts';

it('numbers stand in network order', () => {
  const bytes = new Uint8Array(8);
  setU16(bytes, 1, 0x1234);
  setU32(bytes, 4, 0xfedcba98);
  expect(toHex(bytes)).toBe('00123400fedcba98');
  expect([u16(bytes, 1), u32(bytes, 4)]).toEqual([0x1234, 0xfedcba98]);
  expect(toHex(words16(1, 0xffff))).toBe('0001ffff');
  expect(toHex(words32(1, 0xffffffff))).toBe('00000001ffffffff');
});

it('hexadecimal text is read with blanks between the bytes', () => {
  expect(fromHex(' 45 00\n 0F')).toEqual(Uint8Array.of(0x45, 0x00, 0x0f));
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(fromHex(toHex(bytes))).toEqual(bytes);
    }),
  );
});

it.each(['4', '4g', '0x45', '45,00'])('%j is no hexadecimal text', (text) => {
  expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: 'FRAME_INVALID' }));
});

it('bytes are joined', () => {
  expect(concatBytes(fromHex('0102'), fromHex(''), fromHex('03'))).toEqual(fromHex('010203'));
  expect(concatBytes()).toEqual(fromHex(''));
});

it('a Buffer becomes a view of the same memory that is none', () => {
  const buffer = Buffer.from('abcd', 'hex').subarray(1);
  const bytes = plainBytes(buffer);
  expect(bytes.constructor).toBe(Uint8Array);
  buffer[0] = 0xef;
  expect(toHex(bytes)).toBe('ef');
});
