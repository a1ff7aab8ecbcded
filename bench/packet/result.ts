import type { Facts } from '../facts.ts';
import type { TargetResult } from '../target.ts';

/** What the suite `packet` writes. */
export interface PacketResult extends Facts {
  /** Packets of each single measurement: of established connections and of what passes, and of new ones. */
  packets: { established: number; fresh: number };
  rows: Row[];
  /** Measures that were left out, and why. */
  skipped: Record<string, string>;
  targets: TargetResult[];
}

export interface Row {
  measure: string;
  flows: number;
  /** Nanoseconds a packet, one a round, by contestant. */
  samples: Record<string, number[]>;
}

export const rowName = ({ measure, flows }: Pick<Row, 'measure' | 'flows'>): string => `${measure}/${flows}`;
