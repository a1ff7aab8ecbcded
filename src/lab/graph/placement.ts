import { parseInterfaceAddress } from '../../net/address.ts';
import { bare, statesOf, type Host, type Topology } from '../topology.ts';

/** A topology laid out: segments are bars one below the other, hosts stand in the rows between them. */
export interface Placement {
  segments: PlacedSegment[];
  hosts: PlacedHost[];
  /** How many hosts stand beside each other at most. */
  columns: number;
}

export interface PlacedSegment {
  name: string;
  /** The networks of the addresses on it: `10.1.1.0/24`. */
  networks: string[];
}

export interface PlacedHost {
  name: string;
  host: Host;
  /** The row: 0 is above the first segment, n below the n-th. */
  row: number;
  column: number;
  /** Its NICs to the segment above its row, and to those below. */
  above: NicLabel[];
  below: NicLabel[];
  /** Addresses that are on no NIC of a segment: those on lo. */
  inside: AddressLabel[];
}

export interface NicLabel {
  name: string;
  /** Number of the segment, from 0 on. */
  segment: number;
  addresses: AddressLabel[];
}

export interface AddressLabel {
  text: string;
  /** It is what clients ask for. */
  vip: boolean;
}

/** Lays out a topology that `checkTopology` has nothing against. Pure. */
export function placementOf(topology: Topology): Placement {
  const order = [...topology.segments];
  const placed: PlacedHost[] = [];
  const taken = new Map<number, Set<number>>();
  for (const [name, host] of Object.entries(topology.hosts)) {
    const one = placeHost(topology, name, host, order);
    const rows = rowsOf(one);
    while (rows.some((row) => taken.get(row)?.has(one.column))) one.column++;
    for (const row of rows) taken.set(row, (taken.get(row) ?? new Set()).add(one.column));
    placed.push(one);
  }
  return {
    segments: order.map((name) => ({ name, networks: networksOn(topology, name) })),
    hosts: placed,
    columns: Math.max(1, ...placed.map(({ column }) => column + 1)),
  };
}

/** The rows that a host takes up: its own, and those that its cables to lower segments pass through. */
export function rowsOf({ row, below }: PlacedHost): number[] {
  const last = Math.max(row, ...below.map(({ segment }) => segment));
  return Array.from({ length: last - row + 1 }, (_, index) => row + index);
}

/** A client with one NIC stands above the first segment; every other host below the first segment that it is on. */
function placeHost(topology: Topology, name: string, host: Host, order: readonly string[]): PlacedHost {
  const nics = Object.entries(host.nics).map(([nic, { segment, addresses }]) => {
    const further = furtherAddresses(host, nic);
    return { name: nic, segment: order.indexOf(segment), addresses: labels(topology, [...addresses, ...further]) };
  });
  const first = Math.min(...nics.map(({ segment }) => segment));
  const onTop = host.role === 'client' && nics.every(({ segment }) => segment === 0);
  const row = nics.length === 0 || onTop ? 0 : first + 1;
  return {
    name,
    host,
    row,
    column: 0,
    above: nics.filter(({ segment }) => segment < row),
    below: nics.filter(({ segment }) => segment >= row),
    inside: labels(topology, furtherAddresses(host, 'lo')),
  };
}

function furtherAddresses(host: Host, nic: string): string[] {
  return statesOf(host, true).flatMap(({ addresses }) => (addresses?.[nic] ?? []).map(({ address }) => address));
}

function labels({ service }: Topology, addresses: readonly string[]): AddressLabel[] {
  return addresses.map((text) => ({ text, vip: bare(text) === service.address }));
}

function networksOn({ hosts }: Topology, segment: string): string[] {
  const nics = Object.values(hosts).flatMap((host) => Object.values(host.nics));
  const addresses = nics.filter((nic) => nic.segment === segment).flatMap((nic) => nic.addresses);
  return [...new Set(addresses.map((text) => parseInterfaceAddress(text).prefix.toString()))];
}
