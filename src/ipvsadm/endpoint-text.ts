import { addressToBytes } from '../net/ip-address.ts';
import { familyOf, isMarkMatch, type DestinationId, type Protocol } from '../lvs/service.ts';
import type { TableService } from '../lvs/table.ts';
import { formatAddress } from './address-text.ts';
import type { NameService } from './names.ts';

/** An address and a port to be printed; without a protocol the port has no name. */
export interface Endpoint extends DestinationId {
  protocol: Protocol | undefined;
}

/** Writes `10.0.0.10:80`, `[2001:db8::10]:80` or, with names, `www.example.test:http`. */
export type EndpointWriter = (endpoint: Endpoint) => string;

export const writeNumeric: EndpointWriter = ({ address, port }) => {
  return join(address, addressText(address), String(port));
};

/** A writer that uses the names of these endpoints, which are all looked up before it is returned. */
export async function writerWithNames(endpoints: Iterable<Endpoint>, names: NameService): Promise<EndpointWriter> {
  const hosts = new Map<string, Promise<string | undefined>>();
  const services = new Map<string, Promise<string | undefined>>();
  for (const endpoint of endpoints) {
    const { address, port, protocol } = endpoint;
    if (!hosts.has(address)) hosts.set(address, names.hostOf(address));
    const key = serviceKey(endpoint);
    if (protocol !== undefined && !services.has(key)) services.set(key, names.serviceOf(port, protocol));
  }
  const hostNames = await settle(hosts);
  const serviceNames = await settle(services);
  return (endpoint) => {
    const { address, port } = endpoint;
    const host = hostNames.get(address) ?? addressText(address);
    return join(address, host, serviceNames.get(serviceKey(endpoint)) ?? String(port));
  };
}

/** Every endpoint of services and destinations, with the protocol that names its port: none for firewall marks. */
export function* endpointsOf(services: readonly TableService[]): Iterable<Endpoint> {
  for (const { match, destinations } of services) {
    const protocol = isMarkMatch(match) ? undefined : match.protocol;
    if (!isMarkMatch(match)) yield match;
    for (const { address, port } of destinations) yield { address, port, protocol };
  }
}

function serviceKey({ port, protocol }: Endpoint): string {
  return `${port}/${protocol}`;
}

async function settle(lookups: Map<string, Promise<string | undefined>>): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const [key, lookup] of lookups) {
    const name = await lookup;
    if (name !== undefined) found.set(key, name);
  }
  return found;
}

function join(address: string, host: string, port: string): string {
  return familyOf(address) === 'inet' ? `${host}:${port}` : `[${host}]:${port}`;
}

function addressText(address: string): string {
  return address.startsWith('::') ? formatAddress(addressToBytes(address)) : address;
}
