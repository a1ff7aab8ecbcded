import type { Stranger } from '../engine/engine.ts';
import type {
  AddressMatch,
  DestinationId,
  ForwardingMethod,
  Persistence,
  ServiceMatch,
  Tunnel,
} from '../lvs/service.ts';
import type { Signals } from '../lvs/signals.ts';

/**
 * What the doctor knows, as data: read from a host with its usual tools (probes/), or from a simulated one. Rules look at nothing
 * else, so that they can be tried on evidence that was recorded.
 */

/** Programs that tell what nothing else does. They may be missing on a host, or need root there. */
export const TOOLS = ['ss', 'nft', 'ethtool'] as const;
export type Tool = (typeof TOOLS)[number];

/** What one host shows of itself. */
export interface HostFacts {
  /** As people call it: `director`, `web1`, `this host`. */
  name: string;
  interfaces: readonly InterfaceFacts[];
  routes: readonly RouteFacts[];
  neighbours: readonly NeighbourFacts[];
  /** Values as sysctl prints them, by full name: `net.ipv4.ip_forward`. */
  sysctls: Readonly<Record<string, string>>;
  listeners: readonly ListenerFacts[];
  /** Growth of the kernel's counters while the doctor looked (nstat), by name: `Ip:InAddrErrors`, `TcpExt:IPReversePathFilter`. */
  counters: Readonly<Record<string, number>>;
  firewall: readonly FirewallFacts[];
  /** Connections that this host has answered and whose client has not (SYN-RECV). */
  halfOpen: readonly HalfOpen[];
  /** Rules of a director on this host, as `ipvsadm -S -n` prints them. */
  rules: readonly string[];
  /** VIPs for which `weir decap` unwraps tunnels in front of the stack; it lowers the segments that clients are asked for, too. */
  unwraps: readonly string[];
  /** Programs that do not answer there: what they would tell is empty, and nothing follows from it. */
  mute: readonly Tool[];
}

export interface HalfOpen {
  local: { address: string; port: number };
  peer: { address: string; port: number };
}

export interface InterfaceFacts {
  name: string;
  up: boolean;
  loopback: boolean;
  /** `veth`, `bridge`, `ipip` ...; '' for hardware. */
  kind: string;
  /** '' where there is none. */
  mac: string;
  mtu: number;
  addresses: readonly AddressFacts[];
  /** Features as ethtool -k names them, `on` being true; empty where they cannot be read. */
  features: Readonly<Record<string, boolean>>;
}

export interface AddressFacts {
  address: string;
  length: number;
  /** IPv6: not used as source of new connections (`preferred_lft 0`). */
  deprecated: boolean;
  /** IPv6: another host has it (duplicate address detection). */
  duplicate: boolean;
}

export interface RouteFacts {
  /** A prefix; `0.0.0.0/0` and `::/0` for the default routes. */
  to: string;
  kind: 'unicast' | 'local' | 'other';
  table: string;
  via: string | undefined;
  dev: string | undefined;
  metric: number;
  /** Bytes of TCP data in a segment that peers are asked for at most; undefined where the MTU decides. */
  advmss: number | undefined;
}

export interface NeighbourFacts {
  address: string;
  dev: string;
  /** Undefined where it is being asked for, or has not answered. */
  mac: string | undefined;
  /** `REACHABLE`, `STALE`, `PERMANENT`, `FAILED` ... */
  state: string;
}

export interface ListenerFacts {
  protocol: 'tcp' | 'udp';
  /** `0.0.0.0` or `::` for all. */
  address: string;
  port: number;
}

/** One rule of nftables or iptables that can keep packets away. */
export interface FirewallFacts {
  /** `ip filter`, `inet firewalld`. */
  table: string;
  chain: string;
  /** Hook of the chain: `input`, `forward`, `prerouting` ... */
  hook: string;
  /** As nft prints it. */
  text: string;
  verdict: 'drop' | 'snat' | 'masquerade';
  /** Packets it has met since it was made; undefined without a counter. */
  packets: number | undefined;
  /** Addresses and ports it is limited to; empty: all. */
  addresses: readonly string[];
  ports: readonly number[];
  /** Conditions besides addresses and ports, none of which the doctor reads. */
  others: number;
}

/** The director, its table, and what it saw of its real servers. */
export interface DirectorFacts {
  host: HostFacts;
  services: readonly ServiceFacts[];
  /** Which MACs answer for a VIP on the segments of the director, its own excepted, by VIP; absent where nobody asked. */
  answers: Readonly<Record<string, readonly string[]>>;
  /** Whether full packets reach the gateways of the director, by address; absent where nobody asked. */
  gateways: Readonly<Record<string, SizeProbe>>;
  /** A sample of its connections. */
  connections: readonly ConnectionFacts[];
  /** Seconds until an idle connection ends (`ipvsadm --set`). */
  tcpTimeout: number;
  /** Programs that meet its packets before it does. */
  strangers: readonly Stranger[];
}

export interface ConnectionFacts {
  client: string;
  virtual: DestinationId;
  server: DestinationId;
  state: string;
  /** Seconds until it ends. */
  expires: number;
}

export interface ServiceFacts {
  match: ServiceMatch;
  /** What clients ask for: of a service of a mark, what the director's own rules give this mark to. */
  asked: readonly AddressMatch[];
  scheduler: string;
  persistence: Persistence | undefined;
  destinations: readonly DestinationFacts[];
}

export interface DestinationFacts extends DestinationId {
  method: ForwardingMethod;
  tunnel: Tunnel;
  weight: number;
  upperThreshold: number;
  active: number;
  inactive: number;
  persistent: number;
  /** What the director has noticed while it forwarded. */
  signals: Signals;
  /** What came of a connection tried on the service's own path; absent where none was tried. */
  probe: PathProbe | undefined;
  /** Whether somebody answers ARP or neighbour discovery for it; absent where it is not on a segment of the director, or nobody asked. */
  isNeighbour: boolean | undefined;
  /** Whether full packets arrive; absent where none was sent. */
  size: SizeProbe | undefined;
}

/** The answer to a SYN that went to the real server the way the service's packets go. */
export interface PathProbe {
  source: string;
  /** `unreachable`: an ICMP error came back. */
  answer: 'syn-ack' | 'reset' | 'silence' | 'unreachable';
  /** The program's own words, or the command that repeats it. */
  command: string;
}

/** What came of a packet of full size that must not be cut, beside a small one. */
export interface SizeProbe {
  /** `too-big`: a router said so; `lost`: the small one was answered; `mute`: neither was, which tells nothing. */
  answer: 'fits' | 'too-big' | 'lost' | 'mute';
  /** Bytes of the IP packet that was sent; of what would fit, with `too-big`. */
  size: number;
  command: string;
}

/** A real server, and what it is to serve. */
export interface RealServerFacts {
  host: HostFacts;
  duties: readonly Duty[];
  /** Addresses of the director, as far as they are known. */
  directors: readonly string[];
}

export interface Duty {
  method: ForwardingMethod;
  protocol: 'tcp' | 'udp' | 'sctp';
  /** Undefined for masquerading, and for a service of a mark that another firewall gives. */
  vip: string | undefined;
  /** At the real server; 0: any. */
  port: number;
  /** The real server's own address in the director's table. */
  address: string;
}

/** All that is looked at together. */
export interface Patient {
  director: DirectorFacts | undefined;
  servers: readonly RealServerFacts[];
}
