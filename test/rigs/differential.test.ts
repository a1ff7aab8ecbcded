import { describe, expect, test } from 'vitest';
import { fuzz, packetsOf, replaySaved } from '../support/fuzz.ts';

const PACKETS = Math.min(packetsOf(150), 150);

describe.each(['tc', 'xdp'] as const)('the programs on %s do what the specification does', (hook) => {
  test(`with ${PACKETS} random packets on cables`, async () => {
    expect(await fuzz(hook, 'cable', PACKETS)).toBe('');
  }, 600_000);

  test('with every sequence that once showed a difference', async () => {
    expect(await replaySaved(hook)).toEqual([]);
  }, 120_000);
});
