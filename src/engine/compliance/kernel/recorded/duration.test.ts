import { expect, test } from 'vitest';
import { goldenFolder, readRecordings } from '../../recording.ts';
import { durationOf } from './duration.ts';

const named = (folder: 'wire' | 'conn' | 'sched', name: string) =>
  readRecordings(folder, goldenFolder()).find((recording) => recording.name === name)!;

test('a recording takes as long as it waits', () => {
  expect(durationOf(named('wire', 'nat-tcp-session'))).toBe(0);
  expect(durationOf(named('sched', 'threshold-lower'))).toBeGreaterThan(44);
});
