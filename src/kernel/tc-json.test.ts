import { expect, test } from 'vitest';
import { filtersBefore } from './tc-json.ts';

/** As tc of iproute2 6.1 prints filters of clsact: an entry for the priority, one for the filter itself. */
const FILTERS = JSON.stringify([
  { protocol: 'all', pref: 10, kind: 'bpf', chain: 0 },
  {
    protocol: 'all',
    pref: 10,
    kind: 'bpf',
    chain: 0,
    options: { handle: '0x1', bpf_name: 'guard.o:[tc]', 'direct-action': true, prog: { id: 31, tag: 'a04f' } },
  },
  { protocol: 'ip', pref: 20, kind: 'u32', chain: 0 },
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
  expect(filtersBefore(FILTERS, 49_170)).toEqual([{ priority: 10, program: 31, name: 'guard.o:[tc]' }]);
  expect(filtersBefore(FILTERS, 49_171).map(({ name }) => name)).toEqual(['guard.o:[tc]', 'weir_tc']);
});

test.each(['', '\n', '[]', '[{}]', '{"error":1}'])('nothing is there where %j is printed', (text) => {
  expect(filtersBefore(text, 49_170)).toEqual([]);
});
