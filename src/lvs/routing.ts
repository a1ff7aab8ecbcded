import { addressToBytes, parseInterfaceAddress, Prefix } from '../net/address.ts';
import { familyOf } from './service.ts';

/** What a director stands in, as data: the `topology` of the recordings. */
export interface Surroundings {
  interfaces: Readonly<Record<string, Interface>>;
  routes: readonly Route[];
  neighbours: readonly Neighbour[];
  /**
   * Firewall marks whose packets come to the director itself wherever they are addressed, as they do to a transparent cache:
   * `ip rule add fwmark 1 lookup 100` and `ip route add local default dev lo table 100`.
   */
  deliveredMarks?: readonly number[];
  /** The director's own sysctls by full name, such as `net.ipv4.ip_forward`. */
  sysctls?: Readonly<Record<string, number | string>>;
}

export interface Interface {
  /** Absent for `lo`. */
  mac?: string;
  /** Bytes of an IP packet; 65536 if absent. */
  mtu?: number;
  /** `10.1.0.1/24`; the first of a family is the source of what the director sends by this interface. */
  addresses: readonly string[];
}

export interface Route {
  /** A prefix, `0.0.0.0/0` for the default route. */
  dst: string;
  via?: string;
  dev: string;
  /** Every address of the prefix is the director's own (`ip route add local`). */
  local?: boolean;
}

export interface Neighbour {
  dev: string;
  addr: string;
  mac: string;
}

/** Where a packet to an address goes. `source` is the address the director itself would send from. */
export type RouteResult =
  | { kind: 'local'; source: string }
  | { kind: 'unicast'; interface: string; nextHop: string; source: string | undefined; mtu: number }
  | { kind: 'broadcast' }
  | { kind: 'unreachable' };

const LOOPBACK_MTU = 65536;
const MOST_RESULTS = 65536;

interface Entry {
  prefix: Prefix;
  interface: string;
  via: string | undefined;
  local: boolean;
  /** What the host itself sends from to there, if that is not the address asked for. */
  source?: string;
}

/** No interfaces, no routes. */
export const NOWHERE: Surroundings = { interfaces: {}, routes: [], neighbours: [] };

/** Routes and neighbours of one host, by longest prefix. */
export class Routing {
  readonly surroundings: Surroundings;
  readonly #entries: Entry[];
  readonly #broadcasts = new Set<string>();
  readonly #neighbours = new Map<string, string>();
  /** Answers so far: routes do not change, and the same addresses come again and again. */
  readonly #results = new Map<string, RouteResult>();

