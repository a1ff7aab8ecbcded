import { Director } from '../lvs/director.ts';
import { PathMtu } from '../lvs/path-mtu.ts';
import { Reassembly } from '../lvs/reassembly.ts';
import type { Packet } from '../lvs/packet.ts';
import { Routing, type Surroundings } from '../lvs/routing.ts';
import { familyOf, type Family } from '../lvs/service.ts';
import { addressFromBytes, parseInterfaceAddress, parseMac } from '../net/address.ts';
import { macAt, type MacAddress } from '../net/mac-address.ts';
import { SCHEDULER_NAMES } from '../lvs/schedulers/index.ts';
import { applyOperation, emptyTable, type Table, type TableContext } from '../lvs/table.ts';
import type { Operation } from '../lvs/operation.ts';
import { Counters } from './counters.ts';
import type { SimEvent } from './event.ts';
import { markOf } from './firewall.ts';
import { Neighbours, type NeighbourActions, type Waiting } from './neighbours.ts';
import type { Port, Segment } from './segment.ts';
import type { FirewallRule, HostSpec, InterfaceSpec, RouteSpec } from './spec.ts';
import { Sysctls } from './sysctls.ts';
import type { Agenda } from './agenda.ts';
import type { Transport } from './transport.ts';

/** What a host needs of the network it stands in. */
export interface Surround {
  readonly agenda: Agenda;
  /** A whole number from 0 to `below` - 1. */
  random(below: number): number;
  segment(name: string): Segment;
  tell(event: Omit<SimEvent, 'time'>): void;
  /** A frame goes out of a NIC, or has come in. */
  sighted(host: Host, nic: string, direction: 'out' | 'in', bytes: Uint8Array): void;
}

/** An IP packet that waits for its next hop. */
export interface WaitingPacket extends Waiting {
  /** A program in front of the stack has sent it (bpf_redirect_neigh): nobody is told if there is no next hop. */
  pastStack?: boolean;
}

export interface Interface extends InterfaceSpec {
  mtu: number;
  port?: Port;
}

/** What moves while a host is at work; the functions of this folder work on it. */
export class Host {
  readonly name: string;
  readonly around: Surround;
  readonly interfaces = new Map<string, Interface>();
  readonly sysctls: Sysctls;
  readonly counters = new Counters();
  readonly neighbours: Neighbours<WaitingPacket>;
  readonly pathMtu = new PathMtu();
  readonly reassembly = new Reassembly();
  readonly firewall: readonly FirewallRule[];
  readonly spec: HostSpec;
  readonly director: Director | undefined;
  /** Gateways that redirects have told for single destinations. */
  readonly redirected = new Map<string, string>();
  /** Bytes that the last tunnel took of the packets for an address; `weir decap` offers clients segments that leave room for it. */
  readonly tunnelOverheads = new Map<string, number>();
  /** How many redirects a source has been sent. */
  readonly redirects = new Map<string, number>();
  table: Table = emptyTable();
  routing: Routing;
  nextIdentification: number;
  /** The stack above and its way in, which know this host and are put in after it. */
  transport!: Transport;
  input!: (nic: string, packet: Packet) => void;

  constructor(spec: HostSpec, around: Surround, actions: NeighbourActions<WaitingPacket>) {
    this.name = spec.name;
    this.spec = spec;
    this.around = around;
    this.sysctls = new Sysctls(spec.sysctls);
    this.firewall = spec.firewall ?? [];
    this.neighbours = new Neighbours(around.agenda, actions);
    this.nextIdentification = around.random(0x1_0000);
    for (const one of completed(spec.interfaces)) this.interfaces.set(one.name, { mtu: mtuOf(one), ...one });
    const surroundings = surroundingsOf(spec, this.interfaces);
    this.routing = new Routing(surroundings);
    this.director = spec.director && this.#startDirector(spec, surroundings);
  }

  get now(): number {
    return this.around.agenda.now;
  }

  /** True if the host takes packets to this address as its own. */
  owns(address: string): boolean {
    return this.routing.isLocal(address);
  }

