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
import { serviceKeyRecord } from '../maps/records.ts';
import type { Registry } from '../maps/registry.ts';
import { viewOf } from '../maps/tables.ts';

/**
 * The map `callers`: masqueraded real servers that may call clients, because their service has a persistence engine, by the address and
 * port that they send from. The twin is `serverOf` of src/lvs/output.ts.
 */
export class Callers {
  readonly #map: BpfMap;
  /** Values by keys, in hexadecimal. */
  #written: Map<string, string>;

  constructor(map: BpfMap) {
    this.#map = map;
    this.#written = new Map();
    for (const { count, keys, values } of map.batches())
      for (let i = 0; i < count; i++)
        this.#written.set(
          keys.subarray(i * SERVICE_KEY_SIZE, (i + 1) * SERVICE_KEY_SIZE).toString('hex'),
          values.subarray(i * CALLER_SIZE, (i + 1) * CALLER_SIZE).toString('hex'),
        );
  }

  get count(): number {
    return this.#written.size;
  }

  /** Writes what has changed. @param registry where the table has been published */
  follow(table: Table, registry: Registry): void {
    const wanted = mayCall(registry) ? callersOf(table, registry) : new Map<string, string>();
    for (const key of this.#written.keys()) if (!wanted.has(key)) this.#map.delete(Buffer.from(key, 'hex'));
    for (const [key, value] of wanted)
      if (this.#written.get(key) !== value) this.#map.update(Buffer.from(key, 'hex'), Buffer.from(value, 'hex'));
    this.#written = wanted;
  }
}

/** Real servers that send datagrams from one address and port may be of several services: the first of them counts. */
function callersOf({ services }: Table, registry: Registry): Map<string, string> {
  const callers = new Map<string, string>();
  const taken = new Set<string>();
  for (const service of services) {
    const { match } = service;
    if (!isMarkMatch(match) && match.protocol !== 'udp') continue;
    const indices = registry.services.get(matchKey(match))?.indices;
    for (const destination of service.destinations) {
      const id = endpointText(destination);
      const index = indices?.get(id);
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

/** Asked of the registry, since laying out the table costs milliseconds where there are many services. */
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
