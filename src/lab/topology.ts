import type { FirewallRule, HabitSpec } from '../sim/spec.ts';

/**
 * A small network, declared: what the lab builds from namespaces or in memory. Everything in it is data; one file in topologies/ is one
 * topology. Addresses of interfaces carry their prefix length (`10.1.1.21/24`), all others do not.
 */
export interface Topology {
  /** As it is called on the command line, and the name of its file. */
  name: string;
  /** One line: what it shows. */
  title: string;
  /** The same in Chinese. */
  titleZh?: string;
  /** A picture for a terminal, at most 100 columns wide. */
  picture: string;
  /** Ethernet segments: each is a switch of its own. */
  segments: readonly string[];
  /** In the order in which they are shown. */
  hosts: Readonly<Record<string, Host>>;
  /** What clients ask for. */
  service: { address: string; port: number };
  /** What the document has people type, in its order. */
  commands: readonly Command[];
  /** Ids of the faults that can be planted here: files of faults/. */
  faults?: readonly string[];
}

export type Role = 'client' | 'router' | 'director' | 'real server';

export interface Host extends HostState {
  role: Role;
  /** Who the document says it is: `web1, node1.upl.com`. */
  note?: string;
  nics: Readonly<Record<string, Nic>>;
  servers?: readonly Server[];
  /** What it does by itself, all the time. */
  habits?: readonly Habit[];
  /** Rules of a daemon of its own, beside that of the director: lines of ipvsadm. */
  directs?: readonly string[];
  /**
   * State that somebody types on this host in `commands`. The lab sets it like all other state, except where it is built
   * to be typed into.
   */
  byHand?: HostState;
}

/** What a host is told besides its NICs. */
export interface HostState {
  /** Further addresses by interface, `lo` among them. */
  addresses?: Readonly<Record<string, readonly InterfaceAddress[]>>;
  routes?: readonly Route[];
  /** Static neighbours (`arp -s`). */
  neighbours?: readonly Neighbour[];
  /** Keys as sysctl writes them: `net.ipv4.ip_forward`. */
  sysctls?: Readonly<Record<string, string>>;
  /** In the order in which they are asked. */
  firewall?: readonly FirewallRule[];
  /** Unwraps tunnels without a device, as `weir decap` does. */
  decap?: Decap;
}

export type { FirewallRule };

export interface Decap {
  /** The only destinations inside a tunnel that are unwrapped. */
  vips: readonly string[];
  /** UDP port of GUE; 6080 if absent. */
  guePort?: number;
}

export interface Nic {
  segment: string;
  addresses: readonly string[];
  /** By default made from the first address: see `derivedMac`. */
  mac?: string;
  mtu?: number;
  /** Its addresses are not chosen as source where the host has another one (IPv6, `preferred_lft 0`). */
  deprecated?: boolean;
  /** `wrong`: TCP segments leave it with a checksum that nobody has computed. */
  checksums?: 'wrong';
  /** A program of somebody else at XDP: a filter against floods that drops every opening of TCP that comes in. */
  xdp?: 'flood-filter';
}

/** By default it asks for the topology's own service. */
export type Habit = Omit<HabitSpec, 'to'> & Partial<Pick<HabitSpec, 'to'>>;

export interface InterfaceAddress {
  address: string;
  /** The name of an alias interface, as ifconfig shows it: `lo:0`. */
  label?: string;
}

export interface Route {
  /** A prefix, or `default`. */
  to: string;
  via: string;
}

export interface Neighbour {
  address: string;
  nic: string;
  /** By default that of the NIC in the topology that has the address. */
  mac?: string;
}

/** A program that a real server runs: nginx that answers with the host's name, or a UDP echo that puts the name in front. */
export interface Server {
  kind: 'web' | 'udp-echo';
  port: number;
}

export interface Command {
  /** The host at whose prompt it is typed. */
  on: string;
  /** A line for a shell. */
  line: string;
  /** The document's own words, where today's tool is another one. */
  document?: string;
  /** What it is for. */
  says: string;
}

