import {
  CURSOR_SIZE,
  DESTINATION_FLAG,
  DESTINATION_SIZE,
  LOAD_SIZE,
  SERVICE_KEY_SIZE,
  SERVICE_SIZE,
  type DestinationRecord,
  type ServiceRecord,
  readCursorRecord,
  writeDestinationRecord,
  writeServiceKeyRecord,
  writeServiceRecord,
} from '../../kernel/abi.generated.ts';
import { WeirError } from '../../base/error.ts';
import type { OwnAddresses } from '../../kernel/own-addresses.ts';
import { type DestinationId, endpointText, familyOfMatch, type ServiceMatch } from '../../lvs/service.ts';
import type { TableService } from '../../lvs/table.ts';
import type { Block } from './arena.ts';
import { addressesOf, type Interest } from './interest.ts';
import { destinationOf, destinationRecord, serviceKeyRecord, serviceRecord, sourceOf } from './records.ts';
import type { Registry, ServiceEntry } from './registry.ts';
import { type Tables, ensureShards, viewOf } from './tables.ts';
import { type Turn, positionOf, startTurn, turnAt } from './turn.ts';

/** Called with a destination index or service id that begins to count for something new. */
export interface Baselines {
  service(id: number): void;
  destination(index: number): void;
  /** A destination's thresholds are others now. */
  thresholds(index: number): void;
}

/**
 * Writes services into the maps so that a packet sees one state or the other: destinations first, then the list, then the
 * service's value, which makes them count; only then what is no longer in the list is marked as gone.
 */
export class Publisher {
  readonly #tables: Tables;
  readonly #registry: Registry;
  readonly #baselines: Baselines;
  readonly #interest: Interest;
  readonly #ownAddresses: OwnAddresses;
  /** Destination indices whose way is looked at next. */
  #looked: number[] = [];

  /** @param ownAddresses asked which address of this host leads to each real server */
  constructor(
    tables: Tables,
    registry: Registry,
    interest: Interest,
    ownAddresses: OwnAddresses,
    baselines: Baselines,
  ) {
    this.#interest = interest;
    this.#ownAddresses = ownAddresses;
    this.#tables = tables;
    this.#registry = registry;
    this.#baselines = baselines;
  }

