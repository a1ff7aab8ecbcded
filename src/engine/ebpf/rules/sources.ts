import {
  SIZE,
  SOURCE_SIZE,
  type SettingsRecord,
  type SourceListRecord,
  readSourceRecord,
  writeSourceRecord,
} from '../../../kernel/abi.generated.ts';
import { WeirError } from '../../../base/error.ts';
import { type Family, familyOf } from '../../../lvs/service.ts';
import { type Source, bySourceAddress, portsOf } from '../../../lvs/source.ts';
import { FAMILIES, addressText, addressWords } from '../maps/layouts.ts';
import { type Tables, ensurePartners, readSettings, viewOf, writeSettings } from '../maps/tables.ts';

/*
 * Sources of full NAT, as the map `sources` has them: of each family a list in use, and room for the next, which then takes its place in one
 * step.
 */

/** The setting that says which list of a family is in use, and where its two lists begin. */
const LISTS = {
  inet: { setting: 'sources4', first: [0, SIZE.SOURCES] },
  inet6: { setting: 'sources6', first: [2 * SIZE.SOURCES, 3 * SIZE.SOURCES] },
} as const satisfies Record<Family, { setting: keyof SettingsRecord; first: readonly [number, number] }>;

/** @throws WeirError ENGINE_FULL */
export function checkSources(sources: readonly Source[]): void {
  for (const family of FAMILIES) {
    const { length } = ofFamily(sources, family);
    if (length <= SIZE.SOURCES) continue;
    throw new WeirError('ENGINE_FULL', `there is no room for more than ${SIZE.SOURCES} sources of a family`, {
      errno: 'ENOMEM',
      found: String(length),
      fix: 'see docs/limits.md',
    });
  }
}

/** Makes these the sources of new connections; those that exist keep theirs. */
export function writeSources(tables: Tables, before: readonly Source[], after: readonly Source[]): void {
  if (before === after) return;
  for (const family of FAMILIES) {
    const wanted = ofFamily(after, family);
    if (wanted.length > 0) ensurePartners(tables, family);
    const { setting, first } = LISTS[family];
    const list = readSettings(tables.maps.settings)[setting];
    const next = first.find((one) => one !== list.first) ?? first[0];
    const values = Buffer.alloc(wanted.length * SOURCE_SIZE);
    let ports = 0;
    for (const [place, source] of wanted.entries()) {
      const { address, firstPort, lastPort } = source;
      writeSourceRecord(
        viewOf(values),
        { address: addressWords(address), firstPort, lastPort, begin: ports },
        place * SOURCE_SIZE,
      );
      ports += portsOf(source);
    }
    tables.maps.sources.setRange(next, values);
    const written: SourceListRecord = { ...list, first: next, count: wanted.length, ports };
    writeSettings(tables.maps.settings, { [setting]: written });
  }
}

/** What `writeSources` wrote, in the order of the table. */
export function readSources({ maps }: Tables): Source[] {
  const settings = readSettings(maps.settings);
  const records = viewOf(maps.sources.range(maps.sources.maxEntries));
  return FAMILIES.flatMap((family) => {
    const { first, count } = settings[LISTS[family].setting];
    return Array.from({ length: count }, (_, place) => {
      const { address, firstPort, lastPort } = readSourceRecord(records, (first + place) * SOURCE_SIZE);
      return { address: addressText(address, family), firstPort, lastPort };
    });
  }).sort(bySourceAddress);
}

function ofFamily(sources: readonly Source[], family: Family): Source[] {
  return sources.filter(({ address }) => familyOf(address) === family);
}
