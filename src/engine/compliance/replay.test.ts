import { describe, expect, test } from 'vitest';
import { readRecordings } from './recording.ts';
import { replayWire } from './replay-wire.ts';

describe('frames of the recorded kernel', () => {
  test.each(readRecordings('wire').map((recording) => [recording.name, recording] as const))(
    '%s',
    async (_name, recording) => {
      expect((await replayWire(recording)).join('\n')).toBe('');
    },
  );
});
