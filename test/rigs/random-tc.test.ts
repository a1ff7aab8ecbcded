import { expect, test } from 'vitest';
import { fuzz, packetsOf } from '../support/fuzz.ts';

const PACKETS = packetsOf(25_000);

test(`the programs on tc do with ${PACKETS} random packets what the specification does`, async () => {
  expect(await fuzz('tc', 'run', PACKETS)).toBe('');
}, 3_600_000);