  /** @throws WeirError ADDRESS_INVALID for what is no address or prefix */
  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
    this.#entries = [...this.#connected(), ...surroundings.routes.map(entryOf)];
    // The kernel asks its table of local addresses first, however short the prefix that is found there (fib_rules.c).
    this.#entries.sort((a, b) => Number(b.local) - Number(a.local) || b.prefix.length - a.prefix.length);
    for (const { dev, addr, mac } of surroundings.neighbours) this.#neighbours.set(`${dev} ${addr}`, mac);
  }

  lookup(address: string): RouteResult {
    const known = this.#results.get(address);
    if (known !== undefined) return known;
    const result = this.#lookup(address);
    if (this.#results.size >= MOST_RESULTS) this.#results.clear();
    this.#results.set(address, result);
    return result;
  }

  #lookup(address: string): RouteResult {
    if (this.#isBroadcast(address)) return { kind: 'broadcast' };
    const entry = this.#entries.find(({ prefix }) => prefix.contains(address));
    if (entry === undefined) return { kind: 'unreachable' };
    if (entry.local) return { kind: 'local', source: entry.source ?? address };
    return {
      kind: 'unicast',
      interface: entry.interface,
      nextHop: entry.via ?? address,
      source: this.#sourceOf(entry, address),
      mtu: this.surroundings.interfaces[entry.interface]?.mtu ?? LOOPBACK_MTU,
    };
  }

  /** Where a packet that comes in goes: by its mark, then by its address. */
  wayOf({ destination, mark }: { destination: string; mark: number }): RouteResult {
    const isDelivered = this.surroundings.deliveredMarks?.includes(mark) === true;
    return isDelivered ? { kind: 'local', source: destination } : this.lookup(destination);
  }

  isLocal(address: string): boolean {
    return this.lookup(address).kind === 'local';
  }

  /**
   * True for a source that nothing from outside may have: not unicast, a loopback address, and for IPv4 the director's own
   * (fib_validate_source; IPv6 has no such check).
   */
  isMartianSource(address: string): boolean {
    if (familyOf(address) === 'inet6') return address === '::1' || addressToBytes(address)[0] === 0xff;
    const whole = address === '0.0.0.0' || address === '255.255.255.255' || address.startsWith('127.');
    return whole || isMulticast(address) || this.isLocal(address);
  }

  /** The Ethernet address of a next hop, if it is known. */
  neighbour(dev: string, address: string): string | undefined {
    return this.#neighbours.get(`${dev} ${address}`);
  }

  /** The director's first address on an interface in a family. */
  addressOn(name: string, family: 'inet' | 'inet6'): string | undefined {
    const addresses = this.surroundings.interfaces[name]?.addresses ?? [];
    return addresses.map((text) => parseInterfaceAddress(text).address).find((one) => familyOf(one) === family);
  }

  /** As the kernel judges the address of a destination: unicast, or the director's own. */
  isUnicast(address: string): boolean {
    if (familyOf(address) === 'inet') return !isMulticast(address) && !this.#isBroadcast(address);
    return isUnicast6(address) || this.isLocal(address);
  }

  #sourceOf(entry: Entry, address: string): string | undefined {
    const family = familyOf(address);
    const addresses = (this.surroundings.interfaces[entry.interface]?.addresses ?? []).map(parseInterfaceAddress);
    const nextHop = entry.via ?? address;
    const near = addresses.find(({ address: own, prefix }) => familyOf(own) === family && prefix.contains(nextHop));
    return near?.address ?? this.addressOn(entry.interface, family);
  }

  #connected(): Entry[] {
    const entries: Entry[] = [];
    for (const [name, { addresses }] of Object.entries(this.surroundings.interfaces)) {
      const primaries = new Map<string, string>();
      for (const text of addresses) {
        const { address, prefix } = parseInterfaceAddress(text);
        const bits = familyOf(address) === 'inet' ? 32 : 128;
        // An IPv4 address in the network of an earlier one is secondary: what is sent to it has the first as its source (fib_add_ifaddr).
        const primary = bits === 32 ? (primaries.get(prefix.toString()) ?? address) : address;
        primaries.set(prefix.toString(), primary);
        entries.push({
          prefix: new Prefix(address, bits),
          interface: name,
          via: undefined,
          local: true,
          source: primary,
        });
        const local = name === 'lo';
        if (prefix.length < bits) entries.push({ prefix, interface: name, via: undefined, local });
        if (bits === 32 && prefix.length < 31 && !local) this.#broadcasts.add(prefix.last());
      }
    }
    return entries;
  }

  #isBroadcast(address: string): boolean {
    return address === '0.0.0.0' || address === '255.255.255.255' || this.#broadcasts.has(address);
  }
}

function entryOf({ dst, via, dev, local }: Route): Entry {
  return { prefix: parseInterfaceAddress(dst).prefix, interface: dev, via, local: local === true };
}

function isMulticast(address: string): boolean {
  const first = addressToBytes(address)[0]!;
  return first >= 224 && first < 240;
}

/** Not multicast, not unspecified, not link-local, not IPv4-mapped (ipv6_addr_type of the kernel). */
function isUnicast6(address: string): boolean {
  const bytes = addressToBytes(address);
  if (bytes[0] === 0xff) return false;
  if (bytes[0] === 0xfe && (bytes[1]! & 0xc0) === 0x80) return false;
  return address !== '::' && !address.startsWith('::ffff:');
}
