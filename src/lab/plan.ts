import type { Hook } from '../engine/options.ts';
import { familyOf } from '../lvs/service.ts';
import { nftScript, wrongChecksums } from './nft.ts';
import {
  addressesOf,
  hostOfRole,
  nicWithAddress,
  placedNics,
  statesOf,
  type Decap,
  type Host,
  type HostState,
  type PlacedNic,
  type Topology,
} from './topology.ts';

/** What has to be done to make a lab of a topology: names, lines of `ip`, and one script a namespace. Pure data. */
export interface LabPlan {
  /** Network namespace of each host. */
  namespaces: Record<string, string>;
  /** The namespace of the switches. */
  wire: string;
  /** Lines of `ip` in the machine's own namespace: the cables. */
  cables: string[];
  /** What runs in each namespace, by its name. */
  setups: Record<string, NamespaceSetup>;
  /** The hosts that unwrap tunnels. */
  decaps: Record<string, Decap>;
}

export interface NamespaceSetup {
  /** Files under /proc/sys with their values, written first; `optional` ones are passed over where the kernel has none. */
  sysctls: { file: string; value: string; optional: boolean }[];
  ip: string[];
  /** Arguments of ethtool, one call each. */
  ethtool: string[];
  /** A script for nft, where the host has a firewall. */
  nft?: string;
}

export interface PlanOptions {
  id: string;
  hook: Hook;
  /** False leaves `byHand` to whoever types the commands. */
  byHand: boolean;
  /** Only these hosts and switches, where the others stand already. */
  part?: { hosts: readonly string[]; segments: readonly string[] };
}

/**
 * The kernel's defaults of what decides about forwarding and ARP. A new namespace inherits the machine's IPv4 settings
 * (net.core.devconf_inherit_init_net), and a lab shall not depend on them.
 */
const DEFAULTS = {
  rp_filter: '0',
  accept_local: '0',
  route_localnet: '0',
  arp_ignore: '0',
  arp_announce: '0',
  arp_filter: '0',
  proxy_arp: '0',
  send_redirects: '1',
  accept_redirects: '1',
  log_martians: '0',
} as const;

/** Interface number of the first host's first switch port, and how far apart hosts are; NICs of hosts are numbered from 2 on. */
const FIRST_PORT = 101;
const MOST_NICS = 20;

/** The names and steps of a lab. The topology must have passed `checkTopology`. */
export function planLab(topology: Topology, options: PlanOptions): LabPlan {
  const { id, hook, part = { hosts: Object.keys(topology.hosts), segments: topology.segments } } = options;
  const hosts = Object.entries(topology.hosts).filter(([name]) => part.hosts.includes(name));
  const namespaces = Object.fromEntries(hosts.map(([name]) => [name, `weir-${id}-${name}`]));
  const wire = `weir-${id}-wire`;
  const nics = placedNics(topology).filter(({ host }) => part.hosts.includes(host));
  const setups = hosts.map(([name, host]) => [namespaces[name]!, hostSetup(topology, name, host, options)] as const);
  return {
    namespaces,
    wire,
    cables: nics.map((nic) => cable(nic, portNumber(topology, nic), namespaces[nic.host]!, wire)),
    setups: {
      [wire]: wireSetup(nics, part.segments, hook === 'xdp' ? hostOfRole(topology, 'director') : undefined),
      ...Object.fromEntries(setups),
    },
    decaps: Object.fromEntries(
      hosts.flatMap(([name, host]) => {
        const decap = statesOf(host, options.byHand).findLast((state) => state.decap !== undefined)?.decap;
        return decap === undefined ? [] : [[name, decap]];
      }),
    ),
  };
}

/**
 * Both ends of a cable need different interface numbers: the kernel takes a device whose peer has its own number for one
 * without a peer, and may then let a second pass before the link is up (linkwatch_urgent_event in net/core/link_watch.c).
 */
function cable({ name, mac, port }: PlacedNic, number: number, namespace: string, wire: string): string {
  const peer = `peer name ${name} netns ${namespace} address ${mac}`;
  return `link add name ${port} netns ${wire} index ${number} type veth ${peer}`;
}

/** It does not depend on how many NICs other hosts have: they may be made anew with more. */
function portNumber({ hosts }: Topology, { host, name }: PlacedNic): number {
  const place = Object.keys(hosts[host]?.nics ?? {}).indexOf(name);
  return FIRST_PORT + Object.keys(hosts).indexOf(host) * MOST_NICS + place;
}

/** Lines of `ip` that make a switch. */
export function switchLines(segment: string): string[] {
  return [`link add name ${segment} type bridge stp_state 0 mcast_snooping 0`, `link set ${segment} up`];
}

/** @param polling the host whose switch ports take frames from XDP */
function wireSetup(
  nics: readonly PlacedNic[],
  segments: readonly string[],
  polling: string | undefined,
): NamespaceSetup {
  const careless = nics.filter(({ checksums }) => checksums === 'wrong').map(({ port }) => port);
  return {
    sysctls: quietIpv6(),
    ip: [
      ...segments.flatMap(switchLines),
      ...nics.flatMap(({ port, segment, mtu }) => [
        `link set ${port} master ${segment}${mtu === undefined ? '' : ` mtu ${mtu}`}`,
        `link set ${port} up`,
      ]),
    ],
    // A veth takes frames from XDP only if it polls, which GRO makes it do; otherwise they are lost without a count.
    ethtool: nics.filter(({ host }) => host === polling).map(({ port }) => `-K ${port} gro on`),
    ...(careless.length === 0 ? {} : { nft: wrongChecksums(careless) }),
  };
}

