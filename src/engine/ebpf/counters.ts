import {
  COUNTERS_SIZE,
  type CountersRecord,
  readCountersRecord,
  writeCountersRecord,
} from '../../kernel/abi.generated.ts';
import { type BpfMap, possibleCpus } from '../../kernel/bpf-map.ts';
import { type Tally, countersSince, newTally } from '../../lvs/counters.ts';
import { type Estimator, newEstimator, ratesOf, stepEstimator, zeroEstimator } from '../../lvs/estimator.ts';
import type { Counters, Rates } from '../../lvs/statistics.ts';
import { viewOf } from './tables.ts';

/**
 * The counters of one kind (services or destinations): per-CPU totals that only rise, a base that zeroing moves, and the
 * 2-second estimator. Totals are kept as numbers: exact to 2^53, i.e. 9 petabytes.
 */
export class CounterSet {
  readonly #totals: BpfMap;
  readonly #bases: BpfMap;
  readonly #estimators = new Map<number, Estimator>();

  constructor(totals: BpfMap, bases: BpfMap) {
    this.#totals = totals;
    this.#bases = bases;
  }

  /** Counters since the last zeroing, by index, for the first `end` indices. */
  read(end: number): Tally[] {
    const width = possibleCpus();
    const view = viewOf(this.#totals.range(end));
    return Array.from({ length: end }, (_, index) => sum(view, index * width, width));
  }

  /** Counters since the last zeroing, and rates. `totals` comes from `read`. */
  shown(index: number, totals: Tally, bases: DataView): { counters: Counters; rates: Rates } {
    const base = readCountersRecord(bases, index * COUNTERS_SIZE);
    return {
      counters: countersSince(totals, tallyOf(base)),
      rates: ratesOf(this.#estimators.get(index) ?? newEstimator()),
    };
  }

  bases(end: number): DataView {
    return viewOf(this.#bases.range(end));
  }

  /** What is shown becomes zero; the totals go on underneath. */
  zero(index: number): void {
    const total = sum(viewOf(this.#totals.at(index)), 0, possibleCpus());
    const value = Buffer.alloc(COUNTERS_SIZE);
    writeCountersRecord(viewOf(value), recordOf(total));
    this.#bases.set(index, value);
    const estimator = newEstimator();
    zeroEstimator(estimator, total);
    this.#estimators.set(index, estimator);
  }

  /** One step of the estimator for the indices in use; others are forgotten. */
  estimate(indices: Iterable<number>, end: number): void {
    const totals = this.read(end);
    const used = new Set(indices);
    for (const index of this.#estimators.keys()) if (!used.has(index)) this.#estimators.delete(index);
    for (const index of used) {
      const tally = totals[index] ?? newTally();
      let estimator = this.#estimators.get(index);
      if (estimator === undefined) {
        estimator = newEstimator();
        zeroEstimator(estimator, tally);
        this.#estimators.set(index, estimator);
      }
      stepEstimator(estimator, tally);
    }
  }
}

function sum(view: DataView, first: number, count: number): Tally {
  const tally = newTally();
  for (let i = first; i < first + count; i++) {
    const record = readCountersRecord(view, i * COUNTERS_SIZE);
    tally.connections += Number(record.connections);
    tally.inPackets += Number(record.inPackets);
    tally.inBytes += Number(record.inBytes);
    tally.outPackets += Number(record.outPackets);
    tally.outBytes += Number(record.outBytes);
  }
  return tally;
}

function tallyOf(record: CountersRecord): Tally {
  return {
    connections: Number(record.connections),
    inPackets: Number(record.inPackets),
    inBytes: Number(record.inBytes),
    outPackets: Number(record.outPackets),
    outBytes: Number(record.outBytes),
  };
}

function recordOf(tally: Tally): CountersRecord {
  return {
    connections: BigInt(tally.connections),
    inPackets: BigInt(tally.inPackets),
    inBytes: BigInt(tally.inBytes),
    outPackets: BigInt(tally.outPackets),
    outBytes: BigInt(tally.outBytes),
  };
}
