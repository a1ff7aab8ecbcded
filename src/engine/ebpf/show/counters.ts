import {
  COUNTERS_SIZE,
  type CountersRecord,
  readCountersRecord,
  writeCountersRecord,
} from '../../../kernel/abi.generated.ts';
import { type BpfMap, possibleCpus } from '../../../kernel/bpf-map.ts';
import { type Tally, countersSince, newTally } from '../../../lvs/counters.ts';
import {
  type Estimator,
  isAtRest,
  newEstimator,
  ratesOf,
  stepEstimator,
  zeroEstimator,
} from '../../../lvs/estimator.ts';
import type { Counters, Rates } from '../../../lvs/statistics.ts';
import { PART, inParts } from '../maps/in-parts.ts';
import { viewOf } from '../maps/tables.ts';

/** What is known of a part of the indices. */
interface Known {
  /** The totals at the last step; those of indices that were not in use then are missing. */
  counted?: Buffer;
  /** Estimators of those that count, or have counted a moment ago; the rates of all others are 0. */
  moving: Map<number, Estimator>;
}

/**
 * The counters of one kind (services or destinations): per-CPU totals that only rise, a base that zeroing moves, and the
 * 2-second estimator. Totals are kept as numbers: exact to 2^53, i.e. 9 petabytes.
 */
export class CounterSet {
  readonly #totals: BpfMap;
  readonly #bases: BpfMap;
  readonly #known: Known[] = [];
  /** What was not read in the last step had counted nothing then. */
  #complete: boolean;
  /** Where the next totals are read to. */
  #spare: Buffer | undefined;

  /** @param pristine true if the maps are new, and nothing has counted yet */
  constructor(totals: BpfMap, bases: BpfMap, pristine: boolean) {
    this.#totals = totals;
    this.#bases = bases;
    this.#complete = pristine;
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
      rates: ratesOf(this.#partOf(index).moving.get(index) ?? newEstimator()),
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
    this.#partOf(index).moving.set(index, estimator);
  }

  /** One step of the estimator for the first `end` indices. It costs what has counted since the last, not what there is. */
  async estimate(end: number): Promise<void> {
    for await (const { first, count } of inParts(Math.max(end, this.#known.length * PART)))
      this.#estimatePart(first, Math.max(0, Math.min(count, end - first)));
    this.#complete = true;
  }

  #estimatePart(first: number, count: number): void {
    const width = possibleCpus();
    const known = this.#partOf(first);
    const { moving } = known;
    const now = this.#totals.part(first, count, this.#spare);
    const before = extended(known.counted ?? (this.#complete ? Buffer.alloc(0) : now), now.length);
    for (const place of changes(before, now, width * COUNTERS_SIZE)) {
      if (moving.has(first + place)) continue;
      const estimator = newEstimator();
      zeroEstimator(estimator, sum(viewOf(before), place * width, width));
      moving.set(first + place, estimator);
    }
    for (const [index, estimator] of moving) {
      const place = index - first;
      stepEstimator(estimator, place < count ? sum(viewOf(now), place * width, width) : estimator.last);
      if (isAtRest(estimator)) moving.delete(index);
    }
    this.#spare = known.counted;
    known.counted = now;
  }

  #partOf(index: number): Known {
    return (this.#known[Math.floor(index / PART)] ??= { moving: new Map() });
  }
}

/** What was not read the last time had counted nothing. */
function extended(bytes: Buffer, length: number): Buffer {
  if (bytes.length === 0) return nothing(length);
  return bytes.length >= length ? bytes : Buffer.concat([bytes], length);
}

let zeros = Buffer.alloc(0);

/** Bytes that are zero, and that nobody writes. */
function nothing(length: number): Buffer {
  if (zeros.length < length) zeros = Buffer.alloc(length);
  return zeros;
}

/** Indices of the records of `size` bytes that differ. */
function* changes(before: Buffer, now: Buffer, size: number): Generator<number> {
  const stride = size * CHUNK;
  for (let from = 0; from < now.length; from += stride) {
    const end = Math.min(from + stride, now.length);
    if (now.compare(before, from, end, from, end) === 0) continue;
    for (let at = from; at < end; at += size)
      if (now.compare(before, at, at + size, at, at + size) !== 0) yield at / size;
  }
}

/** Records that are compared at once. */
const CHUNK = 64;

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
