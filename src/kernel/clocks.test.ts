import { describe, expect, test } from 'vitest';
import { secondsTaiIsAhead } from './clocks.ts';

describe('the clocks of the kernel', () => {
  test('TAI is ahead by leap seconds: none that the kernel knows of, or 37 and a few', () => {
    const seconds = secondsTaiIsAhead();
    expect(Number.isInteger(seconds)).toBe(true);
    expect(seconds === 0 || (seconds >= 37 && seconds < 60)).toBe(true);
  });
});
