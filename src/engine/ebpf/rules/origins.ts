import {
  CONNECTION6_SIZE,
  METHOD,
  ROLE,
  SERVICE_KEY_SIZE,
  readConnection6Record,
  readServiceKeyRecord,
  writeConnection6Record,
  writeServiceKeyRecord,
} from '../../../kernel/abi.generated.ts';
import type { BpfMap } from '../../../kernel/bpf-map.ts';
import { type AddressMatch, type DestinationId, endpointText, isMarkMatch, matchKey } from '../../../lvs/service.ts';
import type { TableService } from '../../../lvs/table.ts';
import { destinationOf, matchOf, serviceKeyRecord } from '../maps/records.ts';
import { type Registry, finderOf } from '../maps/registry.ts';
import { type Tables, viewOf, writeSettings } from '../maps/tables.ts';

/** Where replies come from, a real server with the protocol of its service, and the service they are restored to. */
interface Origin {
  server: AddressMatch;
  virtual: AddressMatch;
}

/**
 * The map `origins`: the one service that connections without reply entries belong to, by the real server that answers them
 * (bpf/connection/origin.h). The first service that has a real server gets it. It keeps it until no connection of it can be left: as long as it
 * has the real server, and then as long as that is in the trash.
 */
export class Origins {
  readonly #map: BpfMap;
  readonly #settings: BpfMap;
  /** By the real server's text. */
  #held: Map<string, Origin>;

  constructor({ maps }: Tables) {
    this.#map = maps.origins;
    this.#settings = maps.settings;
    this.#held = readOrigins(this.#map);
  }

  /**
   * Gives these services the real servers that nobody has.
   * @param services as they are in the maps
   * @throws WeirError KERNEL_CALL_FAILED; then some may have been given
   */
  claim(services: readonly TableService[]): void {
    const news = new Map<string, Origin>();
    for (const { match, destinations } of services) {
      if (isMarkMatch(match) || match.port === 0) continue;
      for (const { address, port, method } of destinations) {
        if (method !== 'masquerade' || port === 0) continue;
        const server: AddressMatch = { protocol: match.protocol, address, port };
        const key = matchKey(server);
        if (!this.#held.has(key) && !news.has(key)) news.set(key, { server, virtual: match });
      }
    }
    if (news.size === 0) return;
    try {
      this.#map.updateMany(...encode([...news.values()]));
    } catch (error) {
      this.#held = readOrigins(this.#map);
      throw error;
    }
    for (const [key, origin] of news) this.#held.set(key, origin);
    this.#count();
  }

  /** Takes back real servers of which no connection can be left: `freed` were in the trash, and are no longer. */
  release(freed: readonly DestinationId[], registry: Registry): void {
    if (this.#held.size === 0 || freed.length === 0) return;
    const endpoints = new Set(freed.map(endpointText));
    this.#drop(registry, ({ server }) => endpoints.has(endpointText(server)));
  }

  /** What an earlier process may not have come to, which was killed. */
  settle(services: readonly TableService[], registry: Registry): void {
    this.#drop(registry, () => true);
    this.claim(services);
  }

  /** Drops those `among` that nobody can have connections of. */
  #drop({ services, records, trash }: Registry, among: (origin: Origin) => boolean): void {
    const deleted = new Set(
      Array.from(trash.values(), ({ index }) => records.get(index)).flatMap((record) =>
        record === undefined ? [] : [endpointText(destinationOf(record))],
      ),
    );
    for (const [key, origin] of this.#held) {
      if (!among(origin)) continue;
      const endpoint = endpointText(origin.server);
      const owner = services.get(matchKey(origin.virtual));
      if (deleted.has(endpoint) || (owner !== undefined && finderOf(owner)(origin.server) !== undefined)) continue;
      this.#map.delete(encode([origin])[0]);
      this.#held.delete(key);
    }
    this.#count();
  }

  /** Without any, programs need not look. */
  #count(): void {
    writeSettings(this.#settings, { origins: this.#held.size });
  }
}

function encode(origins: readonly Origin[]): [keys: Buffer, values: Buffer] {
  const keys = Buffer.alloc(origins.length * SERVICE_KEY_SIZE);
  const values = Buffer.alloc(origins.length * CONNECTION6_SIZE);
  for (const [i, { server, virtual }] of origins.entries()) {
    const { address, port } = serviceKeyRecord(virtual);
    writeServiceKeyRecord(viewOf(keys), serviceKeyRecord(server), i * SERVICE_KEY_SIZE);
    writeConnection6Record(viewOf(values), { ...ENTRY, address, port }, i * CONNECTION6_SIZE);
  }
  return [keys, values];
}

/** What replies of all connections have in common, but for the VIP. */
const ENTRY = {
  seen: 0,
  timeout: 0,
  state: 0,
  destination: 0,
  template: 0,
  packets: 0,
  flags: 0,
  role: ROLE.REPLY,
  method: METHOD.MASQUERADE,
  began: 0,
};

function readOrigins(map: BpfMap): Map<string, Origin> {
  const found = new Map<string, Origin>();
  for (const { count, keys, values } of map.batches())
    for (let i = 0; i < count; i++) {
      const key = readServiceKeyRecord(viewOf(keys), i * SERVICE_KEY_SIZE);
      const { address, port } = readConnection6Record(viewOf(values), i * CONNECTION6_SIZE);
      const [server, virtual] = [matchOf(key), matchOf({ ...key, address, port })];
      if (!isMarkMatch(server) && !isMarkMatch(virtual)) found.set(matchKey(server), { server, virtual });
    }
  return found;
}
