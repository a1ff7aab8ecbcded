import { DESTINATION_FLAG, type DestinationRecord } from '../../../kernel/abi.generated.ts';
import type { OwnAddresses } from '../../../kernel/own-addresses.ts';
import type { DestinationRecords } from '../maps/destination-records.ts';
import { destinationOf, sourceOf } from '../maps/records.ts';

/** How a real server is reached: from which of this host's addresses, and whether it is this host itself. */
export type Way = Pick<DestinationRecord, 'source' | 'flags'>;

export interface ChangedWay {
  index: number;
  /** With the way that it has now. */
  record: DestinationRecord;
}

/** The ways to real servers, which the kernel knows and changes: it is asked for new ones at once, for the others from time to time. */
export class Ways {
  readonly #ownAddresses: OwnAddresses;
  /** Those that the kernel has been asked for during this change. */
  readonly #known = new Map<string, Way>();
  /** Indices of the destinations that are looked at next. */
  #looked: Iterator<number> | undefined;

  /** @param ownAddresses asked which address of this host leads to each real server */
  constructor(ownAddresses: OwnAddresses) {
    this.#ownAddresses = ownAddresses;
  }

  /** A change begins: the kernel's routes may be others now. */
  begin(): void {
    this.#known.clear();
  }

  /** @param past the destination's record, if it has one: the way of one that is in a list is known */
  to(address: string, past: DestinationRecord | undefined): Way {
    if (past !== undefined && isAvailable(past)) return { source: past.source, flags: past.flags };
    const known = this.#known.get(address) ?? this.#ask(address);
    this.#known.set(address, known);
    return known;
  }

  /** Asks anew for the next `most` destinations of the lists, since addresses and routes change. @returns those whose way is another now */
  changed(records: DestinationRecords, most: number): ChangedWay[] {
    const asked = new Map<string, Way>();
    return this.#next(records, most).flatMap((index) => {
      const record = records.get(index);
      if (record === undefined || !isAvailable(record)) return [];
      const { address } = destinationOf(record);
      const way = asked.get(address) ?? this.#ask(address);
      asked.set(address, way);
      return isSameWay(way, record) ? [] : [{ index, record: { ...record, ...way } }];
    });
  }

  /** The next `most` indices; fewer at the end, after which it begins again. */
  #next(records: DestinationRecords, most: number): number[] {
    const indices: number[] = [];
    this.#looked ??= records.keys();
    while (indices.length < most) {
      const next = this.#looked.next();
      if (next.done === true) {
        this.#looked = undefined;
        break;
      }
      indices.push(next.value);
    }
    return indices;
  }

  #ask(address: string): Way {
    return sourceOf(address, this.#ownAddresses.towards(address));
  }
}

function isAvailable({ flags }: DestinationRecord): boolean {
  return (flags & DESTINATION_FLAG.AVAILABLE) !== 0;
}

function isSameWay(one: Way, other: Way): boolean {
  return one.flags === other.flags && one.source.every((word, place) => word === other.source[place]);
}
