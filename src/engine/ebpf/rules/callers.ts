import {
  CALLER_SIZE,
  SERVICE_FLAG,
  SERVICE_KEY_SIZE,
  type ServiceKeyRecord,
  writeCallerRecord,
  writeServiceKeyRecord,
} from '../../../kernel/abi.generated.ts';
import type { BpfMap } from '../../../kernel/bpf-map.ts';
import { endpointText, familyOfMatch, isMarkMatch, matchKey } from '../../../lvs/service.ts';
import type { Table, TableService } from '../../../lvs/table.ts';
import { LAYOUTS, addressWords } from '../maps/layouts.ts';
import { MirroredMap } from '../maps/mirrored-map.ts';
import { serviceKeyRecord } from '../maps/records.ts';
import { finderOf, type Registry } from '../maps/registry.ts';
import { viewOf } from '../maps/tables.ts';

/**
 * The map `callers`: masqueraded real servers that may call clients, because their service has a persistence engine, by the address and
 * port that they send from. The twin is `serverOf` of src/lvs/output.ts.
 */
export class Callers {
  readonly #map: MirroredMap;
  /** There is a service whose real servers may call. */
  #engaged: boolean;

  /** @param registry what the maps hold */
  constructor(map: BpfMap, registry: Registry) {
    this.#map = new MirroredMap(map);
    this.#engaged = mayCall(registry);
  }

  get count(): number {
    return this.#map.size;
  }

  /**
   * Writes what has changed; without a service that has to do with it, it looks at no more than what was published.
   * @param registry where the table has been published
   */
  follow(table: Table, registry: Registry, published: readonly TableService[]): void {
    if (!this.#engaged && !published.some(hasCalls)) return;
    this.#engaged = mayCall(registry);
    this.#map.hold(this.#engaged ? callersOf(table, registry) : new Map());
  }
}

/** Real servers that send datagrams from one address and port may be of several services: the first of them counts. */
function callersOf({ services }: Table, registry: Registry): Map<string, string> {
  const callers = new Map<string, string>();
  const taken = new Set<string>();
  for (const service of services) {
    const { match } = service;
    if (!isMarkMatch(match) && match.protocol !== 'udp') continue;
    const entry = registry.services.get(matchKey(match));
    const indexOf = entry && finderOf(entry);
    for (const destination of service.destinations) {
      const id = endpointText(destination);
      const index = indexOf?.(destination);
      if (destination.method !== 'masquerade' || taken.has(id) || index === undefined) continue;
      taken.add(id);
      if (isMarkMatch(match) || !hasCalls(service)) continue;
      const key: ServiceKeyRecord = {
        address: addressWords(destination.address),
        port: destination.port,
        protocol: UDP,
        family: LAYOUTS[familyOfMatch(match)].number,
      };
      callers.set(keyText(key), callerText(index, serviceKeyRecord(match)));
    }
  }
  return callers;
}

const UDP = 17;

function mayCall({ services }: Registry): boolean {
  for (const { record } of services.values()) if (record.flags & SERVICE_FLAG.SIP) return true;
  return false;
}

function hasCalls({ persistence, persistenceEngine }: TableService): boolean {
  return persistence !== undefined && persistenceEngine !== undefined;
}

function keyText(record: ServiceKeyRecord): string {
  const key = Buffer.alloc(SERVICE_KEY_SIZE);
  writeServiceKeyRecord(viewOf(key), record);
  return key.toString('hex');
}

function callerText(destination: number, service: ServiceKeyRecord): string {
  const value = Buffer.alloc(CALLER_SIZE);
  writeCallerRecord(viewOf(value), { destination, service });
  return value.toString('hex');
}
