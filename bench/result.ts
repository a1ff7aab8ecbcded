import type { Summary } from './statistics.ts';

/** What a run writes to bench/results; the report is made of it alone. */
export interface Result {
  /** When the run ended, ISO 8601. */
  date: string;
  /** The commit of Weir, with `+` where the working copy differed; '' where there is no git. */
  commit: string;
  machine: MachineFacts;
  rounds: number;
  /** Of each single measurement. */
  seconds: number;
  /** One-minute load average of the machine before the first round, and at the end of each. */
  load: { before: number; rounds: number[] };
  sysctls: Record<string, Record<string, string>>;
  candidates: CandidateFacts[];
  measures: MeasureFacts[];
  targets: TargetResult[];
}

export interface MachineFacts {
  processor: string;
  processors: number;
  memoryGiB: number;
  kernel: string;
  versions: Record<string, string>;
}

export interface CandidateFacts {
  name: string;
  title: string;
  setup: string;
  /** Why it took no part. */
  skipped?: string;
}

export interface MeasureFacts {
  name: string;
  title: string;
  unit: string;
  places: number;
  cpuPer: string;
  /** By name of candidate, for those that took part. */
  results: Record<string, CandidateResult>;
}

export interface CandidateResult {
  /** One a round. */
  samples: Sample[];
  /** Of the rates; absent where every run failed. */
  summary?: Summary;
  /** Median of CPU seconds of the whole machine for `cpuPer`; absent where every run failed. */
  cpu?: number;
  /** Median over the rounds of the quotient with another candidate, by its name: see `pairedRatio`. */
  ratios: Record<string, number>;
}

export interface Sample {
  /** Null if the run failed. */
  rate: number | null;
  cpu: number | null;
  /** What went wrong; '' if nothing. */
  errors: string;
}

export interface TargetResult {
  text: string;
  wanted: number;
  /** Absent where it could not be computed. */
  found?: number;
  /** Between these the middle half of the rounds lies: what the median is worth. */
  middle?: [number, number];
}
