import { newTally, TALLY_FIELDS, type Tally } from './counters.ts';
import { newEstimator, zeroEstimator, type Estimator } from './estimator.ts';
import { newSignals, type Signals } from './signals.ts';
import type { Scheduler } from './schedulers/scheduler.ts';
import { familyOf, type Destination, type Family, type Service } from './service.ts';

/** Counts of one service or destination: totals, where they stood at the last zeroing, and rates. */
export interface Measured {
  readonly tally: Tally;
  readonly zero: Tally;
  readonly estimator: Estimator;
}

/** A destination as the running director keeps it. The same object lives on in the trash while connections point at it. */
export interface LiveDestination extends Measured {
  readonly address: string;
  readonly port: number;
  readonly family: Family;
  /** What the operator set last. */
  config: Destination;
  weight: number;
  /** The last weight that was not zero: `mh` keeps its table when a real server is quiesced. */
  lastWeight: number;
  /** The service it belongs or last belonged to. */
  service: LiveService;
  /** False once deleted. */
  available: boolean;
  /** Upper threshold reached, and not yet below the lower one again. */
  overloaded: boolean;
  active: number;
  inactive: number;
  /** Templates that point here. */
  persistent: number;
  signals: Signals;
  /**
   * Bytes that the route to it carried when it was last used, which tunnels tell clients; `told`: as an ICMP error had told, and others tell
   * since.
   */
  route?: { mtu: number; told: boolean };
}

export interface LiveService extends Measured {
  config: Service;
  readonly family: Family;
  scheduler: Scheduler<LiveDestination> | undefined;
  /** Walk order: last added first. */
  destinations: readonly LiveDestination[];
}

export function newMeasured(): Measured {
  return { tally: newTally(), zero: newTally(), estimator: newEstimator() };
}

/** Sets what is shown to zero; the totals go on underneath. */
export function zeroMeasured({ tally, zero, estimator }: Measured): void {
  for (const field of TALLY_FIELDS) zero[field] = tally[field];
  zeroEstimator(estimator, tally);
}

/** Of a destination what it has noticed, too. */
export function zeroDestination(destination: LiveDestination): void {
  zeroMeasured(destination);
  destination.signals = newSignals();
}

export function newLiveDestination(config: Destination, service: LiveService): LiveDestination {
  return {
    ...newMeasured(),
    address: config.address,
    port: config.port,
    family: familyOf(config.address),
    config,
    weight: config.weight,
    lastWeight: config.weight,
    service,
    available: true,
    overloaded: false,
    active: 0,
    inactive: 0,
    persistent: 0,
    signals: newSignals(),
  };
}
