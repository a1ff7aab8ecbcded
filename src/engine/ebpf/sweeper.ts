import {
  LOAD_SIZE,
  MEND_SIZE,
  SWEEP_SIZE,
  type SweepRecord,
  readLoadRecord,
  readSweepRecord,
  writeMendRecord,
  writeSweepRecord,
} from '../../kernel/abi.generated.ts';
import { testRun, testRunAsync } from '../../kernel/test-run.ts';
import { FAMILIES } from './layouts.ts';
import type { Programs } from './programs.ts';
import { type Tables, viewOf } from './tables.ts';

/** What one round over all shards has found. */
export interface Round {
  /** Connections that live on, and entries of the table in all. */
  connections: number;
  entries: number;
  expired: number;
  /** Destination indices that live connections point at. */
  used: ReadonlySet<number>;
}

/** A difference between counter and table, by destination index. */
type Drift = Record<(typeof COUNTED)[number], number>;

const COUNTED = ['active', 'inactive', 'persistent'] as const;
const NO_DRIFT: Drift = { active: 0, inactive: 0, persistent: 0 };

/**
 * Runs the sweep program over the connection table, shard by shard, and mends the load counters. A counter can only drift when two
 * processors end and move the same connection at once; a difference counts when two rounds in a row see it, since connections
 * come and go while a round runs.
 */
export class Sweeper {
  readonly #tables: Tables;
  readonly #programs: Pick<Programs, 'sweep' | 'sweepTemplates' | 'mend'>;
  #drifts = new Map<number, Drift>();
  /** What the last round has counted, and how many of the records in the map are nothing else. */
  #counted = viewOf(Buffer.alloc(0));
  #cleared = 0;
  #running: Promise<Round> | undefined;

  constructor(tables: Tables, programs: Pick<Programs, 'sweep' | 'sweepTemplates' | 'mend'>) {
    this.#tables = tables;
    this.#programs = programs;
  }

  /**
   * One round. A call during a round waits for that one and then runs its own.
   * @param end indices from here on are not in use
   * @param defend drop unfinished connections too, if drop_entry is on: once a second
   */
  async round(end: number, defend = false): Promise<Round> {
    while (this.#running !== undefined) await this.#running;
    this.#running = this.#round(end, defend);
    try {
      return await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  /** Resolves when no round is running. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #round(end: number, defend: boolean): Promise<Round> {
    const before = viewOf(this.#tables.maps.loads.range(end));
    this.#clearRecounts(end);
    const sum = { connections: 0, entries: 0, expired: 0 };
    for (const family of FAMILIES)
      for (let shard = 0; shard < this.#tables.shards[family].length; shard++) {
        const result = await this.#sweep(this.#programs.sweep[family], shard, defend);
        sum.connections += result.requests;
        sum.entries += result.requests + result.replies;
        sum.expired += result.expired;
      }
    await this.#sweep(this.#programs.sweepTemplates, 0, defend);
    return { ...sum, used: this.#mend(end, before) };
  }

  /** Writes over what the last round has counted, and what may be there from an earlier process. */
  #clearRecounts(end: number): void {
    const { recounts } = this.#tables.maps;
    const cleared = Math.min(this.#cleared, end);
    const busy = busyParts([this.#counted], cleared);
    for (const first of busy)
      recounts.setRange(first, NOTHING.subarray(0, Math.min(PART, cleared - first) * LOAD_SIZE));
    if (end > cleared) recounts.setRange(cleared, Buffer.alloc((end - cleared) * LOAD_SIZE));
    // Until it is known what the round has counted.
    this.#cleared = 0;
  }

  async #sweep(program: number, shard: number, defend: boolean): Promise<SweepRecord> {
    const context = Buffer.alloc(SWEEP_SIZE);
    writeSweepRecord(viewOf(context), {
      shard,
      defend: defend ? 1 : 0,
      now: 0,
      requests: 0,
      replies: 0,
      expired: 0,
      orphans: 0,
    });
    const { context: result } = await testRunAsync(program, { context });
    return readSweepRecord(viewOf(result));
  }

  #mend(end: number, atStart: DataView): Set<number> {
    const { loads, recounts } = this.#tables.maps;
    const live = viewOf(loads.range(end));
    const counted = viewOf(recounts.range(end));
    this.#counted = counted;
    this.#cleared = end;
    const busy = busyParts([atStart, live, counted], end);
    const drifts = new Map<number, Drift>();
    const used = new Set<number>();
    for (const index of indicesOf(busy, end)) {
      const load = readLoadRecord(live, index * LOAD_SIZE);
      const start = readLoadRecord(atStart, index * LOAD_SIZE);
      const found = readLoadRecord(counted, index * LOAD_SIZE);
      if (COUNTED.some((name) => found[name] + load[name] > 0)) used.add(index);
      const before = this.#drifts.get(index) ?? NO_DRIFT;
      const drift = eachOf((name) => driftOf(found[name], start[name], load[name]));
      if (isZero(drift)) continue;
      const lasting = eachOf((name) => common(before[name], drift[name]));
      if (!isZero(lasting)) this.mend(index, lasting);
      drifts.set(
        index,
        eachOf((name) => drift[name] - lasting[name]),
      );
    }
    this.#drifts = drifts;
    return used;
  }

  /** Adds a difference to the counters of a destination; its thresholds are judged anew in any case. */
  mend(index: number, drift: Drift = NO_DRIFT): void {
    const context = Buffer.alloc(MEND_SIZE);
    writeMendRecord(viewOf(context), { destination: index, ...drift });
    testRun(this.#programs.mend, { context });
  }
}

/** Records that are looked at together, in as many bytes. */
const PART = 256;
const NOTHING = Buffer.alloc(PART * LOAD_SIZE);

/** First indices of the parts of `end` records in which one of the arrays has something. */
function busyParts(arrays: readonly DataView[], end: number): number[] {
  const starts = Array.from({ length: Math.ceil(end / PART) }, (_, part) => part * PART);
  return starts.filter((first) => {
    const length = Math.min(PART, end - first) * LOAD_SIZE;
    return arrays.some(
      ({ buffer, byteOffset }) =>
        NOTHING.compare(new Uint8Array(buffer, byteOffset + first * LOAD_SIZE, length), 0, length, 0, length) !== 0,
    );
  });
}

function* indicesOf(parts: readonly number[], end: number): Generator<number> {
  for (const first of parts) for (let index = first; index < Math.min(first + PART, end); index++) yield index;
}

function eachOf(value: (name: (typeof COUNTED)[number]) => number): Drift {
  return { active: value('active'), inactive: value('inactive'), persistent: value('persistent') };
}

function isZero({ active, inactive, persistent }: Drift): boolean {
  return active === 0 && inactive === 0 && persistent === 0;
}

/**
 * How far a recount lies outside of what the counter showed while it was made: entries that come and go meanwhile are counted
 * or not, as it happens. The counters' 32 bits are signed here: one that has drifted may be below zero.
 */
export function driftOf(found: number, start: number, end: number): number {
  const [least, most] = [Math.min(start | 0, end | 0), Math.max(start | 0, end | 0)];
  return found - Math.min(Math.max(found, least), most);
}

/** The part of two differences that both have: the smaller one where they have the same sign, else 0. */
export function common(a: number, b: number): number {
  if (a > 0 && b > 0) return Math.min(a, b);
  return a < 0 && b < 0 ? Math.max(a, b) : 0;
}
