/**
 * A step of the recordings of the real ipvsadm that Weir answers otherwise on purpose. What no recording shows, and is otherwise
 * too, stands in docs/limits.md.
 */
export interface RecordedDifference {
  /** Name of the recording in cli. */
  recording: string;
  /** Places of the steps in it, from 0. */
  steps: readonly number[];
  reason: string;
}

export const RECORDED_DIFFERENCES: readonly RecordedDifference[] = [
  {
    recording: 'kernel-without-twos',
    steps: [0, 1, 2, 3],
    reason:
      'the recorded kernel is built without the scheduler twos, which Weir has: its services are accepted and listed',
  },
  {
    recording: 'unprivileged',
    steps: [3, 4],
    reason: 'help and version need no director, so Weir shows them to everybody and also while none runs',
  },
];
