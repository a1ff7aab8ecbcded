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
import type { Family } from '../../lvs/service.ts';
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
interface Drift {
  active: number;
  inactive: number;
}

/**
 * Runs the sweep program over the connection table, shard by shard, and mends the load counters. A counter can only drift when two
 * processors end and move the same connection at once; a difference counts when two rounds in a row see it, since connections
 * come and go while a round runs.
 */
export class Sweeper {
  readonly #tables: Tables;
  readonly #programs: Pick<Programs, 'sweep' | 'mend'>;
  #drifts = new Map<number, Drift>();
  #running: Promise<Round> | undefined;

  constructor(tables: Tables, programs: Pick<Programs, 'sweep' | 'mend'>) {
    this.#tables = tables;
    this.#programs = programs;
  }

  /** One round. A call during a round waits for that one and then runs its own. `end`: indices from here on are not in use. */
  async round(end: number): Promise<Round> {
    while (this.#running !== undefined) await this.#running;
    this.#running = this.#round(end);
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

  async #round(end: number): Promise<Round> {
    const { loads, recounts } = this.#tables.maps;
    const before = viewOf(loads.range(end));
    recounts.setRange(0, Buffer.alloc(end * LOAD_SIZE));
    const sum = { connections: 0, entries: 0, expired: 0 };
    for (const family of FAMILIES)
      for (let shard = 0; shard < this.#tables.shards[family].length; shard++) {
        const result = await this.#sweep(family, shard);
        sum.connections += result.requests;
        sum.entries += result.requests + result.replies;
        sum.expired += result.expired;
      }
    return { ...sum, used: this.#mend(end, before) };
  }

  async #sweep(family: Family, shard: number): Promise<SweepRecord> {
    const context = Buffer.alloc(SWEEP_SIZE);
    writeSweepRecord(viewOf(context), { shard, now: 0, requests: 0, replies: 0, expired: 0, orphans: 0 });
    const { context: result } = await testRunAsync(this.#programs.sweep[family], { context });
    return readSweepRecord(viewOf(result));
  }

  #mend(end: number, atStart: DataView): Set<number> {
    const { loads, recounts } = this.#tables.maps;
    const live = viewOf(loads.range(end));
    const counted = viewOf(recounts.range(end));
    const drifts = new Map<number, Drift>();
    const used = new Set<number>();
    for (let index = 0; index < end; index++) {
      const load = readLoadRecord(live, index * LOAD_SIZE);
      const start = readLoadRecord(atStart, index * LOAD_SIZE);
      const found = readLoadRecord(counted, index * LOAD_SIZE);
      if (found.active + found.inactive + load.active + load.inactive > 0) used.add(index);
      const drift = {
        active: driftOf(found.active, start.active, load.active),
        inactive: driftOf(found.inactive, start.inactive, load.inactive),
      };
      if (drift.active === 0 && drift.inactive === 0) continue;
      const before = this.#drifts.get(index) ?? { active: 0, inactive: 0 };
      const lasting = {
        active: common(before.active, drift.active),
        inactive: common(before.inactive, drift.inactive),
      };
      if (lasting.active !== 0 || lasting.inactive !== 0) this.#correct(index, lasting);
      drifts.set(index, { active: drift.active - lasting.active, inactive: drift.inactive - lasting.inactive });
    }
    this.#drifts = drifts;
    return used;
  }

  #correct(index: number, { active, inactive }: Drift): void {
    const context = Buffer.alloc(MEND_SIZE);
    writeMendRecord(viewOf(context), { destination: index, active, inactive });
    testRun(this.#programs.mend, { context });
  }
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
