import { mkdirSync, rmSync } from 'node:fs';
import { visitNamespace } from '../../../kernel/visit-namespace.ts';
import { DEFAULT_TIMEOUTS } from '../../../lvs/operation.ts';
import { DEFAULT_SETTINGS } from '../../../lvs/settings.ts';
import type { Surroundings } from '../../../lvs/routing.ts';
import { type EbpfEngine, openEbpfEngine } from '../../ebpf/engine.ts';
import type { EngineLog } from '../../options.ts';
import { Bed } from './bed.ts';
import { bedFolder } from './left-overs.ts';
import { type Wire, wireOf } from './wire.ts';

export type PlayedHook = 'tc' | 'xdp';

const SILENT: EngineLog = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const CONNECTIONS = 1024;
/** Milliseconds, twice, after which nothing of an emptied table is left. */
const REST = 12 * 3600 * 1000;

/** The eBPF engine between two cables in namespaces of its own. */
export class Rig {
  readonly forwarding: EbpfEngine;
  readonly wire: Wire;
  readonly #bed: Bed;
  readonly runFolder: string;

  private constructor(bed: Bed, forwarding: EbpfEngine, runFolder: string, surroundings: Surroundings) {
    this.#bed = bed;
    this.forwarding = forwarding;
    this.runFolder = runFolder;
    this.wire = wireOf(bed, surroundings);
  }

  /** @throws WeirError what the machine lacks, with nothing left behind */
  static async build(surroundings: Surroundings, hook: PlayedHook): Promise<Rig> {
    const bed = await Bed.build(surroundings);
    const runFolder = bedFolder(bed.director);
    mkdirSync(runFolder, { mode: 0o700 });
    const interfaces = [...bed.cables.keys()];
    try {
      const forwarding = await visitNamespace(bed.director, () =>
        openEbpfEngine({ interfaces, hook, runFolder, connections: CONNECTIONS, log: SILENT }),
      );
      return new Rig(bed, forwarding, runFolder, surroundings);
    } catch (error) {
      await bed.remove();
      rmSync(runFolder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Does something in the director's network namespace. */
  async visit<T>(action: () => Promise<T>): Promise<T> {
    return await visitNamespace(this.#bed.director, action);
  }

  /**
   * Empties the table and lets time pass.
   * @returns false if something is left all the same
   */
  async rest(): Promise<boolean> {
    const { sources, marks } = await this.forwarding.table();
    await this.forwarding.commit([
      { do: 'flush' },
      ...marks.map(({ match }) => ({ do: 'delete-mark' as const, match })),
      ...sources.map(({ address }) => ({ do: 'delete-source' as const, address })),
      { do: 'set-settings', settings: DEFAULT_SETTINGS },
      { do: 'set-timeouts', timeouts: DEFAULT_TIMEOUTS },
    ]);
    // The first round ends the connections, the second forgets the real servers that they were to.
    for (let round = 0; round < 2; round++) {
      await this.forwarding.swept();
      this.forwarding.advanceClock(REST);
      await this.forwarding.sweep();
    }
    for await (const _ of this.forwarding.connections()) return false;
    return true;
  }

  async remove(): Promise<void> {
    try {
      await visitNamespace(this.#bed.director, () => this.forwarding.close({ keep: false }));
    } finally {
      await this.#bed.remove();
      rmSync(this.runFolder, { recursive: true, force: true });
    }
  }
}

/**
 * Rigs that rest between recordings: loading the programs takes longer than playing most of them. One that is taken behaves as a
 * new one, because everything that an engine keeps ends in time.
 */
export class RigPool {
  readonly #resting = new Map<string, Rig>();

  /** @throws WeirError what the machine lacks */
  async take(surroundings: Surroundings, hook: PlayedHook): Promise<Rig> {
    const key = keyOf(surroundings, hook);
    const rig = this.#resting.get(key);
    this.#resting.delete(key);
    return rig ?? (await Rig.build(surroundings, hook));
  }

  async giveBack(rig: Rig, surroundings: Surroundings, hook: PlayedHook): Promise<void> {
    const key = keyOf(surroundings, hook);
    if (this.#resting.has(key) || !(await rig.rest())) return await rig.remove();
    this.#resting.set(key, rig);
    const [oldest] = this.#resting;
    if (this.#resting.size <= MOST_RESTING || oldest === undefined) return;
    this.#resting.delete(oldest[0]);
    await oldest[1].remove();
  }

  async close(): Promise<void> {
    const rigs = [...this.#resting.values()];
    this.#resting.clear();
    for (const rig of rigs) await rig.remove();
  }
}

const MOST_RESTING = 8;

function keyOf(surroundings: Surroundings, hook: PlayedHook): string {
  return `${hook} ${JSON.stringify(surroundings)}`;
}