  /** Where the service's round robin stands at this moment. */
  turn(key: string, service: TableService): Turn {
    const entry = this.#registry.services.get(key);
    if (entry === undefined) return startTurn(service);
    const { record } = entry;
    const live = readCursorRecord(viewOf(this.#tables.maps.cursors.at(record.id)));
    const { position, currentWeight } = live.epoch === record.epoch ? live : record;
    return turnAt(position, { currentWeight, maxWeight: record.maxWeight, step: record.step }, service);
  }

  /** Publishes a service as the table has it now. `added`: rises with every service, for a service that is new. */
  publish(key: string, service: TableService, turn: Turn, added: number): void {
    const registry = this.#registry;
    if (familyOfMatch(service.match) === 'inet6') ensureShards(this.#tables);
    const before = registry.services.get(key);
    const id = before?.record.id ?? this.#newService();
    const list = this.#indices(service, before, id);
    const block = this.#writeList(list, before);
    const record: ServiceRecord = {
      ...serviceRecord(service),
      id,
      slots: block.first,
      count: list.length,
      table: 0,
      tableSize: 0,
      epoch: ((before?.record.epoch ?? 0) + 1) & 0xffff,
      position: positionOf(turn, service),
      currentWeight: turn.currentWeight,
      maxWeight: turn.maxWeight,
      step: turn.step,
      added: before?.record.added ?? added,
    };
    this.#interest.add(addressesOf(service.match, list, registry));
    const value = Buffer.alloc(SERVICE_SIZE);
    writeServiceRecord(viewOf(value), record);
    this.#tables.maps.services.update(this.#key(service.match), value);
    registry.services.set(key, { key, record, block, list });
    if (before === undefined) return;
    if (before.block !== block) registry.arena.release(before.block, performance.now());
    this.#discard(before, new Set(list));
  }

  /** Takes a service out: its packets go to the stack, its destinations to the trash. */
  retire(key: string, match: ServiceMatch): void {
    const entry = this.#registry.services.get(key);
    if (entry === undefined) return;
    this.#tables.maps.services.delete(this.#key(match));
    this.#registry.services.delete(key);
    this.#registry.arena.release(entry.block, performance.now());
    this.#discard(entry, new Set());
    this.#registry.releaseServiceId(entry.record.id);
  }

  /** How many indices that were never the destination's own the service would take, were it published now. */
  newDestinations(key: string, service: TableService): number {
    const known = new Set((this.#registry.services.get(key)?.list ?? []).map((index) => this.#endpoint(index)));
    return service.destinations.filter(
      (destination) => !known.has(endpointText(destination)) && !this.#registry.canRevive(service.match, destination),
    ).length;
  }

  /** Finishes what a process that was killed had begun: what is in no list is gone. */
  settle(): void {
    for (const { index } of this.#registry.trash.values()) this.#markGone(index);
  }

  /** Clears the records of indices that nothing points at any more. */
  clear(indices: readonly number[]): void {
    for (const index of indices) this.#tables.maps.destinations.set(index, Buffer.alloc(DESTINATION_SIZE));
  }

  /**
   * Asks anew which of this host's addresses leads to the next `most` destinations, since addresses and routes change, and writes what
   * is another now.
   */
  refreshSources(most: number): void {
    if (this.#looked.length === 0) this.#looked = [...this.#registry.records.keys()];
    for (const index of this.#looked.splice(0, most)) {
      const record = this.#registry.records.get(index);
      if (record === undefined || !(record.flags & DESTINATION_FLAG.AVAILABLE)) continue;
      const { address } = destinationOf(record);
      const { source, flags } = sourceOf(address, this.#ownAddresses.towards(address));
      if (flags === record.flags && source.every((word, place) => word === record.source[place])) continue;
      this.#writeDestination(index, { ...record, source, flags });
    }
  }

  #newService(): number {
    const id = this.#registry.takeServiceId();
    this.#tables.maps.cursors.set(id, Buffer.alloc(CURSOR_SIZE));
    this.#baselines.service(id);
    return id;
  }

  /** Indices of the service's destinations in the order of adding, their records written. */
  #indices(service: TableService, before: ServiceEntry | undefined, id: number): number[] {
    const known = new Map((before?.list ?? []).map((index) => [this.#endpoint(index), index]));
    return service.destinations.toReversed().map((destination) => {
      const index =
        known.get(endpointText(destination)) ?? this.#revive(service.match, destination, id) ?? this.#newDestination();
      const lastWeight = this.#registry.records.get(index)?.lastWeight ?? 0;
      const source = this.#ownAddresses.towards(destination.address);
      this.#writeDestination(index, destinationRecord(destination, { service: id, lastWeight, source }));
      return index;
    });
  }

  #endpoint(index: number): string {
    const record = this.#registry.records.get(index);
    if (record === undefined) throw new WeirError('INTERNAL', `destination ${index} is in a list but has no record`);
    return endpointText(destinationOf(record));
  }

  /** A destination that comes back to the service it was deleted from keeps its counters, as in the kernel. */
  #revive(match: ServiceMatch, destination: DestinationId, service: number): number | undefined {
    const index = this.#registry.revive(match, destination);
    if (index !== undefined && this.#registry.records.get(index)?.service !== service)
      this.#baselines.destination(index);
    return index;
  }

  #newDestination(): number {
    const index = this.#registry.destinationIndices.take();
    this.#tables.maps.loads.set(index, Buffer.alloc(LOAD_SIZE));
    this.#baselines.destination(index);
    return index;
  }

  #writeDestination(index: number, record: DestinationRecord): void {
    const value = Buffer.alloc(DESTINATION_SIZE);
    writeDestinationRecord(viewOf(value), record);
    const before = this.#registry.records.get(index);
    this.#tables.maps.destinations.set(index, value);
    this.#registry.records.set(index, record);
    if (before?.upperThreshold !== record.upperThreshold || before.lowerThreshold !== record.lowerThreshold)
      this.#baselines.thresholds(index);
  }

  #discard(entry: ServiceEntry, still: ReadonlySet<number>): void {
    for (const index of entry.list) {
      const record = this.#registry.records.get(index);
      if (still.has(index) || record === undefined) continue;
      this.#markGone(index);
      this.#registry.discard(entry.key, entry.record.id, destinationOf(record), index);
    }
  }

  #markGone(index: number): void {
    const record = this.#registry.records.get(index);
    if (record === undefined || !(record.flags & DESTINATION_FLAG.AVAILABLE)) return;
    this.#writeDestination(index, { ...record, flags: record.flags & ~DESTINATION_FLAG.AVAILABLE });
  }

  /** Writes the slots: behind the present list where it only grew and has room, else into a new block. */
  #writeList(list: readonly number[], before: ServiceEntry | undefined): Block {
    const grown =
      before !== undefined &&
      list.length <= before.block.capacity &&
      before.list.every((index, i) => list[i] === index);
    const block = grown ? before.block : this.#allocate(list.length);
    const from = grown ? before.list.length : 0;
    const values = Buffer.alloc((list.length - from) * 4);
    for (let i = from; i < list.length; i++) values.writeUInt32LE(list[i] ?? 0, (i - from) * 4);
    this.#tables.maps.slots.setRange(block.first + from, values);
    return block;
  }

  #allocate(length: number): Block {
    const { arena } = this.#registry;
    for (;;) {
      const now = performance.now();
      const block = arena.allocate(length, now);
      if (block !== undefined) return block;
      const wait = arena.nextWake(now);
      if (wait === undefined)
        throw new WeirError('ENGINE_FULL', `no room for a list of ${length} destinations`, {
          fix: 'see docs/limits.md for the sizes',
        });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait + 1);
    }
  }

  #key(match: ServiceMatch): Buffer {
    const key = Buffer.alloc(SERVICE_KEY_SIZE);
    writeServiceKeyRecord(viewOf(key), serviceKeyRecord(match));
    return key;
  }
}
