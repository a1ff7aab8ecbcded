import { describe, expect, test } from 'vitest';
import { formatSchedulerFlags, parseSchedulerFlags } from './scheduler-flags.ts';

describe('the value of -b', () => {
  test.each([
    ['flag-1', 'rr', 0x08],
    ['flag-1,flag-3', undefined, 0x28],
    ['sh-fallback,sh-port', 'sh', 0x18],
    ['mh-port', 'mh', 0x10],
    ['flag-2', 'sh', 0x10],
    ['', 'rr', 0],
    [',,flag-1,,flag-2,,flag-1,', 'rr', 0x18],
  ])('%j with the scheduler %s is %i', (text, scheduler, flags) => {
    expect(parseSchedulerFlags(text, scheduler)).toBe(flags);
  });

  test.each([
    ['foo', 'rr', "invalid scheduler flag `foo'"],
    [' flag-1', 'rr', "invalid scheduler flag ` flag-1'"],
    [',', 'rr', "invalid scheduler flag `,'"],
    ['sh-port', undefined, "incompatible scheduler flag `sh-port'"],
    ['flag-1,mh-port', 'sh', "incompatible scheduler flag `mh-port'"],
    ['bad,sh-port', 'rr', "invalid scheduler flag `bad'"],
  ])('%j with the scheduler %s is refused', (text, scheduler, message) => {
    expect(() => parseSchedulerFlags(text, scheduler)).toThrow(message);
  });
});

describe('flags in a list', () => {
  test.each([
    [0x38, 'rr', 'flag-1,flag-2,flag-3'],
    [0x18, 'sh', 'sh-fallback,sh-port'],
    [0x38, 'mh', 'mh-fallback,mh-port'],
    [0x20, 'sh', ''],
    [0, 'rr', ''],
  ])('%i with the scheduler %s are %j', (flags, scheduler, text) => {
    expect(formatSchedulerFlags(flags, scheduler)).toBe(text);
  });
});
