import type { Facts } from '../facts.ts';
import type { TargetResult } from '../target.ts';

/** What the suite `live` writes. */
export interface LiveResult extends Facts {
  /** Frames of each single measurement, and the connections they belong to. */
  packets: number;
  flows: number;
  candidates: { name: string; title: string; setup: string; skipped?: string }[];
  /** One a round, by name of candidate. */
  samples: Record<string, LiveSample[]>;
  targets: TargetResult[];
}

export interface LiveSample {
  sent: number;
  arrived: number;
  seconds: number;
  /** Processor time of everything on the way. */
  cpuSeconds: number;
}
