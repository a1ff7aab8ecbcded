import {
  CURSOR_SIZE,
  LOAD_SIZE,
  SERVICE_KEY_SIZE,
  SERVICE_SIZE,
  type ServiceRecord,
  readCursorRecord,
  writeServiceKeyRecord,
  writeServiceRecord,
} from '../../../kernel/abi.generated.ts';
import type { OwnAddresses } from '../../../kernel/own-addresses.ts';
import {
  endpointText,
  familyOfMatch,
  type DestinationId,
  type Family,
  type ServiceMatch,
} from '../../../lvs/service.ts';
import type { TableService } from '../../../lvs/table.ts';
import type { Block } from '../maps/arena.ts';
import { nanosecondsNow } from '../maps/clock.ts';
import { RecordRow } from '../maps/destination-records.ts';
import { NO_PAGE } from '../maps/page-store.ts';
import { Claim } from './claim.ts';
import { Destinations } from './destinations.ts';
import { blockFor, cellOf, emptyCells, hasCells, writeLists } from './lists.ts';
import type { Publication } from './plan.ts';
import { destinationRecord, serviceKeyRecord, serviceRecord } from '../maps/records.ts';
import { type PublishedTable, type Registry, type ServiceEntry, finderOf } from '../maps/registry.ts';
import { programScheduler, schedulerNameOf } from '../maps/schedulers.ts';
import { type Tables, ensureShards, readSettings, viewOf } from '../maps/tables.ts';
import { type Turn, positionOf, startTurn, turnAt } from './turn.ts';
import { Ways } from './ways.ts';

/** Called with a service id or destination index under which something else may have counted, and that is something new now. */
export interface Baselines {
  service(id: number): void;
  destination(index: number): void;
  /** A destination's thresholds are others now. */
  thresholds(index: number): void;
}

/** A service to be published. `added`: rises with every service, for one that is new. */
export interface News {
  key: string;
  service: TableService;
  publication: Omit<Publication, 'match'>;
  added: number;
}

/** A service as it is going to be in the maps. */
interface Draft {
  match: ServiceMatch;
  before: ServiceEntry | undefined;
  entry: ServiceEntry;
}

/** Services that are written together. */
const AT_ONCE = 256;

/**
 * Writes services into the maps so that a packet sees one state or the other: destinations first, then the list, then the
 * service's value, which makes them count; only then what is no longer in the list is marked as gone.
 */
export class Publisher {
  readonly #tables: Tables;
  readonly #registry: Registry;
  readonly #baselines: Baselines;
  readonly #ways: Ways;
  readonly #destinations: Destinations;
  /** How far the programs' clock is ahead, read once for this change. */
  #clockAhead: bigint | undefined;

