import type { DestinationId, ServiceMatch } from './service.ts';
import type { Signals } from './signals.ts';

/** Totals since the last zero; bytes are IP lengths (recorded in wire and in stats-large). */
export interface Counters {
  connections: bigint;
  inPackets: bigint;
  outPackets: bigint;
  inBytes: bigint;
  outBytes: bigint;
}

/** Per second, smoothed as the kernel's estimator does: every 2 s, average += (rate - average) / 4. */
export interface Rates {
  connections: number;
  inPackets: number;
  outPackets: number;
  inBytes: number;
  outBytes: number;
}

export interface DestinationStatistics {
  id: DestinationId;
  active: number;
  inactive: number;
  persistent: number;
  signals: Signals;
  counters: Counters;
  rates: Rates;
}

export interface ServiceStatistics {
  match: ServiceMatch;
  counters: Counters;
  rates: Rates;
  destinations: DestinationStatistics[];
}