  /** The interface with exactly this address. */
  interfaceWith(address: string): Interface | undefined {
    return [...this.interfaces.values()].find(({ addresses }) =>
      addresses.some((text) => parseInterfaceAddress(text).address === address),
    );
  }

  /** The addresses of an interface in a family, in their order, with their networks. */
  addressesOn(name: string, family: Family) {
    const addresses = this.interfaces.get(name)?.addresses ?? [];
    return addresses.map(parseInterfaceAddress).filter(({ address }) => familyOf(address) === family);
  }

  macOf(nic: string): MacAddress {
    return this.interfaces.get(nic)?.mac ?? '00:00:00:00:00:00';
  }

  /** True if a frame is for this NIC alone, not for a group. */
  isForNic(frame: Uint8Array, nic: string): boolean {
    return macAt(frame, 0) === this.macOf(nic);
  }

  tell(event: Omit<SimEvent, 'time' | 'host'>): void {
    this.around.tell({ host: this.name, ...event });
  }

  #startDirector(spec: HostSpec, surroundings: Surroundings): Director {
    const director = new Director({
      surroundings,
      now: this.now / 1000,
      random: (below) => this.around.random(below),
      mark: (packet) => markOf(this.firewall, packet),
    });
    for (const operation of spec.director?.operations ?? []) this.#apply(director, operation);
    return director;
  }

  #apply(director: Director, operation: Operation): void {
    const context: TableContext = {
      schedulers: SCHEDULER_NAMES,
      persistenceEngines: new Set(['sip']),
      isUnicast: (address) => this.routing.isUnicast(address),
      interfaceMtu: (name) => this.interfaces.get(name)?.mtu,
    };
    this.table = applyOperation(this.table, operation, context);
    director.apply(operation, this.table);
  }
}

/** With the addresses that a host has by itself: those of loopback, and link-local ones where it speaks IPv6 (RFC 4291). */
function completed(given: readonly InterfaceSpec[]): InterfaceSpec[] {
  const lo = given.find(({ name }) => name === 'lo');
  const own = { name: 'lo', mtu: 65_536, addresses: ['127.0.0.1/8', '::1/128', ...(lo?.addresses ?? [])] };
  const speaksIpv6 = given.some(({ addresses }) => addresses.some((address) => address.includes(':')));
  const nics = given.filter(({ name }) => name !== 'lo');
  return [own, ...(speaksIpv6 ? nics.map(withLinkLocal) : nics)];
}

function withLinkLocal(nic: InterfaceSpec): InterfaceSpec {
  if (nic.mac === undefined) return nic;
  const [a = 0, b, c, d, e, f] = parseMac(nic.mac);
  // RFC 4291 appendix A: the universal bit is inverted, and ff:fe stands in the middle.
  const identifier = [a ^ 2, b, c, 0xff, 0xfe, d, e, f];
  const bytes = Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...identifier.map((byte) => byte ?? 0)]);
  return { ...nic, addresses: [...nic.addresses, `${addressFromBytes(bytes)}/64`] };
}

function mtuOf({ mtu, tunnel }: InterfaceSpec): number {
  return mtu ?? (tunnel === undefined ? 1500 : 1480);
}

function surroundingsOf(
  { routes = [], sysctls = {} }: HostSpec,
  interfaces: ReadonlyMap<string, Interface>,
): Surroundings {
  const known = [...interfaces.values()];
  return {
    interfaces: Object.fromEntries(
      known.map(({ name, mac, mtu, addresses }) => [name, { mtu, addresses, ...(mac === undefined ? {} : { mac }) }]),
    ),
    routes: routes.flatMap((route) => {
      const dev = route.nic ?? interfaceTowards(route, known);
      return dev === undefined ? [] : [{ dst: route.to, dev, ...(route.via === undefined ? {} : { via: route.via }) }];
    }),
    neighbours: [],
    sysctls,
  };
}

/** The interface in whose network a gateway lies. */
function interfaceTowards({ via }: RouteSpec, interfaces: readonly Interface[]): string | undefined {
  if (via === undefined) return undefined;
  const near = ({ name, addresses }: Interface): boolean =>
    name !== 'lo' && addresses.some((text) => parseInterfaceAddress(text).prefix.contains(via));
  return interfaces.find(near)?.name;
}
