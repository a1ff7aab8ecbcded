import {
  DESTINATION_FLAG,
  SERVICE_KEY_SIZE,
  SERVICE_SIZE,
  type ServiceRecord,
  readServiceKeyRecord,
  readServiceRecord,
} from '../../../kernel/abi.generated.ts';
import { matchKey } from '../../../lvs/service.ts';
import type { Vip } from '../../../lvs/vip.ts';
import { emptyTable, type Table, type TableService } from '../../../lvs/table.ts';
import { blockCapacity } from '../maps/arena.ts';
import { DestinationRecords, RecordRow } from '../maps/destination-records.ts';
import { readMarks } from './marks.ts';
import { NO_PAGE, PageStore, pagesOf } from '../maps/page-store.ts';
import { destinationOf, matchOf, serviceOf } from '../maps/records.ts';
import { GRACE, type PublishedTable, Registry, type ServiceEntry } from '../maps/registry.ts';
import { readSources } from './sources.ts';
import { settingsOf } from '../maps/settings-record.ts';
import { programScheduler, schedulerNameOf } from '../maps/schedulers.ts';
import { type Tables, readSettings, viewOf } from '../maps/tables.ts';
import { timeoutsOf } from './timeouts.ts';

/**
 * The table and the registry, read back from the maps: they are the truth, as the kernel's own tables are IPVS's.
 * @param vips the director's own, which are in no map
 */
export function readBack(tables: Tables, vips: readonly Vip[]): { table: Table; registry: Registry } {
  const { maps } = tables;
  const settings = readSettings(maps.settings);
  const records = readDestinations(tables);
  const slots = viewOf(maps.slots.range(tables.fresh ? 0 : maps.slots.maxEntries));
  const found: { entry: ServiceEntry; service: TableService }[] = [];
  for (const { count, keys, values } of maps.services.batches()) {
    for (let i = 0; i < count; i++) {
      const match = matchOf(readServiceKeyRecord(viewOf(keys), i * SERVICE_KEY_SIZE));
      const record = readServiceRecord(viewOf(values), i * SERVICE_SIZE);
      const list = Array.from({ length: record.count }, (_, slot) =>
        slots.getUint32((record.slots + slot) * 4, true),
      ).filter((index) => records.has(index));
      const destinations = list.toReversed().map((index) => destinationOf(records.get(index)!));
      found.push({
        entry: {
          key: matchKey(match),
          record,
          block: { first: record.slots, capacity: blockCapacity(record.count) },
          list,
          walk: destinations,
          table: publishedTable(record),
        },
        service: { ...serviceOf(match, record), destinations },
      });
    }
  }
  found.sort((a, b) => a.entry.record.added - b.entry.record.added);
  return {
    table: {
      ...emptyTable(),
      version: settings.version,
      services: found.map(({ service }) => service),
      timeouts: timeoutsOf(settings),
      settings: settingsOf(settings),
      marks: readMarks(maps.marks),
      sources: readSources(tables),
      vips,
    },
    registry: new Registry(
      { services: maps.cursors.maxEntries, destinations: maps.destinations.maxEntries, slots: maps.slots.maxEntries },
      found.map(({ entry }) => entry),
      records,
      new PageStore(
        maps.tables,
        GRACE,
        found.flatMap(({ entry }) => entry.table?.pages ?? []),
      ),
      settings.generations,
      tables.fresh,
    ),
  };
}

/** Where the table of a service lies, as long as the programs' tables of its scheduler are. */
function publishedTable({ scheduler, table }: ServiceRecord): PublishedTable | undefined {
  const size = programScheduler(schedulerNameOf(scheduler)).table?.size;
  if (size === undefined || table === NO_PAGE) return undefined;
  return { pages: { first: table, capacity: blockCapacity(pagesOf(size), 1) }, identity: undefined };
}

/** Records in use: a record that nobody uses is all zero. In new tables all are. */
function readDestinations({ fresh, maps: { destinations } }: Tables): DestinationRecords {
  const records = new DestinationRecords(destinations.maxEntries);
  if (fresh) return records;
  const row = new RecordRow(destinations.range(destinations.maxEntries));
  for (let index = 0; index < destinations.maxEntries; index++) {
    const { flags, address } = row.read(index);
    if (flags & DESTINATION_FLAG.AVAILABLE || address.some((word) => word !== 0)) records.set(index, row, index);
  }
  return records;
}