  /** @param ownAddresses asked which address of this host leads to each real server */
  constructor(tables: Tables, registry: Registry, ownAddresses: OwnAddresses, baselines: Baselines) {
    this.#tables = tables;
    this.#registry = registry;
    this.#baselines = baselines;
    this.#ways = new Ways(ownAddresses);
    this.#destinations = new Destinations(tables.maps.destinations, registry.records, (index) =>
      baselines.thresholds(index),
    );
  }

  /** Whether a real server is the director itself. */
  get hasLocalServers(): boolean {
    return this.#destinations.hasLocal;
  }

  /** Whether there are masqueraded real servers of a family. */
  hasMasqueradedServers(family: Family): boolean {
    return this.#destinations.hasMasqueraded(family);
  }

  /** A change begins: the kernel's routes may be others now, and the clock. */
  begin(): void {
    this.#ways.begin();
    this.#clockAhead = undefined;
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

  /**
   * Publishes services as the table has them now, some hundred at a time: for the kernel a call costs more than what it writes.
   * @throws WeirError ENGINE_FULL, KERNEL_CALL_FAILED; then the maps may have some of it: what is there anew can be retired, all else
   * published again
   */
  publish(news: readonly News[]): void {
    for (let first = 0; first < news.length; first += AT_ONCE) this.#publishPart(news.slice(first, first + AT_ONCE));
  }

  #publishPart(news: readonly News[]): void {
    const length = news.reduce((sum, { service }) => sum + service.destinations.length, 0);
    const row = RecordRow.ofLength(length);
    const drafts = this.#draftAll(news, row);
    try {
      this.#destinations.write(
        drafts.flatMap(({ entry }) => entry.list),
        row,
      );
      writeLists(this.#tables, drafts);
      this.#writeServices(drafts);
    } catch (error) {
      for (const draft of drafts) this.#giveUp(draft);
      throw error;
    }
    for (const draft of drafts) this.#settleIn(draft);
  }

  /** If one of them fails, none has taken anything. @param row for the records of all of their destinations */
  #draftAll(news: readonly News[], row: RecordRow): Draft[] {
    const claims: Claim[] = [];
    let place = 0;
    try {
      return news.map((one) => {
        const claim = new Claim(this.#registry);
        claims.push(claim);
        const draft = this.#draft(one, claim, row, place);
        place += draft.entry.list.length;
        return draft;
      });
    } catch (error) {
      for (const claim of claims) claim.giveBack();
      throw error;
    }
  }

  /** Everything of a service that is written before packets see it, or with it; what belongs to nobody else yet is in the maps already. */
  #draft(
    { key, service, publication: { turn, weights }, added }: News,
    claim: Claim,
    row: RecordRow,
    place: number,
  ): Draft {
    const registry = this.#registry;
    if (familyOfMatch(service.match) === 'inet6') ensureShards(this.#tables);
    const before = registry.services.get(key);
    const id = before?.record.id ?? this.#newService(claim);
    const destinations = service.destinations.toReversed();
    const indexOf = before && finderOf(before);
    const list = destinations.map(
      (destination) =>
        indexOf?.(destination) ?? this.#revive(claim, key, destination, id) ?? this.#newDestination(claim),
    );
    const block = blockFor(list, before, claim, registry);
    const cells = hasCells(service.scheduler, block);
    this.#prepareCells(service, before, block, cells);
    for (const [i, destination] of destinations.entries()) {
      const past = registry.records.get(list[i] ?? 0);
      const { source, flags } = this.#ways.to(destination.address, past);
      const state = {
        source,
        flags,
        service: id,
        generation: past?.generation ?? ++registry.generations,
        cell: cells ? cellOf(block, i) : 0,
        lastWeight: destination.weight || weights?.get(endpointText(destination)) || (past?.lastWeight ?? 0),
      };
      row.write(place + i, destinationRecord(destination, state));
    }
    const table = this.#prepareTable(service, row, place, before, claim);
    const configured = serviceRecord(service);
    const { incarnation, started } = this.#start(turn, before);
    // Every field by its name: objects that are put together of others take seven times the memory.
    const record: ServiceRecord = {
      id,
      slots: block.first,
      count: list.length,
      table: table?.pages.first ?? NO_PAGE,
      scheduler: configured.scheduler,
      schedulerFlags: configured.schedulerFlags,
      flags: configured.flags,
      epoch: ((before?.record.epoch ?? 0) % 0xffff) + 1,
      position: positionOf(turn, service),
      currentWeight: turn.currentWeight,
      maxWeight: turn.maxWeight,
      step: turn.step,
      added: before?.record.added ?? added,
      persistence: configured.persistence,
      netmask: configured.netmask,
      incarnation,
      started,
    };
    return {
      match: service.match,
      before,
      entry: { key, record, block, list, walk: service.destinations, table },
    };
  }

  /** Packets see the service as it is drafted: what was there before it goes. */
  #settleIn({ before, entry }: Draft): void {
    const { arena, pages, services } = this.#registry;
    services.set(entry.key, entry);
    if (before === undefined) return;
    if (before.block !== entry.block) arena.release(before.block, performance.now());
    if (before.table !== undefined && before.table !== entry.table) pages.release(before.table.pages);
    this.#discard(before, new Set(entry.list));
  }

  /** It has not come to that, or not for certain. A service that is new may be there all the same, until it is retired. */
  #giveUp({ before, entry }: Draft): void {
    const { arena, pages, services } = this.#registry;
    if (before === undefined) {
      services.set(entry.key, entry);
      return;
    }
    if (before.block !== entry.block) arena.release(entry.block, performance.now());
    if (entry.table !== undefined && before.table !== entry.table) pages.release(entry.table.pages);
  }

  /** Takes a service out: its packets go to the stack, its destinations to the trash. */
  retire(key: string, match: ServiceMatch): void {
    const entry = this.#registry.services.get(key);
    if (entry === undefined) return;
    this.#tables.maps.services.delete(this.#key(match));
    this.#registry.services.delete(key);
    this.#registry.arena.release(entry.block, performance.now());
    if (entry.table !== undefined) this.#registry.pages.release(entry.table.pages);
    this.#discard(entry, new Set());
    this.#registry.releaseServiceId(entry.record.id);
  }

  /** Finishes what a process that was killed had begun: what is in no list is gone. */
  settle(): void {
    this.#destinations.markGone(Array.from(this.#registry.trash.values(), ({ index }) => index));
  }

  /** Clears the records of indices that nothing points at any more. */
  clear(indices: readonly number[]): void {
    this.#destinations.clear(indices);
  }

  /** Asks anew how the next `most` destinations are reached, since addresses and routes change, and writes what is another now. */
  refreshSources(most: number): void {
    this.#destinations.reroute(this.#ways.changed(this.#registry.records, most));
  }

  #newService(claim: Claim): number {
    const { index: id, used } = claim.takeServiceId();
    if (!used) return id;
    this.#tables.maps.cursors.set(id, Buffer.alloc(CURSOR_SIZE));
    this.#baselines.service(id);
    return id;
  }

  /** When the service's scheduler has started, and the number of that start. */
  #start(turn: Turn, before: ServiceEntry | undefined): Pick<ServiceRecord, 'incarnation' | 'started'> {
    if (before !== undefined && !turn.starts) {
      const { incarnation, started } = before.record;
      return { incarnation, started };
    }
    this.#clockAhead ??= readSettings(this.#tables.maps.settings).clockAhead;
    return { incarnation: ++this.#registry.generations, started: nanosecondsNow(this.#clockAhead) };
  }

  /** A destination that comes back to the service it was deleted from keeps its counters, as in the kernel. */
  #revive(claim: Claim, key: string, destination: DestinationId, service: number): number | undefined {
    const index = claim.revive(key, destination);
    if (index !== undefined && this.#registry.records.get(index)?.service !== service)
      this.#baselines.destination(index);
    return index;
  }

  #newDestination(claim: Claim): number {
    const { index, used } = claim.takeDestination();
    if (!used) return index;
    this.#tables.maps.loads.set(index, Buffer.alloc(LOAD_SIZE));
    this.#baselines.destination(index);
    return index;
  }

  #discard({ key, record, list, walk }: ServiceEntry, still: ReadonlySet<number>): void {
    const gone = list.flatMap((index, place) =>
      still.has(index) ? [] : [{ index, destination: walk[walk.length - 1 - place]! }],
    );
    this.#destinations.markGone(gone.map(({ index }) => index));
    for (const { index, destination } of gone) this.#registry.discard(key, destination, { index, service: record.id });
  }

  #writeServices(drafts: readonly Draft[]): void {
    const keys = Buffer.alloc(drafts.length * SERVICE_KEY_SIZE);
    const values = Buffer.alloc(drafts.length * SERVICE_SIZE);
    for (const [i, { match, entry }] of drafts.entries()) {
      writeServiceKeyRecord(viewOf(keys), serviceKeyRecord(match), i * SERVICE_KEY_SIZE);
      writeServiceRecord(viewOf(values), entry.record, i * SERVICE_SIZE);
    }
    this.#tables.maps.services.updateMany(keys, values);
  }

  /**
   * Empties the cells of a list that has got them now. Where destinations are going to note their load in others than packets
   * look at, packets go without cells (epoch 0) until the service is published.
   */
  #prepareCells({ match }: TableService, before: ServiceEntry | undefined, block: Block, cells: boolean): void {
    const had = before !== undefined && hasCells(schedulerNameOf(before.record.scheduler), before.block);
    const same = had && cells && before.block === block;
    if (had && !same) this.#writeService(match, { ...before.record, epoch: 0 });
    if (cells && !same) emptyCells(this.#tables, block);
  }

  /** The table of a hashing scheduler: the one there is, if what it is made of has not changed. @param place of its records in the row */
  #prepareTable(
    { match, scheduler, destinations }: TableService,
    row: RecordRow,
    place: number,
    before: ServiceEntry | undefined,
    claim: Claim,
  ): PublishedTable | undefined {
    const prepared = programScheduler(scheduler).table;
    if (prepared === undefined) return undefined;
    const last = place + destinations.length - 1;
    const inputs = destinations.map((destination, i) => ({
      ...destination,
      lastWeight: row.read(last - i).lastWeight,
    }));
    const identity = [scheduler, ...inputs.map((input) => prepared.identity(input))].join('\n');
    if (before?.table?.identity === identity) return before.table;
    const places = prepared.build(inputs, familyOfMatch(match));
    return places.length === 0 ? undefined : claim.takeTable({ pages: this.#registry.pages.write(places), identity });
  }

  #writeService(match: ServiceMatch, record: ServiceRecord): void {
    this.#tables.maps.services.update(this.#key(match), encoded(SERVICE_SIZE, writeServiceRecord, record));
  }

  #key(match: ServiceMatch): Buffer {
    return encoded(SERVICE_KEY_SIZE, writeServiceKeyRecord, serviceKeyRecord(match));
  }
}

function encoded<R>(size: number, write: (view: DataView, record: R) => void, record: R): Buffer {
  const buffer = Buffer.alloc(size);
  write(viewOf(buffer), record);
  return buffer;
}
