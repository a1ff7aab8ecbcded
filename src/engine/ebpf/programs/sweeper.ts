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
import { testRun, testRunAsync } from '../../../kernel/test-run.ts';
import { PART, type Part, giveWay, inParts } from '../maps/in-parts.ts';
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
  /** First indices of the parts in which the last round has counted something, and how many records in the map hold nothing else. */
  #counted = new Set<number>();
  #cleared = 0;
  #running: Promise<Round> | undefined;
  /** Load counters when the round began, a part each, and what a part is read to afterwards: the same memory again in each round. */
  readonly #atStart: Buffer[] = [];
  readonly #live = Buffer.alloc(PART * LOAD_SIZE);
  readonly #recounted = Buffer.alloc(PART * LOAD_SIZE);
  /** Programs and shards that had many entries the last time. */
  readonly #large = new Set<string>();
  #turn = 0;

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
    const { loads } = this.#tables.maps;
    for await (const { first, count } of inParts(end))
      this.#atStart[first / PART] = loads.part(first, count, this.#atStart[first / PART]);
    await this.#clearRecounts(end);
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

  /** Writes over what the last round has counted, and what may be there from an earlier process. */
  async #clearRecounts(end: number): Promise<void> {
    for await (const { first, count } of inParts(end))
      if (this.#counted.has(first) || first + count > this.#cleared)
        this.#tables.maps.recounts.setRange(first, NOTHING.subarray(0, count * LOAD_SIZE));
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
    if (performance.now() - this.#turn > TURN) {
      await giveWay();
      this.#turn = performance.now();
    }
    const key = `${program} ${shard}`;
    const { context: result } = this.#large.has(key)
      ? await testRunAsync(program, { context })
      : testRun(program, { context });
    const found = readSweepRecord(viewOf(result));
    if (found.requests + found.replies + found.expired > MANY) this.#large.add(key);
    else this.#large.delete(key);
    return found;
  }

  /** Compares counters and table. @returns the indices in use */
  async #mendAll(end: number): Promise<Set<number>> {
    const { loads, recounts } = this.#tables.maps;
    const drifts = new Map<number, Drift>();
    const used = new Set<number>();
    this.#counted.clear();
    for await (const part of inParts(end)) {
      const { first, count } = part;
      const start = this.#atStart[first / PART]!;
      const [live, counted] = [loads.part(first, count, this.#live), recounts.part(first, count, this.#recounted)];
      if (!isEmpty(counted)) this.#counted.add(first);
      if ([start, live, counted].every(isEmpty)) continue;
      this.#mendPart(part, { start: viewOf(start), live: viewOf(live), counted: viewOf(counted) }, used, drifts);
    }
    this.#cleared = end;
    this.#drifts = drifts;
    return used;
  }

  #mendPart({ first, count }: Part, views: LoadViews, used: Set<number>, drifts: Map<number, Drift>): void {
    for (let place = 0; place < count; place++) {
      const index = first + place;
      const load = readLoadRecord(views.live, place * LOAD_SIZE);
      const start = readLoadRecord(views.start, place * LOAD_SIZE);
      const found = readLoadRecord(views.counted, place * LOAD_SIZE);
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

/** Load counters of a part: when the round began, now, and as the round has counted them. */
interface LoadViews {
  start: DataView;
  live: DataView;
  counted: DataView;
}

const NOTHING = Buffer.alloc(PART * LOAD_SIZE);

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
