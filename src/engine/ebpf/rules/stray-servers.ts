import { SERVICE_KEY_SIZE, writeServiceKeyRecord } from '../../../kernel/abi.generated.ts';
import type { BpfMap } from '../../../kernel/bpf-map.ts';
import { endpointText, familyOfMatch, isMarkMatch, matchKey } from '../../../lvs/service.ts';
import type { Table } from '../../../lvs/table.ts';
import { LAYOUTS, addressWords } from '../maps/layouts.ts';
import { serviceKeyRecord } from '../maps/records.ts';
import type { Registry } from '../maps/registry.ts';
import { viewOf } from '../maps/tables.ts';

/**
 * The map `servers`: masqueraded real servers by the address and port that they send from, as long as nat_icmp_send wants them told of
 * packets that belong to no connection.
 */
export class StrayServers {
  readonly #map: BpfMap;
  /** Index of a destination by its key in hexadecimal. */
  #written: Map<string, number>;

  constructor(map: BpfMap) {
    this.#map = map;
    this.#written = new Map();
    for (const { count, keys, values } of map.batches())
      for (let i = 0; i < count; i++)
        this.#written.set(
          keys.subarray(i * SERVICE_KEY_SIZE, (i + 1) * SERVICE_KEY_SIZE).toString('hex'),
          values.readUInt32LE(i * 4),
        );
  }

  /** Writes what has changed. @param registry where the table has been published */
  follow(table: Table, registry: Registry): void {
    const wanted = table.settings.nat_icmp_send === 0 ? new Map<string, number>() : serversOf(table, registry);
    for (const key of this.#written.keys()) if (!wanted.has(key)) this.#map.delete(Buffer.from(key, 'hex'));
    for (const [key, index] of wanted) {
      if (this.#written.get(key) === index) continue;
      const value = Buffer.alloc(4);
      value.writeUInt32LE(index);
      this.#map.update(Buffer.from(key, 'hex'), value);
    }
    this.#written = wanted;
  }
}

function serversOf({ services }: Table, registry: Registry): Map<string, number> {
  const servers = new Map<string, number>();
  for (const { match, destinations } of services) {
    const indices = registry.services.get(matchKey(match))?.indices;
    const { protocol } = isMarkMatch(match) ? { protocol: 0 } : serviceKeyRecord(match);
    const family = LAYOUTS[familyOfMatch(match)].number;
    for (const destination of destinations) {
      const index = indices?.get(endpointText(destination));
      if (destination.method !== 'masquerade' || destination.port === 0 || index === undefined) continue;
      const key = Buffer.alloc(SERVICE_KEY_SIZE);
      writeServiceKeyRecord(viewOf(key), {
        address: addressWords(destination.address),
        port: destination.port,
        protocol,
        family,
      });
      servers.set(key.toString('hex'), index);
    }
  }
  return servers;
}
