import type { Facts } from '../facts.ts';
import type { Summary } from '../statistics.ts';
import type { TargetResult } from '../target.ts';

/** What a run writes to bench/results; the report is made of it alone. */
export interface Result extends Facts {
  /** Of each single measurement. */
  seconds: number;
  sysctls: Record<string, Record<string, string>>;
  candidates: CandidateFacts[];
  measures: MeasureFacts[];
  targets: TargetResult[];
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
