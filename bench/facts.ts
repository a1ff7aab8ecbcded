/** What every result says of itself, so that a reader can judge it and repeat it. */
export interface Facts {
  suite: string;
  /** When the run ended, ISO 8601. */
  date: string;
  /** The commit of Weir, with `+` where the working copy differed; '' where there is no git. */
  commit: string;
  machine: MachineFacts;
  rounds: number;
  /** One-minute load average of the machine before the first round, and at the end of each. */
  load: { before: number; rounds: number[] };
}

export interface MachineFacts {
  processor: string;
  processors: number;
  memoryGiB: number;
  kernel: string;
  versions: Record<string, string>;
}
