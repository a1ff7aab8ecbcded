import type { Operation } from '../lvs/operation.ts';
import { isMarkMatch } from '../lvs/service.ts';
import { parseIpAddress, parsePrefix } from '../net/address.ts';
import type { Problem } from './check.ts';
import { addressesOf, statesOf, type Host, type HostState, type Topology } from './topology.ts';

/*
 * Addresses that a topology names and that nobody in it has. Only files are asked for them: a fault may send a host to nobody on purpose. Ranges
 * (of routes, of a firewall) and static neighbours whose MAC is given need not be anybody's.
 */

/** Gateways, destinations, VIPs and sources of nobody, besides those in rules. The topology has no other problem. */
export function ownerProblems(topology: Topology): Problem[] {
  const { service, hosts } = topology;
  return [
    ...(isVip(topology, service.address) ? [] : [nobody('service.address', service.address)]),
    ...Object.entries(hosts).flatMap(([name, host]) => [
      ...gatewayProblems(topology, name, host),
      ...habitProblems(topology, name, host),
      ...decapProblems(topology, name, host),
    ]),
  ];
}

/** What is wrong with the addresses of a rule, in words; undefined where it names somebody. */
export function ownerProblemOfRule(topology: Topology, operation: Operation): string | undefined {
  const { vip, server, source } = namedBy(operation);
  if (vip !== undefined && !isVip(topology, vip)) return said(vip);
  if (server !== undefined && !isSomebodys(topology, server)) return said(server);
  return source === undefined || isSource(topology, source) ? undefined : said(source);
}

/** The addresses that a rule brings into the table. */
function namedBy(operation: Operation): { vip?: string; server?: string; source?: string } {
  if (operation.do === 'add-service' || operation.do === 'edit-service') {
    const { match } = operation.service;
    return isMarkMatch(match) ? {} : { vip: match.address };
  }
  if (operation.do === 'add-destination' || operation.do === 'edit-destination')
    return { server: operation.destination.address };
  if (operation.do === 'add-mark') return { vip: operation.match.address };
  return operation.do === 'set-source' ? { source: operation.source.address } : {};
}

/** A VIP is somebody's, or clients and routers send packets to it to the director, which needs no more (services of marks). */
function isVip(topology: Topology, address: string): boolean {
  return isSomebodys(topology, address) || isRoutedToDirector(topology, address, ({ role }) => role !== 'real server');
}

/** Likewise what real servers see in the place of clients. */
function isSource(topology: Topology, address: string): boolean {
  return isSomebodys(topology, address) || isRoutedToDirector(topology, address, ({ role }) => role === 'real server');
}

function isRoutedToDirector({ hosts }: Topology, address: string, from: (host: Host) => boolean): boolean {
  const all = Object.values(hosts);
  const director = new Set(all.filter(({ role }) => role === 'director').flatMap(canonicalAddresses));
  const routes = all
    .filter(from)
    .flatMap((host) => statesOf(host, true))
    .flatMap((state) => state.routes ?? []);
  return routes.some(
    ({ to, via }) => director.has(parseIpAddress(via)) && (to === 'default' || parsePrefix(to).contains(address)),
  );
}

function gatewayProblems(topology: Topology, name: string, host: Host): Problem[] {
  return placesOf(name, host).flatMap(({ where, state: { routes = [] } }) =>
    routes.flatMap(({ via }, index) =>
      isNeighbour(topology, host, via)
        ? []
        : [{ where: `${where}.routes[${index}].via`, message: `no host beside ${name} has ${via}` }],
    ),
  );
}

/** Whether another host that is on one of the host's segments has the address. */
function isNeighbour({ hosts }: Topology, host: Host, address: string): boolean {
  const segments = new Set(Object.values(host.nics).map(({ segment }) => segment));
  return Object.values(hosts).some(
    (other) =>
      other !== host &&
      Object.values(other.nics).some(({ segment }) => segments.has(segment)) &&
      canonicalAddresses(other).includes(parseIpAddress(address)),
  );
}

function habitProblems(topology: Topology, name: string, host: Host): Problem[] {
  return (host.habits ?? []).flatMap(({ to, from }, index) => {
    const at = `hosts.${name}.habits[${index}]`;
    return [
      ...(to === undefined || isVip(topology, to.address) ? [] : [nobody(`${at}.to.address`, to.address)]),
      ...(from === undefined || canonicalAddresses(host).includes(parseIpAddress(from))
        ? []
        : [{ where: `${at}.from`, message: `${name} has no address ${from}` }]),
    ];
  });
}

function decapProblems(topology: Topology, name: string, host: Host): Problem[] {
  return placesOf(name, host).flatMap(({ where, state: { decap } }) =>
    (decap?.vips ?? []).flatMap((vip, index) =>
      isVip(topology, vip) ? [] : [nobody(`${where}.decap.vips[${index}]`, vip)],
    ),
  );
}

function nobody(where: string, address: string): Problem {
  return { where, message: said(address) };
}

function said(address: string): string {
  return `no host has ${address}`;
}

function isSomebodys({ hosts }: Topology, address: string): boolean {
  return Object.values(hosts).some((host) => canonicalAddresses(host).includes(parseIpAddress(address)));
}

function canonicalAddresses(host: Host): string[] {
  return addressesOf(host).map(parseIpAddress);
}

/** The states of a host with their places in the topology. */
function placesOf(name: string, host: Host): { where: string; state: HostState }[] {
  return [
    { where: `hosts.${name}`, state: host },
    { where: `hosts.${name}.byHand`, state: host.byHand ?? {} },
  ];
}
