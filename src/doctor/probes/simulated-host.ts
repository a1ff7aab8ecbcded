import type { Stranger } from '../../engine/engine.ts';
import { formatRules } from '../../ipvsadm/rules.ts';
import { parseInterfaceAddress } from '../../net/address.ts';
import { familyOf } from '../../lvs/service.ts';
import { COUNTERS } from '../../sim/counters.ts';
import { FLOOD_FILTER } from '../../sim/flood-filter.ts';
import type { Host, Interface } from '../../sim/host.ts';
import type { FirewallRule } from '../../sim/spec.ts';
import type { FirewallFacts, HostFacts, InterfaceFacts, ListenerFacts, RouteFacts } from '../facts.ts';

/** A host of the simulator as the doctor reads it. */
export function simulatedFacts(host: Host): HostFacts {
  const interfaces = [...host.interfaces.values()];
  return {
    name: host.name,
    interfaces: interfaces.map(interfaceFacts),
    routes: [...interfaces.flatMap(ownRoutes), ...host.routing.surroundings.routes.map(routeFacts)],
    neighbours: host.neighbours.list().map(({ nic, address, mac, state }) => ({ dev: nic, address, mac, state })),
    sysctls: sysctlsOf(host),
    listeners: host.transport.listening().flatMap(listenerFacts),
    counters: {},
    firewall: host.firewall.flatMap(firewallFacts),
    halfOpen: host.transport.connectionsIn('SYN_RECV').map(({ local, localPort, remote, remotePort }) => ({
      local: { address: local, port: localPort },
      peer: { address: remote, port: remotePort },
    })),
    rules:
      host.director === undefined
        ? []
        : formatRules(host.table)
            .split('\n')
            .filter((line) => line.startsWith('-')),
    unwraps: host.spec.decap?.vips ?? [],
    mute: [],
  };
}

/** As the director's status names them. */
export function simulatedStrangers({ interfaces }: Host): Stranger[] {
  return [...interfaces.values()]
    .filter(({ xdp }) => xdp !== undefined)
    .map(({ name }, place) => ({
      interface: name,
      hook: 'xdp',
      mode: 'native',
      program: place + 1,
      name: FLOOD_FILTER,
      instead: false,
    }));
}

/** By the names of nstat(8) that the doctor uses. */
export function simulatedCounters({ counters }: Host): Record<string, number> {
  const named = COUNTERS.map((name) => [
    name.replace(/^(TcpExt|IpExt|Icmp6|Udp6|Ip6|Icmp|Tcp|Udp|Ip)/u, '$1:'),
    counters.get(name),
  ]);
  return Object.fromEntries(named);
}

function interfaceFacts({ name, mac = '', mtu, addresses, tunnel, deprecated = false }: Interface): InterfaceFacts {
  return {
    name,
    up: true,
    loopback: name === 'lo',
    kind: tunnel?.type ?? (name === 'lo' ? '' : 'veth'),
    mac: name === 'lo' ? '' : mac,
    mtu,
    addresses: addresses.map(parseInterfaceAddress).map(({ address, prefix }) => ({
      address,
      length: prefix.length,
      deprecated,
      duplicate: false,
    })),
    features: {},
  };
}

/** What the kernel adds for every address: the network, on lo as one that is wholly its own, and the address itself. */
function ownRoutes({ name, addresses }: Interface): RouteFacts[] {
  return addresses.map(parseInterfaceAddress).flatMap(({ address, prefix }) => {
    const whole = familyOf(address) === 'inet' ? 32 : 128;
    const local = { ...ROUTE, kind: 'local', table: 'local', dev: name } as const;
    const own = { ...local, to: `${address}/${whole}` };
    if (prefix.length === whole) return [own];
    const network = `${prefix.address}/${prefix.length}`;
    return [own, name === 'lo' ? { ...local, to: network } : { ...ROUTE, to: network, dev: name }];
  });
}

const ROUTE = { kind: 'unicast', table: 'main', via: undefined, dev: undefined, metric: 0, advmss: undefined } as const;

function routeFacts({ dst, via, dev }: { dst: string; via?: string; dev: string }): RouteFacts {
  return { ...ROUTE, to: dst, via, dev };
}

const CONF = ['arp_ignore', 'arp_announce', 'rp_filter', 'accept_local', 'send_redirects', 'accept_redirects'] as const;

function sysctlsOf({ sysctls, interfaces }: Host): Record<string, string> {
  const names = ['all', 'default', ...interfaces.keys()];
  const conf = names.flatMap((nic) => [
    ...CONF.map((key) => [`net.ipv4.conf.${nic}.${key}`, sysctls.confOf(key, nic)]),
    [`net.ipv4.conf.${nic}.forwarding`, sysctls.get('net.ipv4.ip_forward')],
    [`net.ipv6.conf.${nic}.forwarding`, sysctls.get('net.ipv6.conf.all.forwarding')],
  ]);
  const all = [...conf, ['net.ipv4.ip_forward', sysctls.get('net.ipv4.ip_forward')], KEEPALIVE];
  return Object.fromEntries(all.map(([key, value]) => [key, String(value)]));
}

/** Seconds; the kernel's default. */
const KEEPALIVE = ['net.ipv4.tcp_keepalive_time', 7200] as const;

function listenerFacts({
  protocol,
  address,
  port,
}: ReturnType<Host['transport']['listening']>[number]): ListenerFacts[] {
  return address === undefined
    ? ['0.0.0.0', '::'].map((every) => ({ protocol, address: every, port }))
    : [{ protocol, address, port }];
}

function firewallFacts(rule: FirewallRule): FirewallFacts[] {
  const { chain, nic, source, destination, protocol, port, action } = rule;
  if (typeof action !== 'string') return [];
  return [
    {
      table: chain === 'arp' ? 'arp weir' : 'inet weir',
      chain: chain === 'arp' ? 'input' : chain,
      hook: chain === 'arp' ? 'input' : chain,
      text: [nic && `iifname ${nic}`, destination && `daddr ${destination}`, protocol, port && `dport ${port}`, action]
        .filter(Boolean)
        .join(' '),
      verdict: action === 'masquerade' ? 'masquerade' : 'drop',
      packets: undefined,
      addresses: destination === undefined ? [] : [destination],
      ports: port === undefined ? [] : [port],
      others: [nic, source].filter((one) => one !== undefined).length,
    },
  ];
}
