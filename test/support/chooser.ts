import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EbpfEngine, openEbpfEngine } from '../../src/engine/ebpf/engine.ts';
import { addressWords } from '../../src/engine/ebpf/maps/layouts.ts';
import { objectPath } from '../../src/engine/ebpf/maps/object-path.ts';
import { destinationOf, serviceKeyRecord } from '../../src/engine/ebpf/maps/records.ts';
import { PIN_LAYOUT, TABLE_NAMES, readSettings, viewOf, writeSettings } from '../../src/engine/ebpf/maps/tables.ts';
import {
  CELL_SIZE,
  CHOICE_SIZE,
  LOAD_SIZE,
  SERVICE_KEY_SIZE,
  type ServiceRecord,
  readCellRecord,
  readChoiceRecord,
  readDestinationRecord,
  readLoadRecord,
  readServiceRecord,
  writeCellRecord,
  writeChoiceRecord,
  writeLoadRecord,
  writeServiceKeyRecord,
} from '../../src/kernel/abi.generated.ts';
import { BpfMap } from '../../src/kernel/bpf-map.ts';
import { type LoadedObject, loadObject } from '../../src/kernel/bpf-object.ts';
import { openPin } from '../../src/kernel/bpffs.ts';
import { testRun } from '../../src/kernel/test-run.ts';
import type { PacketFacts } from '../../src/lvs/schedulers/scheduler.ts';
import { type DestinationId, type ServiceMatch, endpointText, matchKey } from '../../src/lvs/service.ts';

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** The upper word says that `chance` is a state (bpf/schedule/chance.h). */
const EXPECTED = 1n << 32n;

export interface Load {
  active: number;
  inactive: number;
  overloaded: boolean;
}

/** What asking a scheduler many times has given. */
export interface Asked {
  /** Index of the destination chosen last, undefined if none was. */
  index: number | undefined;
  chosen: number;
  /** Nanoseconds for each time. */
  each: number;
}

/** An eBPF engine without interfaces, whose schedulers are asked directly. */
export class Chooser {
  readonly engine: EbpfEngine;
  readonly #folder: string;
  readonly #object: LoadedObject;
  readonly #maps: ReadonlyMap<string, BpfMap>;
  /** Of the service that was asked about last. */
  #indices: { epoch: number; list: ReadonlyMap<string, number> } = { epoch: 0, list: new Map() };

  private constructor(engine: EbpfEngine, folder: string) {
    this.engine = engine;
    this.#folder = folder;
    const pins = join(folder, 'bpf', PIN_LAYOUT, 'maps');
    this.#maps = new Map(TABLE_NAMES.map((name) => [name, new BpfMap(openPin(join(pins, name)), name)]));
    const reuse = new Map([...this.#maps].map(([name, { fd }]) => [name, fd]));
    this.#object = loadObject(objectPath('choose'), { reuse, sizes: new Map() });
  }

  static async open(folder = mkdtempSync(join(tmpdir(), 'weir-chooser-'))): Promise<Chooser> {
    const engine = await openEbpfEngine({
      interfaces: [],
      hook: 'tc',
      runFolder: folder,
      connections: 1024,
      log: SILENT,
    });
    return new Chooser(engine, folder);
  }

  /** Ends it; with `keep` as a director that is killed: another `open` with the folder it returns finds the tables. */
  async close({ keep = false } = {}): Promise<string> {
    this.#object.close();
    for (const map of this.#maps.values()) map.close();
    await this.engine.close({ keep });
    if (!keep) rmSync(this.#folder, { recursive: true, force: true });
    return this.#folder;
  }

  /** Asks the scheduler of a service `times` times for the same packet. */
  ask(match: ServiceMatch, { source, sourcePort, destination }: PacketFacts, times = 1): Asked {
    const context = Buffer.alloc(CHOICE_SIZE);
    writeChoiceRecord(viewOf(context), {
      ...serviceKeyRecord(match),
      source: addressWords(source),
      target: addressWords(destination),
      sourcePort,
      times,
      index: 0,
      chosen: 0,
      elapsed: 0n,
    });
    const { context: result } = testRun(this.#object.program('weir_choose'), { context });
    const { index, chosen, elapsed } = readChoiceRecord(viewOf(result));
    return { index: chosen > 0 ? index : undefined, chosen, each: Number(elapsed) / times };
  }

  /** Address and port of a destination by its index. */
  endpoint(index: number): DestinationId {
    return destinationOf(readDestinationRecord(viewOf(this.#map('destinations').at(index))));
  }

  /** Index of a destination of a service. */
  indexOf(match: ServiceMatch, { address, port }: DestinationId): number {
    const { epoch, slots, count } = this.#service(match);
    if (epoch !== this.#indices.epoch) {
      const list = Array.from({ length: count }, (_, i) =>
        this.#map('slots')
          .at(slots + i)
          .readUInt32LE(0),
      );
      this.#indices = { epoch, list: new Map(list.map((index) => [endpointText(this.endpoint(index)), index])) };
    }
    const index = this.#indices.list.get(endpointText({ address, port }));
    if (index === undefined) throw new Error(`no destination ${address}:${port}`);
    return index;
  }

  /** Sets what a destination has to do, and notes the change as the programs do. */
  setLoad(index: number, { active, inactive, overloaded }: Load): void {
    const value = Buffer.alloc(LOAD_SIZE);
    const before = readLoadRecord(viewOf(this.#map('loads').at(index)));
    writeLoadRecord(viewOf(value), { ...before, active, inactive, overloaded: Number(overloaded) });
    this.#map('loads').set(index, value);
    const { cell } = readDestinationRecord(viewOf(this.#map('destinations').at(index)));
    if (cell === 0) return;
    const noted = Buffer.alloc(CELL_SIZE);
    const { changes, best } = readCellRecord(viewOf(this.#map('cells').at(cell)));
    writeCellRecord(viewOf(noted), { changes: (changes + 1) >>> 0, best });
    this.#map('cells').set(cell, noted);
  }

  /** Takes every service away, with what is left of its destinations. */
  async clear(): Promise<void> {
    this.#map('loads').setRange(0, Buffer.alloc(this.#map('loads').maxEntries * LOAD_SIZE));
    await this.engine.commit([{ do: 'flush' }]);
    await this.engine.sweep();
  }

  /** The programs' random numbers are those of `expectedChance` with this seed from now on. */
  expectChance(seed: number): void {
    writeSettings(this.#map('settings'), { chance: EXPECTED | BigInt(seed >>> 0) });
  }

  /** Nanoseconds on the programs' clock. */
  now(): bigint {
    return process.hrtime.bigint() + readSettings(this.#map('settings')).clockAhead;
  }

  #service(match: ServiceMatch): ServiceRecord {
    const key = Buffer.alloc(SERVICE_KEY_SIZE);
    writeServiceKeyRecord(viewOf(key), serviceKeyRecord(match));
    const value = this.#map('services').lookup(key);
    if (value === undefined) throw new Error(`no service ${matchKey(match)}`);
    return readServiceRecord(viewOf(value));
  }

  #map(name: (typeof TABLE_NAMES)[number]): BpfMap {
    const map = this.#maps.get(name);
    if (map === undefined) throw new Error(`no map ${name}`);
    return map;
  }
}

/** Whole numbers from 0 to `below` - 1 as bpf/schedule/chance.h has them: mulberry32, scaled without rounding. */
export function expectedChance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return Number((BigInt((word ^ (word >>> 14)) >>> 0) * BigInt(below)) >> 32n);
  };
}
