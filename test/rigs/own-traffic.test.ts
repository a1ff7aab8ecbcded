import { describe, expect, test } from 'vitest';
import { fuzz, packetsOf, replaySaved } from '../support/fuzz.ts';

/** On cables, since the stack of the director itself answers. */
const PACKETS = Math.min(packetsOf(1_500), 20_000);

describe.each(['tc', 'xdp'] as const)('the programs on %s do what the specification does', (hook) => {
  test(`with ${PACKETS} random packets of clients and real servers that are the director itself, and others`, async () => {
    expect(await fuzz(hook, 'cable', PACKETS, 'own')).toBe('');
  }, 3_600_000);

  test('with the sequences of theirs that once showed a difference', async () => {
    expect(await replaySaved(hook, 'own')).toEqual([]);
  });
});
