import type { AnyRecording } from '../../recording.ts';

/** Seconds that a recording takes where time is real, from what it waits for. */
export function durationOf(recording: AnyRecording): number {
  if ('in' in recording) return 0;
  if ('events' in recording) return Math.max(0, ...recording.events.map(({ t }) => t));
  const steps = recording.trials.flatMap((trial) => trial.steps);
  return steps.reduce((sum, { do: step }) => sum + Number(/^(?:wait|idle):([\d.]+)$/u.exec(step)?.[1] ?? 0), 0);
}
