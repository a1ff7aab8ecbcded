import type { ServiceRecord } from '../../../kernel/abi.generated.ts';
import { endpointText, type DestinationId } from '../../../lvs/service.ts';
import { Arena, type Block } from './arena.ts';
import type { DestinationRecords } from './destination-records.ts';
import type { PageStore } from './page-store.ts';
import { IndexAllocator, type Taken } from './index-allocator.ts';
import { destinationOf } from './records.ts';

/** Milliseconds a block of slots or pages rests before it is used again: far longer than a packet is in the program. */
export const GRACE = 1000;

/** A service as the maps have it. */
export interface ServiceEntry {
  readonly key: string;
  readonly record: ServiceRecord;
  readonly block: Block;
  /** Destination indices in the order of adding, as the slots have them. */
  readonly list: readonly number[];
  /** Whose indices these are, in walk order, which is the other way round. */
  readonly walk: readonly DestinationId[];
  readonly table: PublishedTable | undefined;
}

/** The index of a service's destination by its endpoint. Quick, as long as those that stayed are asked for in the order of adding. */
export function finderOf({ list, walk }: ServiceEntry): (destination: DestinationId) => number | undefined {
  const at = (place: number): DestinationId | undefined => walk[walk.length - 1 - place];
  let next = 0;
  let all: Map<string, number> | undefined;
  return (destination) => {
    const expected = at(next);
    if (expected === undefined) return undefined;
    if (expected.port === destination.port && expected.address === destination.address) return list[next++];
    all ??= new Map(list.map((index, place) => [endpointText(at(place)!), index]));
    return all.get(endpointText(destination));
  };
}

/** The table of a hashing scheduler as it lies in its pages. */
export interface PublishedTable {
  readonly pages: Block;
  /** What it was made of; undefined: unknown, since an earlier process has made it. */
  readonly identity: string | undefined;
}

/** A destination index that is no longer in a list; connections may still point at it. */
export interface TrashEntry {
  index: number;
  service: number;
  /** Milliseconds at which it was first found without a connection. */
  idleSince?: number;
}

/**
 * Which index of the maps means what. Deleted destinations keep their index until no connection points at it, and get it back
 * when the same destination is added again (the kernel's trash).
 */
export class Registry {
  readonly services = new Map<string, ServiceEntry>();
  /** Records by index, of live destinations and of those in the trash. */
  readonly records: DestinationRecords;
  readonly trash = new Map<string, TrashEntry>();
  readonly serviceIds: IndexAllocator;
  /** How many use a service's id: the service itself, and its destinations in the trash, whose packets count under it. */
  readonly #idUsers = new Map<number, number>();
  readonly destinationIndices: IndexAllocator;
  readonly arena: Arena;
  readonly pages: PageStore;
  /** Destinations and schedulers ever started: numbers that are never the same twice. */
  generations: number;

  /** @param pristine true if the tables are new: nothing is in them but what is given here */
  constructor(
    sizes: { services: number; destinations: number; slots: number },
    entries: readonly ServiceEntry[],
    records: DestinationRecords,
    pages: PageStore,
    generations: number,
    pristine: boolean,
  ) {
    this.records = records;
    this.pages = pages;
    this.generations = generations;
    for (const { record } of entries) this.generations = Math.max(this.generations, record.incarnation);
    for (const index of records.keys())
      this.generations = Math.max(this.generations, records.get(index)?.generation ?? 0);
    for (const entry of entries) this.services.set(entry.key, entry);
    for (const { record } of entries) this.#useServiceId(record.id);
    this.#fillTrash(entries);
    this.serviceIds = new IndexAllocator(sizes.services, this.#idUsers.keys(), pristine);
    this.destinationIndices = new IndexAllocator(sizes.destinations, records.keys(), pristine);
    this.arena = new Arena(
      sizes.slots,
      GRACE,
      entries.map(({ block }) => block),
    );
  }

  /** Records that are in no list. Where their service still exists, they can be added to it again as what they were. */
  #fillTrash(entries: readonly ServiceEntry[]): void {
    const listed = new Set([
      ...entries.flatMap(({ list }) => list),
      ...Array.from(this.trash.values(), ({ index }) => index),
    ]);
    const keys = new Map(entries.map(({ key, record }) => [record.id, key]));
    for (const index of this.records.keys()) {
      const record = listed.has(index) ? undefined : this.records.get(index);
      if (record === undefined) continue;
      const serviceKey = keys.get(record.service);
      const key = serviceKey === undefined ? '' : trashKey(serviceKey, destinationOf(record));
      this.trash.set(key === '' || this.trash.has(key) ? `adopted ${index}` : key, { index, service: record.service });
      this.#useServiceId(record.service);
    }
  }

  /** Puts what is in no list, after a change that failed, into the trash. */
  discardStrays(): void {
    this.#fillTrash([...this.services.values()]);
  }

  /** Takes a destination out of the trash, undefined if it is not there. @param service the key of its service */
  revive(service: string, destination: DestinationId): TrashEntry | undefined {
    if (this.trash.size === 0) return undefined;
    const key = trashKey(service, destination);
    const entry = this.trash.get(key);
    if (entry === undefined) return undefined;
    this.trash.delete(key);
    this.releaseServiceId(entry.service);
    return entry;
  }

  /** True if a destination that is added to the service now gets its old index back. */
  canRevive(service: string, destination: DestinationId): boolean {
    return this.trash.size > 0 && this.trash.has(trashKey(service, destination));
  }

  /** Puts a destination into the trash. @param service the key of its service */
  discard(service: string, destination: DestinationId, entry: TrashEntry): void {
    this.trash.set(trashKey(service, destination), entry);
    this.#useServiceId(entry.service);
  }

  takeServiceId(): Taken {
    const taken = this.serviceIds.take();
    this.#useServiceId(taken.index);
    return taken;
  }

  /** Notes which trash entries are without a connection now. */
  noteIdle(isUnused: (index: number) => boolean, now: number): void {
    for (const entry of this.trash.values()) if (isUnused(entry.index)) entry.idleSince ??= now;
  }

  /** Forgets the trash entries that `isFree`; the indices that are free to be used again, and what was there. */
  emptyTrash(isFree: (entry: TrashEntry) => boolean): Map<number, DestinationId> {
    const freed = new Map<number, DestinationId>();
    for (const [key, entry] of this.trash) {
      const { index, service } = entry;
      if (!isFree(entry)) continue;
      const record = this.records.get(index);
      if (record !== undefined) freed.set(index, destinationOf(record));
      this.trash.delete(key);
      this.records.delete(index);
      this.destinationIndices.giveBack(index);
      this.releaseServiceId(service);
    }
    return freed;
  }

  /** One user less; without any, the id is free for another service. */
  releaseServiceId(id: number): void {
    const users = (this.#idUsers.get(id) ?? 0) - 1;
    if (users > 0) {
      this.#idUsers.set(id, users);
      return;
    }
    this.#idUsers.delete(id);
    this.serviceIds.giveBack(id);
  }

  #useServiceId(id: number): void {
    this.#idUsers.set(id, (this.#idUsers.get(id) ?? 0) + 1);
  }
}

function trashKey(serviceKey: string, destination: DestinationId): string {
  return `${serviceKey} ${endpointText(destination)}`;
}
