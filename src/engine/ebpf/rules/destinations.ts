import { DESTINATION_FLAG, DESTINATION_SIZE, type DestinationRecord, METHOD } from '../../../kernel/abi.generated.ts';
import type { BpfMap } from '../../../kernel/bpf-map.ts';
import { type DestinationRecords, RecordRow } from '../maps/destination-records.ts';
import type { Family } from '../../../lvs/service.ts';
import { FAMILIES, LAYOUTS } from '../maps/layouts.ts';
import type { ChangedWay } from './ways.ts';

/** The map of destinations and what is known of it: only what is another now is written. */
export class Destinations {
  readonly #map: BpfMap;
  readonly #records: DestinationRecords;
  readonly #thresholds: (index: number) => void;
  /** Those of real servers that are the director itself, deleted ones that have connections too. */
  readonly #locals: Set<number>;
  /** Those of masqueraded real servers of each family, likewise. */
  readonly #masqueraded: Readonly<Record<Family, Set<number>>>;

  /** @param thresholds called with the index of one whose thresholds are others now */
  constructor(map: BpfMap, records: DestinationRecords, thresholds: (index: number) => void) {
    this.#map = map;
    this.#records = records;
    this.#thresholds = thresholds;
    const those = (are: (record: DestinationRecord) => boolean): Set<number> =>
      new Set([...records.keys()].filter((index) => are(records.get(index)!)));
    this.#locals = those(isLocal);
    this.#masqueraded = {
      inet: those((record) => isMasqueraded(record, 'inet')),
      inet6: those((record) => isMasqueraded(record, 'inet6')),
    };
  }

  /** Whether a real server is the director itself. */
  get hasLocal(): boolean {
    return this.#locals.size > 0;
  }

  /** Whether there are masqueraded real servers of a family. */
  hasMasqueraded(family: Family): boolean {
    return this.#masqueraded[family].size > 0;
  }

  /** Writes those records that have changed. @param row of all of them, in the order of the list */
  write(list: readonly number[], row: RecordRow): void {
    const known = this.#records;
    const changed: number[] = [];
    const judged: number[] = [];
    for (const [place, index] of list.entries()) {
      if (known.isSame(index, row, place)) continue;
      const [past, record] = [known.get(index), row.read(place)];
      if (past !== undefined && !haveSameThresholds(past, record)) judged.push(index);
      known.set(index, row, place);
      row.copy(changed.length, row, place);
      changed.push(index);
      put(this.#locals, index, isLocal(record));
      for (const family of FAMILIES) put(this.#masqueraded[family], index, isMasqueraded(record, family));
    }
    this.#map.setMany(changed, row.first(changed.length));
    for (const index of judged) this.#thresholds(index);
  }

  /** They are in no list any more. */
  markGone(indices: readonly number[]): void {
    const row = RecordRow.ofLength(indices.length);
    const present: number[] = [];
    for (const index of indices) {
      const record = this.#records.get(index);
      if (record === undefined || !(record.flags & DESTINATION_FLAG.AVAILABLE)) continue;
      row.write(present.length, { ...record, flags: record.flags & ~DESTINATION_FLAG.AVAILABLE });
      present.push(index);
    }
    this.write(present, row);
  }

  /** They are reached another way now. */
  reroute(changed: readonly ChangedWay[]): void {
    const row = RecordRow.ofLength(changed.length);
    for (const [place, { record }] of changed.entries()) row.write(place, record);
    this.write(
      changed.map(({ index }) => index),
      row,
    );
  }

  /** Clears the records of indices that nothing points at any more. */
  clear(indices: readonly number[]): void {
    for (const index of indices) {
      this.#map.set(index, Buffer.alloc(DESTINATION_SIZE));
      this.#locals.delete(index);
      for (const family of FAMILIES) this.#masqueraded[family].delete(index);
    }
  }
}

function isLocal({ flags }: Pick<DestinationRecord, 'flags'>): boolean {
  return (flags & DESTINATION_FLAG.LOCAL) !== 0;
}

function isMasqueraded(record: Pick<DestinationRecord, 'method' | 'family'>, family: Family): boolean {
  return record.method === METHOD.MASQUERADE && record.family === LAYOUTS[family].number;
}

function put(indices: Set<number>, index: number, belongs: boolean): void {
  if (belongs) indices.add(index);
  else indices.delete(index);
}

function haveSameThresholds(one: DestinationRecord, other: DestinationRecord): boolean {
  return one.upperThreshold === other.upperThreshold && one.lowerThreshold === other.lowerThreshold;
}
