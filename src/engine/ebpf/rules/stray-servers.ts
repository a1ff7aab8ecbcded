import { SERVICE_KEY_SIZE, writeServiceKeyRecord } from '../../../kernel/abi.generated.ts';
import { type BpfMap, indexKey } from '../../../kernel/bpf-map.ts';
import { familyOfMatch, isMarkMatch, matchKey } from '../../../lvs/service.ts';
import type { Table } from '../../../lvs/table.ts';
import { LAYOUTS, addressWords } from '../maps/layouts.ts';
import { MirroredMap } from '../maps/mirrored-map.ts';
import { serviceKeyRecord } from '../maps/records.ts';
import { finderOf, type Registry } from '../maps/registry.ts';
import { viewOf } from '../maps/tables.ts';

/**
 * The map `servers`: masqueraded real servers by the address and port that they send from, as long as nat_icmp_send wants them told of
 * packets that belong to no connection.
 */
export class StrayServers {
  readonly #map: MirroredMap;

  constructor(map: BpfMap) {
    this.#map = new MirroredMap(map);
  }

  /** Writes what has changed. @param registry where the table has been published */
  follow(table: Table, registry: Registry): void {
    this.#map.hold(table.settings.nat_icmp_send === 0 ? new Map() : serversOf(table, registry));
  }
}

/** Indices of destinations by key, as the map has them. */
function serversOf({ services }: Table, registry: Registry): Map<string, string> {
  const servers = new Map<string, string>();
  for (const { match, destinations } of services) {
    const entry = registry.services.get(matchKey(match));
    const indexOf = entry && finderOf(entry);
    const { protocol } = isMarkMatch(match) ? { protocol: 0 } : serviceKeyRecord(match);
    const family = LAYOUTS[familyOfMatch(match)].number;
    for (const destination of destinations) {
      const index = indexOf?.(destination);
      if (destination.method !== 'masquerade' || destination.port === 0 || index === undefined) continue;
      const key = Buffer.alloc(SERVICE_KEY_SIZE);
      writeServiceKeyRecord(viewOf(key), {
        address: addressWords(destination.address),
        port: destination.port,
        protocol,
        family,
      });
      servers.set(key.toString('hex'), indexKey(index).toString('hex'));
    }
  }
  return servers;
}
