import { expect, test } from 'vitest';
import { filtersBefore } from './tc-json.ts';

/** As tc of iproute2 6.1 prints filters of clsact: an entry for the priority, one for each filter of it. */
const PROGRAMS = JSON.stringify([
  { protocol: 'all', pref: 10, kind: 'bpf', chain: 0 },
  {
    protocol: 'all',
    pref: 10,
    kind: 'bpf',
    chain: 0,
    options: { handle: '0x1', bpf_name: 'guard.o:[tc]', 'direct-action': true, prog: { id: 31, tag: 'a04f' } },
  },
  {
    protocol: 'all',
    pref: 49170,
    kind: 'bpf',
    chain: 0,
    options: {
      handle: '0x1',
      bpf_name: 'weir_tc',
      'direct-action': true,
      prog: { id: 32, name: 'weir_tc', tag: 'b1' },
    },
  },
]);

test('programs at clsact before a priority, with their numbers and names', () => {
  expect(filtersBefore(PROGRAMS, 49_170)).toEqual([{ priority: 10, program: 31, name: 'guard.o:[tc]' }]);
  expect(filtersBefore(PROGRAMS, 49_171).map(({ name }) => name)).toEqual(['guard.o:[tc]', 'weir_tc']);
});

/** Likewise on Linux 6.1, of filters with actions; what their options say is shortened. */
const CLASSIFIERS = JSON.stringify([
  { protocol: 'ip', pref: 5, kind: 'flower', chain: 0 },
  { protocol: 'ip', pref: 5, kind: 'flower', chain: 0, options: { handle: 1, keys: { dst_ip: '1.2.3.4' } } },
  { protocol: 'ip', pref: 5, kind: 'flower', chain: 0, options: { handle: 2, keys: { dst_ip: '1.2.3.5' } } },
  { protocol: 'ip', pref: 7, kind: 'u32', chain: 0 },
  { protocol: 'ip', pref: 7, kind: 'u32', chain: 0, options: { fh: '800:', ht_divisor: 1 } },
  { protocol: 'ip', pref: 7, kind: 'u32', chain: 0, options: { fh: '800::800', match: { value: '1020304' } } },
  { protocol: 'ip', pref: 8, kind: 'basic', chain: 0 },
  { protocol: 'ip', pref: 8, kind: 'basic', chain: 0, options: { handle: '1' } },
]);

test('filters that are no programs are named once for each priority', () => {
  expect(filtersBefore(CLASSIFIERS, 8)).toEqual([
    { priority: 5, name: 'flower' },
    { priority: 7, name: 'u32' },
  ]);
});

test.each(['', '\n', '[]', '[{}]', '{"error":1}'])('nothing is there where %j is printed', (text) => {
  expect(filtersBefore(text, 49_170)).toEqual([]);
});
