import {
  LOAD_SIZE,
  MEND_SIZE,
  SWEEP_SIZE,
  type SweepRecord,
  readLoadRecord,
  readSweepRecord,
  writeMendRecord,
  writeSweepRecord,
} from '../../../kernel/abi.generated.ts';
import { roundUp8 } from '../../../kernel/bpf-map.ts';
import { MappedArray } from '../../../kernel/mapped-array.ts';
import { testRun, testRunAsync } from '../../../kernel/test-run.ts';
import { PART, giveWay } from '../maps/in-parts.ts';
import { FAMILIES } from '../maps/layouts.ts';
import type { Programs } from './programs.ts';
import { type Tables, viewOf } from '../maps/tables.ts';

/** What one round over all shards has found. */
export interface Round {
  /** Connections that live on, and entries of the table in all. */
  connections: number;
  entries: number;
  expired: number;
  /** Destination indices that live connections point at. */
  used: ReadonlySet<number>;
}

/** A shard with more entries than this, the last time, is swept by another thread; with fewer, waiting for one takes longer than the sweep. */
const MANY = 2_000;

/** Milliseconds after which other work of the process gets its turn. */
const TURN = 1;

/** Bytes from one load to the next. */
const STRIDE = roundUp8(LOAD_SIZE);

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
  #running: Promise<Round> | undefined;
  /** Load counters as packets count them, as the sweep program has counted them anew, and as they were when the round began. */
  readonly #loads: MappedArray;
  readonly #recounts: MappedArray;
  #atStart = Buffer.alloc(0);
  /** Programs and shards that had many entries the last time. */
  readonly #large = new Set<string>();
  /** Where the entries of a shard lie in the kernel's memory, as the last round has found them, by program and shard. */
  readonly #extents = new Map<string, Extent>();
  #turn = 0;

  constructor(tables: Tables, programs: Pick<Programs, 'sweep' | 'sweepTemplates' | 'mend'>) {
    this.#tables = tables;
    this.#programs = programs;
    this.#loads = new MappedArray(tables.maps.loads);
    this.#recounts = new MappedArray(tables.maps.recounts);
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

  /** When no round is running: it lets go of the memory. */
  close(): void {
    this.#loads.close();
    this.#recounts.close();
  }

  async #round(end: number, defend: boolean): Promise<Round> {
    const loads = this.#loads.part(0, end);
    if (this.#atStart.length < loads.length) this.#atStart = Buffer.alloc(loads.length);
    loads.copy(this.#atStart);
    // What the last round has counted, and what may be there from an earlier process.
    this.#recounts.part(0, end).fill(0);
    const sum = { connections: 0, entries: 0, expired: 0 };
    for (const family of FAMILIES)
      for (let shard = 0; shard < this.#tables.shards[family].length; shard++) {
        const result = await this.#sweep(this.#programs.sweep[family], shard, defend);
        sum.connections += result.requests;
        sum.entries += result.requests + result.replies;
        sum.expired += result.expired;
      }
    for (let shard = 0; shard < this.#tables.templates.length; shard++)
      await this.#sweep(this.#programs.sweepTemplates, shard, defend);
    return { ...sum, used: await this.#mendAll(end) };
  }

  async #sweep(program: number, shard: number, defend: boolean): Promise<SweepRecord> {
    const key = `${program} ${shard}`;
    const context = sweepTask(shard, this.#extents.get(key), defend);
    await this.#pause();
    const { context: result } = this.#large.has(key)
      ? await testRunAsync(program, { context })
      : testRun(program, { context });
    const found = readSweepRecord(viewOf(result));
    this.#extents.set(key, found);
    if (found.requests + found.replies + found.expired > MANY) this.#large.add(key);
    else this.#large.delete(key);
    return found;
  }

  /** Between two pieces of the work: everything else has its turn, if it has waited for long. */
  async #pause(): Promise<void> {
    if (performance.now() - this.#turn <= TURN) return;
    await giveWay();
    this.#turn = performance.now();
  }

  /** Compares counters and table. @returns the indices in use */
  async #mendAll(end: number): Promise<Set<number>> {
    const drifts = new Map<number, Drift>();
    const used = new Set<number>();
    for (let first = 0; first < end; first += PART) {
      await this.#pause();
      const count = Math.min(PART, end - first);
      const parts = {
        start: this.#atStart.subarray(first * STRIDE, (first + count) * STRIDE),
        live: this.#loads.part(first, count),
        counted: this.#recounts.part(first, count),
      };
      if (Object.values(parts).every(isEmpty)) continue;
      const views = { start: viewOf(parts.start), live: viewOf(parts.live), counted: viewOf(parts.counted) };
      this.#mendPart(first, count, views, used, drifts);
    }
    this.#drifts = drifts;
    return used;
  }

  #mendPart(first: number, count: number, views: LoadViews, used: Set<number>, drifts: Map<number, Drift>): void {
    for (let place = 0; place < count; place++) {
      const index = first + place;
      const load = readLoadRecord(views.live, place * STRIDE);
      const start = readLoadRecord(views.start, place * STRIDE);
      const found = readLoadRecord(views.counted, place * STRIDE);
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
  }

  /** Adds a difference to the counters of a destination; its thresholds are judged anew in any case. */
  mend(index: number, drift: Drift = NO_DRIFT): void {
    const context = Buffer.alloc(MEND_SIZE);
    writeMendRecord(viewOf(context), { destination: index, ...drift });
    testRun(this.#programs.mend, { context });
  }
}

/** Addresses in the kernel's memory. */
export type Extent = Pick<SweepRecord, 'low' | 'high'>;

const NOWHERE: Extent = { low: 0n, high: 0n };

/** The argument of the sweep program (struct weir_sweep). @param extent as the last round over this shard has told it */
export function sweepTask(shard: number, extent = NOWHERE, defend = false): Buffer {
  const context = Buffer.alloc(SWEEP_SIZE);
  const { low, high } = extent;
  const answers = { now: 0, requests: 0, replies: 0, expired: 0, orphans: 0 };
  writeSweepRecord(viewOf(context), { shard, defend: defend ? 1 : 0, low, high, ...answers });
  return context;
}

/** Load counters of a part: when the round began, now, and as the round has counted them. */
interface LoadViews {
  start: DataView;
  live: DataView;
  counted: DataView;
}

const NOTHING = Buffer.alloc(PART * STRIDE);

function isEmpty(part: Buffer): boolean {
  return NOTHING.compare(part, 0, part.length, 0, part.length) === 0;
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
