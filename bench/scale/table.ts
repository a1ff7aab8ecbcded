import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type SweepRecord, readSweepRecord } from '../../src/kernel/abi.generated.ts';
import type { BpfMap } from '../../src/kernel/bpf-map.ts';
import { loadObject } from '../../src/kernel/bpf-object.ts';
import { testRun } from '../../src/kernel/test-run.ts';
import { openTables, TABLE_NAMES, viewOf } from '../../src/engine/ebpf/maps/tables.ts';
import { type Extent, sweepTask } from '../../src/engine/ebpf/programs/sweeper.ts';
import { threadSeconds } from '../cpu.ts';
import { benchObject, engineObject } from '../objects.ts';
import { median } from '../statistics.ts';
import type { Trio } from '../trio.ts';
import type { TableFacts } from './result.ts';

/** What goes through the connection table of a running director, a shard at a time. */
interface Passes {
  shards: readonly BpfMap[];
  sweep(shard: number): SweepRecord;
  /** The kernel's walk alone, with nothing done about an entry. */
  walk(shard: number): void;
}

/** The tables of a running director, with a sweeper of one's own. */
function withSweeper<T>({ folder }: Trio, body: (passes: Passes) => T): T {
  const tables = openTables(join(folder, 'bpf'), { connections: 0, services: 0, destinations: 0 });
  const reuse = new Map(TABLE_NAMES.map((name) => [name as string, tables.maps[name].fd]));
  const sweeper = loadObject(engineObject('sweep'), { reuse, sizes: new Map() });
  const extents = new Map<number, Extent>();
  const walker = loadObject(benchObject('walk'), { reuse, sizes: new Map() });
  try {
    return body({
      shards: tables.shards.inet,
      sweep: (shard) => {
        const { context } = testRun(sweeper.program('weir_sweep'), { context: sweepTask(shard, extents.get(shard)) });
        const found = readSweepRecord(viewOf(context));
        extents.set(shard, found);
        return found;
      },
      walk: (shard) => walk(walker.program('walk'), shard),
    });
  } finally {
    sweeper.close();
    walker.close();
    for (const map of [...Object.values(tables.maps), ...tables.shards.inet, ...tables.shards.inet6]) map.close();
  }
}

/** How many entries each connection has. */
export function measureEntries(trio: Trio): number {
  return withSweeper(trio, (passes) => {
    const swept = passes.shards.map((_, shard) => passes.sweep(shard));
    const [requests, replies] = [
      swept.reduce((sum, found) => sum + found.requests, 0),
      swept.reduce((sum, found) => sum + found.replies, 0),
    ];
    return (requests + replies) / requests;
  });
}

/** Measures the table of a running director: its memory, a sweep by the program, and reading all of it from user space. */
export function measureTable(trio: Trio, connections: number, rounds: number): TableFacts {
  return withSweeper(trio, (passes) => {
    const { shards } = passes;
    const memory = shards.reduce((sum, { fd }) => sum + memoryOf(fd), 0);
    const entries = shards.reduce((sum, { maxEntries }) => sum + maxEntries, 0);
    const facts: TableFacts = {
      connections,
      bytesAnEntry: memory / entries,
      sweep: [],
      walk: [],
      longest: 0,
      read: [],
    };
    const calls: number[][] = shards.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [shard, seconds] of calls.entries()) seconds.push(timed(() => void passes.sweep(shard)));
      facts.sweep.push(calls.reduce((sum, seconds) => sum + seconds[round]!, 0));
      facts.walk.push(timed(() => shards.forEach((_, shard) => passes.walk(shard))));
      facts.read.push(
        timed(() => {
          for (const shard of shards) for (const batch of shard.batches()) batch.count++;
        }),
      );
    }
    // Of each shard the median: interrupts come in between, now here, now there.
    facts.longest = Math.max(...calls.map(median));
    return facts;
  });
}

function walk(program: number, shard: number): void {
  const context = Buffer.alloc(4);
  context.writeUInt32LE(shard);
  testRun(program, { context });
}

/** Bytes of the kernel's memory that a map takes: `memlock` of proc(5), /proc/PID/fdinfo. */
function memoryOf(fd: number): number {
  return Number(/^memlock:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))?.[1] ?? 0);
}

function timed(work: () => void): number {
  const began = threadSeconds();
  work();
  return threadSeconds() - began;
}
