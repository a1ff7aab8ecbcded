import { WeirError } from '../../base/error.ts';
import { connectDirector } from '../../daemon/client.ts';
import { endpointText, isMarkMatch } from '../../lvs/service.ts';
import type { Table } from '../../lvs/table.ts';
import { GUE_PORT } from '../../net/gue.ts';

/** What is known of the services whose packets are watched. */
export interface WatchedServices {
  /** `ADDRESS:PORT` of each. */
  services: ReadonlySet<string>;
  /** Those of them all of whose real servers are masqueraded. */
  masqueraded: ReadonlySet<string>;
  /** Parts of a filter, one for each place a packet of theirs may be addressed to. */
  terms: readonly string[];
}

/** Asks the director; where there is none, what was named has to do. @throws WeirError USAGE for no ADDRESS:PORT */
export async function servicesOf(socket: string, named: readonly string[] = []): Promise<WatchedServices> {
  const own = { services: named, terms: named.map(termOf) };
  const table = await tableOf(socket);
  if (table === undefined) return { services: new Set(own.services), masqueraded: new Set(), terms: own.terms };
  const asked = servicesIn(table);
  return {
    services: new Set([...own.services, ...asked.services]),
    masqueraded: asked.masqueraded,
    terms: [...new Set([...own.terms, ...asked.terms])],
  };
}

/** Services, and the filter terms of them and their real servers: also inside tunnels, where a filter cannot look. */
export function servicesIn({ services }: Pick<Table, 'services'>): WatchedServices {
  const found = { services: new Set<string>(), masqueraded: new Set<string>(), terms: new Set<string>() };
  for (const { match, destinations } of services) {
    if (isMarkMatch(match)) continue;
    const endpoint = endpointText(match);
    found.services.add(endpoint);
    if (destinations.length > 0 && destinations.every(({ method }) => method === 'masquerade'))
      found.masqueraded.add(endpoint);
    found.terms.add(term(match.address, match.port));
    for (const { address, port, method } of destinations) {
      if (method === 'masquerade') found.terms.add(term(address, port));
      if (method === 'tunnel') found.terms.add(tunnelTerm(address));
    }
  }
  return { ...found, terms: [...found.terms] };
}

/** Everything about the services; without any, whatever carries ports, and what ICMP says about it. */
export function defaultFilter({ terms }: WatchedServices): string {
  return terms.length === 0 ? 'tcp or udp or sctp or icmp or icmp6' : [...terms, 'icmp', 'icmp6'].join(' or ');
}

function term(address: string, port: number): string {
  return port === 0 ? `host ${address}` : `(host ${address} and port ${port})`;
}

function tunnelTerm(address: string): string {
  return `(host ${address} and (proto 4 or proto 41 or proto 47 or udp port ${GUE_PORT}))`;
}

function termOf(endpoint: string): string {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:.]+)\]|([\d.]+)):(\d+)$/iu.exec(endpoint) ?? [];
  const address = bracketed ?? plain;
  if (address !== undefined) return term(address, Number(port));
  throw new WeirError('USAGE', `${JSON.stringify(endpoint)} is no address with a port`, {
    expected: '10.1.1.21:80 or [2001:db8::21]:80',
  });
}

async function tableOf(socket: string): Promise<Table | undefined> {
  try {
    return await (await connectDirector(socket)).table();
  } catch (error) {
    if (error instanceof WeirError && error.code === 'DAEMON_UNREACHABLE') return undefined;
    throw error;
  }
}
