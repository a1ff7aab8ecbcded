import { Prefix } from '../net/address.ts';
import { familyOf } from '../lvs/service.ts';
import type { AddressFacts, HostFacts, InterfaceFacts, RouteFacts } from './facts.ts';
import type { Evidence } from './finding.ts';

/** Questions that rules ask about a host. */

export interface OwnAddress extends AddressFacts {
  interface: InterfaceFacts;
}

export function ownAddresses(host: HostFacts): OwnAddress[] {
  return host.interfaces.flatMap((one) => one.addresses.map((address) => ({ ...address, interface: one })));
}

export function ownAddress(host: HostFacts, address: string): OwnAddress | undefined {
  return ownAddresses(host).find((own) => own.address === address);
}

/** True if the host takes packets to this address as its own: an address, or a local route that covers it. */
export function isLocal(host: HostFacts, address: string): boolean {
  if (ownAddress(host, address) !== undefined) return true;
  return host.routes.some(({ kind, to }) => kind === 'local' && covers(to, address));
}

export function covers(prefix: string, address: string): boolean {
  const [network = '', length = ''] = prefix.split('/');
  return familyOf(network) === familyOf(address) && new Prefix(network, Number(length)).contains(address);
}

/**
 * The route to an address by longest prefix, then least metric, over the tables main and default: what `ip route get` says where
 * no policy rules are.
 */
export function routeTo(host: HostFacts, address: string): RouteFacts | undefined {
  const lengthOf = ({ to }: RouteFacts): number => Number(to.split('/')[1]);
  return host.routes
    .filter(({ kind, table, to }) => kind === 'unicast' && isCommonTable(table) && covers(to, address))
    .toSorted((a, b) => lengthOf(b) - lengthOf(a) || a.metric - b.metric)[0];
}

function isCommonTable(table: string): boolean {
  return table === 'main' || table === 'default';
}

/** The default route of the family of an address. */
export function defaultRoute(host: HostFacts, family: string): RouteFacts | undefined {
  const to = familyOf(family) === 'inet' ? '0.0.0.0/0' : '::/0';
  return host.routes
    .filter((route) => route.kind === 'unicast' && isCommonTable(route.table) && route.to === to)
    .toSorted((a, b) => a.metric - b.metric)[0];
}

/** The interface on whose segment an address lies, undefined where it is behind a gateway. */
export function segmentOf(host: HostFacts, address: string): InterfaceFacts | undefined {
  return host.interfaces.find(
    (one) => !one.loopback && one.addresses.some((own) => covers(`${own.address}/${own.length}`, address)),
  );
}

/** Interfaces that frames come in by: up, with a MAC. */
export function ports(host: HostFacts): InterfaceFacts[] {
  return host.interfaces.filter(({ loopback, up, mac }) => !loopback && up && mac !== '');
}

export function sysctl(host: HostFacts, name: string): number | undefined {
  const value = host.sysctls[name];
  return value === undefined ? undefined : Number(value);
}

/** The greater of `all` and the interface's own value: what the kernel goes by for arp_ignore, arp_announce, rp_filter. */
export function greaterSetting(host: HostFacts, setting: string, nic: string): number {
  return Math.max(
    sysctl(host, `net.ipv4.conf.all.${setting}`) ?? 0,
    sysctl(host, `net.ipv4.conf.${nic}.${setting}`) ?? 0,
  );
}

export function sysctlEvidence(host: HostFacts, ...names: string[]): Evidence[] {
  return names.map((name) => {
    const value = host.sysctls[name];
    return {
      command: `sysctl ${name}`,
      value: `${name} = ${value ?? 'unknown'}`,
      ...(value === undefined ? { valueZh: `${name} 不详` } : {}),
    };
  });
}

export function routeEvidence(host: HostFacts, address: string): Evidence {
  const route = routeTo(host, address);
  return {
    command: `ip route get ${address}`,
    ...(route === undefined ? { value: 'no route', valueZh: '没有路由' } : { value: routeText(route) }),
  };
}

export function routeText({ to, via, dev }: RouteFacts): string {
  return [to, via === undefined ? '' : `via ${via}`, dev === undefined ? '' : `dev ${dev}`].filter(Boolean).join(' ');
}

/** What was asked by a command and not answered. */
export function silenceEvidence(command: string): Evidence {
  return { command, value: 'no answer', valueZh: '没有应答' };
}

/** A counter's growth as evidence, or nothing where it did not grow. */
export function counterEvidence(host: HostFacts, name: string): Evidence[] {
  const grown = host.counters[name] ?? 0;
  return grown > 0 ? [{ command: 'nstat', value: `${name} +${grown}` }] : [];
}