/** A NIC with everything that is derived for it. */
export interface PlacedNic {
  host: string;
  name: string;
  segment: string;
  addresses: readonly string[];
  mac: string;
  mtu: number | undefined;
  deprecated: boolean;
  checksums: 'wrong' | undefined;
  xdp: 'flood-filter' | undefined;
  /** The other end of its cable: a port of the switch. */
  port: string;
}

/** Every NIC of a topology, in the order of hosts and NICs. */
export function placedNics(topology: Topology): PlacedNic[] {
  return Object.entries(topology.hosts).flatMap(([host, { nics }], hostIndex) =>
    Object.entries(nics).map(([name, nic], nicIndex) => ({
      host,
      name,
      segment: nic.segment,
      addresses: nic.addresses,
      mac: (nic.mac ?? derivedMac(nic.addresses[0], hostIndex, nicIndex)).toLowerCase(),
      mtu: nic.mtu,
      deprecated: nic.deprecated === true,
      checksums: nic.checksums,
      xdp: nic.xdp,
      port: `${host}-${name}`,
    })),
  );
}

/**
 * The Ethernet address of a NIC: 02 (locally administered), then the digits of its IPv4 address, so that a reader of a
 * capture sees whose it is: 1.1.1.130 has 02:01:01:01:01:30. Where the digits do not fit (a byte above 99 before the last
 * one, IPv6, no address), it is 02:ff, then the numbers of host and NIC.
 */
export function derivedMac(address: string | undefined, hostIndex: number, nicIndex: number): string {
  const octets =
    /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/|$)/
      .exec(address ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  const [a = 100, b = 100, c = 100, d = 0] = octets;
  const fits = a < 100 && b < 100 && c < 100;
  const bytes = fits ? [a, b, c, Math.floor(d / 100), d % 100] : undefined;
  if (bytes !== undefined) return ['02', ...bytes.map((byte) => String(byte).padStart(2, '0'))].join(':');
  const hex = (value: number): string => value.toString(16).padStart(2, '0');
  return `02:ff:00:00:${hex(hostIndex + 1)}:${hex(nicIndex)}`;
}

/** The NIC on a segment that has this address (without its prefix length). */
export function nicWithAddress(topology: Topology, segment: string, address: string): PlacedNic | undefined {
  return placedNics(topology).find(
    (nic) => nic.segment === segment && nic.addresses.some((own) => bare(own) === address),
  );
}

/** Every address of a host, loopback ones included, without prefix length. */
export function addressesOf(host: Host): string[] {
  const state = [host, host.byHand ?? {}].flatMap(({ addresses }) => Object.values(addresses ?? {}).flat());
  const all = [...Object.values(host.nics).flatMap((nic) => nic.addresses), ...state.map(({ address }) => address)];
  return [...new Set(all.map(bare))];
}

/** What a host is told, one after the other; `byHand` without what is typed on it. */
export function statesOf(host: Host, byHand: boolean): HostState[] {
  return byHand ? [host, host.byHand ?? {}] : [host];
}

/** The one host of a role that a valid topology has exactly once. */
export function hostOfRole(topology: Topology, role: 'client' | 'director'): string {
  const found = Object.entries(topology.hosts).find(([, host]) => host.role === role);
  return found?.[0] ?? role;
}

export function hostsOfRole(topology: Topology, role: Role): string[] {
  return Object.keys(topology.hosts).filter((name) => topology.hosts[name]?.role === role);
}

/** An interface address without its prefix length. */
export function bare(address: string): string {
  return address.replace(/\/\d+$/, '');
}

/** The same network with nobody in it who does anything by himself. */
export function withoutHabits(topology: Topology): Topology {
  const hosts = Object.entries(topology.hosts).map(([name, host]) => {
    return [name, host.habits === undefined ? host : { ...host, habits: [] }] as const;
  });
  return { ...topology, hosts: Object.fromEntries(hosts) };
}

/** The commands of a topology that change the director's table: its rules, as `weir restore` reads them. */
export function ruleLines({ commands }: Topology): string[] {
  return commands
    .map(({ line }) => line.replace(/^weir rule /, ''))
    .filter((line) => /^(ipvsadm )?(-[ACa]|--set)|^weir (mark|set|source) /.test(line));
}
