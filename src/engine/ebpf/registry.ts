import type { DestinationRecord, ServiceRecord } from '../../kernel/abi.generated.ts';
import { matchKey, endpointText, type DestinationId, type ServiceMatch } from '../../lvs/service.ts';
import { Arena, type Block } from './arena.ts';
import { IndexAllocator } from './index-allocator.ts';

/** Milliseconds a block of slots rests before it is used again: far longer than a packet is in the program. */
const GRACE = 1000;

/** A service as the maps have it. */
export interface ServiceEntry {
  readonly key: string;
  readonly record: ServiceRecord;
  readonly block: Block;
  /** Destination indices in the order of adding, as the slots have them. */
  readonly list: readonly number[];
}

/** A destination index that is no longer in a list; connections may still point at it. */
export interface TrashEntry {
  index: number;
  service: number;
}

/**
 * Which index of the maps means what. Deleted destinations keep their index until no connection points at it, and get it back
 * when the same destination is added again (the kernel's trash).
 */
export class Registry {
  readonly services = new Map<string, ServiceEntry>();
  /** Records by index, of live destinations and of those in the trash. */
  readonly records = new Map<number, DestinationRecord>();
  readonly trash = new Map<string, TrashEntry>();
  readonly serviceIds: IndexAllocator;
  readonly destinationIndices: IndexAllocator;
  readonly arena: Arena;

  constructor(
    sizes: { services: number; destinations: number; slots: number },
    entries: readonly ServiceEntry[],
    records: ReadonlyMap<number, DestinationRecord>,
  ) {
    for (const entry of entries) this.services.set(entry.key, entry);
    for (const [index, record] of records) this.records.set(index, record);
    const listed = new Set(entries.flatMap(({ list }) => list));
    for (const [index, { service }] of records)
      if (!listed.has(index)) this.trash.set(`adopted ${index}`, { index, service });
    this.serviceIds = new IndexAllocator(sizes.services, [
      ...entries.map(({ record }) => record.id),
      ...[...this.trash.values()].map(({ service }) => service),
    ]);
    this.destinationIndices = new IndexAllocator(sizes.destinations, records.keys());
    this.arena = new Arena(
      sizes.slots,
      GRACE,
      Math.max(0, ...entries.map(({ block }) => block.first + block.capacity)),
    );
  }

  /** Takes the index of a destination out of the trash, undefined if it is not there. */
  revive(match: ServiceMatch, destination: DestinationId): number | undefined {
    const key = trashKey(matchKey(match), destination);
    const entry = this.trash.get(key);
    this.trash.delete(key);
    return entry?.index;
  }

  discard(serviceKey: string, service: number, destination: DestinationId, index: number): void {
    this.trash.set(trashKey(serviceKey, destination), { index, service });
  }

  /** Forgets the trash entries whose index `isFree`; the indices that are free to be used again. */
  emptyTrash(isFree: (index: number) => boolean): number[] {
    const freed: number[] = [];
    for (const [key, { index, service }] of this.trash) {
      if (!isFree(index)) continue;
      this.trash.delete(key);
      this.records.delete(index);
      this.destinationIndices.giveBack(index);
      freed.push(index);
      this.releaseServiceId(service);
    }
    return freed;
  }

  /** Frees a service's id once neither a service nor trash uses it: replies of deleted destinations are counted under it. */
  releaseServiceId(id: number): void {
    for (const { record } of this.services.values()) if (record.id === id) return;
    for (const { service } of this.trash.values()) if (service === id) return;
    this.serviceIds.giveBack(id);
  }
}

function trashKey(serviceKey: string, destination: DestinationId): string {
  return `${serviceKey} ${endpointText(destination)}`;
}
