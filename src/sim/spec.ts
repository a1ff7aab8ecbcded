import type { Operation } from '../lvs/operation.ts';

/** A network as it is built: everything in it is data. */
export interface NetworkSpec {
  segments: readonly string[];
  /** In the order in which NICs are plugged into the switches. */
  hosts: readonly HostSpec[];
}

export interface HostSpec {
  name: string;
  /** `lo` is always there; its entry holds further addresses. */
  interfaces: readonly InterfaceSpec[];
  routes?: readonly RouteSpec[];
  /** Static neighbours (`arp -s`). */
  neighbours?: readonly NeighbourSpec[];
  /** By full name: `net.ipv4.conf.all.arp_ignore`. */
  sysctls?: Readonly<Record<string, string>>;
  firewall?: readonly FirewallRule[];
  servers?: readonly ServerSpec[];
  habits?: readonly HabitSpec[];
  /** Unwraps tunnels in front of the stack, as `weir decap` does: what is inside comes in by the same NIC. */
  decap?: DecapSpec;
  director?: DirectorSpec;
}

export interface DecapSpec {
  /** The only destinations inside a tunnel that are unwrapped. */
  vips: readonly string[];
  /** UDP port of GUE; 6080 if absent. */
  guePort?: number;
}

export interface InterfaceSpec {
  name: string;
  /** The switch it is plugged into; absent for `lo` and tunnel devices. */
  segment?: string;
  mac?: string;
  /** Bytes of an IP packet; 1500 if absent. */
  mtu?: number;
  /** `10.1.1.21/24` */
  addresses: readonly string[];
  /** Its addresses are not chosen as source where the host has another one (`preferred_lft 0`). */
  deprecated?: boolean;
  /** `wrong`: TCP segments leave it with a checksum that nobody has computed. */
  checksums?: 'wrong';
  /** A program of somebody else that meets what comes in before the host does: a filter against floods that drops every opening of TCP. */
  xdp?: 'flood-filter';
  /** Takes packets out of a tunnel: IP in IP, GRE, or GUE at a UDP port. */
  tunnel?: { type: 'ipip' | 'gre' | 'gue'; port?: number };
}

export interface RouteSpec {
  /** A prefix; `0.0.0.0/0` and `::/0` for the default. */
  to: string;
  via?: string;
  /** By default the interface in whose network `via` lies. */
  nic?: string;
}

export interface NeighbourSpec {
  address: string;
  nic: string;
  mac: string;
}

/** Rules are asked in order; the first that matches decides, and a packet that none matches passes. */
export interface FirewallRule {
  /** `arp`: an ARP packet that comes in, with `destination` as the address asked for. */
  chain: 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'arp';
  /** What must be equal; what is absent may be anything. Addresses may be prefixes. */
  nic?: string;
  source?: string;
  destination?: string;
  protocol?: 'tcp' | 'udp' | 'icmp' | 'ipip';
  port?: number;
  /**
   * In `prerouting` a mark may be set (for services of firewall marks), and the packet goes on. `masquerade` belongs to `postrouting`,
   * which no balanced packet passes; the simulator keeps such a rule and translates nothing.
   */
  action: 'drop' | 'reject' | 'masquerade' | { mark: number };
}

export interface ServerSpec {
  /** A web server that answers with the name of its host, or a UDP echo that puts the name in front. */
  kind: 'web' | 'udp-echo';
  port: number;
  /** The one address it listens at; all if absent. */
  address?: string;
}

/** What a host does by itself, all the time. */
export interface HabitSpec {
  /** `asks`: opens a connection, sends a request and closes. `idles`: opens one and says nothing for long. `datagrams`: sends UDP. */
  kind: 'asks' | 'idles' | 'datagrams';
  /** Milliseconds from one to the next. */
  every: number;
  to: { address: string; port: number };
  /** The address it sends from, by default as routes say. */
  from?: string;
  /** Seconds of silence before an idle connection is used. */
  silent?: number;
}

export interface DirectorSpec {
  /** The rules, in the order in which they are typed. */
  operations: readonly Operation[];
  /**
   * Where the director takes packets. `ingress`: as they come in, before the stack has looked at them, as the eBPF engine does.
   * `netfilter`: where IPVS has its hooks, after the stack has checked source and route.
   */
  stage: 'ingress' | 'netfilter';
}