function hostSetup(topology: Topology, name: string, host: Host, { hook, byHand }: PlanOptions): NamespaceSetup {
  const nics = placedNics(topology).filter((nic) => nic.host === name);
  const states = statesOf(host, byHand);
  const interfaces = ['all', 'default', 'lo', ...nics.map((nic) => nic.name)];
  const hasIpv6 = addressesOf(host).some((address) => familyOf(address) === 'inet6');
  return {
    sysctls: [
      ...(hasIpv6 ? stillIpv6(interfaces) : quietIpv6()),
      ...defaultSysctls(interfaces),
      ...states.flatMap(({ sysctls }) => Object.entries(sysctls ?? {})).map(([key, value]) => sysctl(key, value)),
    ],
    ip: ['link set lo up', ...nics.flatMap(nicLines), ...states.flatMap((state) => stateLines(topology, name, state))],
    // XDP forwards a frame as it lies in memory: a checksum that the sender left to the NIC would stay unfinished.
    ethtool: nics
      .filter(({ checksums }) => hook === 'xdp' || checksums === 'wrong')
      .map((nic) => `-K ${nic.name} tx off`),
    ...firewallSetup(states),
  };
}

function firewallSetup(states: readonly HostState[]): Pick<NamespaceSetup, 'nft'> {
  const nft = nftScript(states.flatMap(({ firewall }) => firewall ?? []));
  return nft === '' ? {} : { nft };
}

function nicLines({ name, addresses, mtu, deprecated }: PlacedNic): string[] {
  const lifetime = deprecated ? ' preferred_lft 0' : '';
  return [
    ...(mtu === undefined ? [] : [`link set ${name} mtu ${mtu}`]),
    ...addresses.map((address) => `${addressLine(name, address)}${lifetime}`),
    `link set ${name} up`,
  ];
}

/** Routes come before further addresses: one that makes the gateway the host's own must not keep it from being named. */
function stateLines(topology: Topology, host: string, { addresses, routes, neighbours }: HostState): string[] {
  return [
    ...(routes ?? []).map(({ to, via }) => `route replace ${to} via ${via}`),
    ...Object.entries(addresses ?? {}).flatMap(([nic, list]) =>
      list.map(({ address, label }) => addressLine(nic, address, label)),
    ),
    ...(neighbours ?? []).map(({ address, nic, mac }) => {
      const segment = topology.hosts[host]?.nics[nic]?.segment ?? '';
      const lladdr = mac ?? nicWithAddress(topology, segment, address)?.mac;
      return `neighbour replace ${address} lladdr ${lladdr} dev ${nic} nud permanent`;
    }),
  ];
}

function addressLine(nic: string, address: string, label?: string): string {
  // Duplicate address detection would keep an IPv6 address unusable for a second.
  const nodad = familyOf(address) === 'inet6' ? ' nodad' : '';
  return `address add ${address} dev ${nic}${label === undefined ? '' : ` label ${label}`}${nodad}`;
}

function defaultSysctls(interfaces: readonly string[]): NamespaceSetup['sysctls'] {
  const perInterface = interfaces.flatMap((name) =>
    Object.entries(DEFAULTS).map(([key, value]) => sysctl(`net.ipv4.conf.${name}.${key}`, value)),
  );
  // ip_forward comes first: setting it resets others.
  return [sysctl('net.ipv4.ip_forward', '0'), ...perInterface];
}

/** No IPv6 at all: no router solicitations and multicast reports in captures. */
function quietIpv6(): NamespaceSetup['sysctls'] {
  return ['all', 'default'].map((name) => ({ ...sysctl(`net.ipv6.conf.${name}.disable_ipv6`, '1'), optional: true }));
}

/**
 * Its interfaces are there already, and do not take what `default` says. A link-local address of which it is not yet sure that it is its
 * own keeps a router from asking for neighbours (ndisc_solicit), and the first packet waits a second.
 */
function stillIpv6(interfaces: readonly string[]): NamespaceSetup['sysctls'] {
  return ['accept_ra', 'router_solicitations', 'accept_dad'].flatMap((key) =>
    interfaces.map((name) => sysctl(`net.ipv6.conf.${name}.${key}`, '0')),
  );
}

function sysctl(key: string, value: string): NamespaceSetup['sysctls'][number] {
  return { file: `/proc/sys/${key.replaceAll('.', '/')}`, value, optional: false };
}

/** A namespace's setup as a script for `sh -e`; what fails says itself what it was. */
export function setupScript({ sysctls, ip, ethtool, nft }: NamespaceSetup): string {
  const writes = sysctls.map(({ file, value, optional }) =>
    optional ? `[ ! -e ${file} ] || echo ${value} > ${file}` : `echo ${value} > ${file}`,
  );
  const batch = ip.length === 0 ? [] : ["ip -batch - <<'END'", ...ip, 'END'];
  const firewall = nft === undefined ? [] : ["nft -f - <<'END'", nft, 'END'];
  return [...writes, ...batch, ...ethtool.map((args) => `ethtool ${args} > /dev/null`), ...firewall, ''].join('\n');
}
