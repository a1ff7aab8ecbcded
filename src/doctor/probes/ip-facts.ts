import { readIpLinks, readIpNeighbours, readIpRoutes } from '../../kernel/ip-json.ts';
import type { InterfaceFacts, NeighbourFacts, RouteFacts } from '../facts.ts';

/** `ip -json -details address show`, with the features of each interface. */
export function readAddresses(text: string, features: Map<string, Record<string, boolean>>): InterfaceFacts[] {
  return readIpLinks(text).map(({ name, up, loopback, ethernet, kind, address, mtu, addresses }) => ({
    name,
    up,
    loopback,
    kind,
    mac: ethernet ? address : '',
    mtu,
    addresses: addresses.map(({ address: own, length, deprecated, dadFailed }) => ({
      address: own,
      length,
      deprecated,
      duplicate: dadFailed,
    })),
    features: features.get(name) ?? {},
  }));
}

/** `ip -json [-6] route show table all`. */
export function readRoutes(text: string): RouteFacts[] {
  const routes = readIpRoutes(text);
  const six = routes.some(({ to }) => to.includes(':'));
  return routes.map(({ to, type, table, via, dev, metric, advmss }) => ({
    to: prefixOf(to, six),
    kind: type === 'unicast' || type === 'local' ? type : 'other',
    table,
    via,
    dev,
    metric,
    advmss,
  }));
}

function prefixOf(to: string, six: boolean): string {
  if (to === 'default') return six ? '::/0' : '0.0.0.0/0';
  return to.includes('/') ? to : `${to}/${to.includes(':') ? 128 : 32}`;
}

/** `ip -json neighbour show`. */
export function readNeighbours(text: string): NeighbourFacts[] {
  return readIpNeighbours(text);
}
