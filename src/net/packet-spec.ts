import type { ArpPacket } from './arp.ts';
import type { EthernetHeader, VlanTag } from './ethernet.ts';
import type { GreDraft } from './gre.ts';
import type { GueHeader } from './gue.ts';
import type { Icmpv6Spec, IcmpSpec } from './icmp-spec.ts';
import type { Ipv4Draft } from './ipv4.ts';
import type { Ipv4Option } from './ipv4-options.ts';
import type { Ipv6Draft } from './ipv6.ts';
import type { Ipv6Extension, Ipv6FragmentHeader } from './ipv6-extension.ts';
import type { NeighbourMessage } from './neighbour-discovery.ts';
import type { SctpChunk, SctpDraft } from './sctp.ts';
import type { TcpDraft } from './tcp.ts';
import type { TcpOption } from './tcp-options.ts';
import type { UdpDraft } from './udp.ts';

/**
 * A packet as a test wants to say it: only what matters. What is left out gets a default, what can be computed (lengths,
 * checksums, EtherTypes, protocol numbers) is computed, and what is given is written as given, right or wrong.
 */
export interface PacketSpec {
  /** With it (or with `arp`) the bytes are an Ethernet frame, without it an IP packet. */
  eth?: Partial<EthernetHeader>;
  /** One tag, or several from the outermost on. */
  vlan?: Partial<VlanTag> | readonly Partial<VlanTag>[];
  arp?: ArpPacket;
  /** IPv6 if an address is, or if there is something that only IPv6 has. */
  ip?: Ipv4Spec | Ipv6Spec;
  extensions?: readonly Omit<Ipv6Extension, 'nextHeader'>[];
  /** IPv6's fragment header. */
  fragment?: Partial<Ipv6FragmentHeader>;
  tcp?: TcpSpec;
  udp?: Partial<UdpDraft>;
  sctp?: Partial<SctpDraft> & { chunks?: readonly SctpChunk[] };
  icmp?: IcmpSpec;
  icmpv6?: Icmpv6Spec;
  neighbour?: NeighbourMessage;
  gre?: Partial<GreDraft>;
  /** Within `udp`, whose destination is then GUE's port unless given. */
  gue?: Partial<GueHeader>;
  /** The packet in the tunnel: IP in IP, or within `gre` or `gue`. */
  inner?: PacketSpec;
  /** Bytes, text, or a number of bytes that count up from 0. */
  payload?: Uint8Array | string | number;
  /** Bytes after the packet, such as Ethernet padding, or a number of zeros. */
  trailer?: Uint8Array | number;
}

export type Ipv4Spec = Partial<Omit<Ipv4Draft, 'options'>> & { options?: Uint8Array | readonly Ipv4Option[] };
export type Ipv6Spec = Partial<Ipv6Draft>;

/** Flags as a number or as letters: `SA`. */
export type TcpSpec = Partial<Omit<TcpDraft, 'flags' | 'options'>> & {
  flags?: number | string;
  options?: Uint8Array | readonly TcpOption[];
};
