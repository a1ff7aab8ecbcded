/** A step of the recordings of the real ipvsadm that Weir answers otherwise on purpose. */
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

/** What no recording shows and Weir does otherwise on purpose. */
export const OTHER_DIFFERENCES: readonly string[] = [
  'errors in the arguments are reported before the director is asked for: ipvsadm reports a director that is not there first',
  'a director that is not there is reported in words of its own, with the socket that was tried and how to start one; exit code 2 as ever',
  '`-b ,` is refused as an invalid scheduler flag: ipvsadm dies of a segmentation fault',
  "the program calls itself `ipvsadm' in its messages, by whatever path it was started",
  "popt's `!#:+` in the value of an option stands for itself: popt puts the next argument in its place",
  '`-R` reads all of its input before it does anything: ipvsadm takes line by line as they come',
  'the scheduler flags are not cut: ipvsadm takes the first 255 characters of `-b`',
];
