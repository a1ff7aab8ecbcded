import { expect, test } from 'vitest';
import { parseLeadingNumber, parseNumber } from './number-text.ts';

test.each([
  ['5', 5],
  [' 5', 5],
  ['\t+5', 5],
  ['010', 10],
  ['-0', -0],
])('%j is the number %d', (text, value) => {
  expect(parseNumber(text, 0, 100)).toBe(value);
});

test.each(['', ' ', '5 ', '5a', '0x10', '1.5', '1e3', '- 5', '101', '-1', '99999999999999999999'])(
  '%j is no number from 0 to 100',
  (text) => {
    expect(parseNumber(text, 0, 100)).toBeUndefined();
  },
);

test.each([
  ['64', 64],
  [' 64abc', 64],
  ['+64', 64],
  ['-1', -1],
  ['0x40', 0],
  ['', 0],
  ['x', 0],
  // Cut to 32 bits, and before that to 64.
  ['4294967297', 1],
  ['99999999999999999999', -1],
  ['-99999999999999999999', 0],
])('%j begins with the number %d', (text, value) => {
  expect(parseLeadingNumber(text)).toBe(value);
});
