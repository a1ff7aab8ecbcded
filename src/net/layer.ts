import { arp, type ArpPacket } from './arp.ts';
import type { Codec } from './codec.ts';
import { ethernet, vlan, type EthernetHeader, type VlanTag } from './ethernet.ts';
import { gre, type GreDraft, type GreHeader } from './gre.ts';
import { gue, type GueHeader } from './gue.ts';
import { icmp, type IcmpDraft, type IcmpHeader } from './icmp.ts';
import { icmpv6, type Icmpv6Draft, type Icmpv6Header } from './icmpv6.ts';
import { ipv4, type Ipv4Draft, type Ipv4Header } from './ipv4.ts';
import { ipv6, type Ipv6Draft, type Ipv6Header } from './ipv6.ts';
import { ipv6Extension, ipv6Fragment, type Ipv6Extension, type Ipv6FragmentHeader } from './ipv6-extension.ts';
import { sctp, type SctpDraft, type SctpHeader } from './sctp.ts';
import { tcp, type TcpDraft, type TcpHeader } from './tcp.ts';
import { udp, type UdpDraft, type UdpHeader } from './udp.ts';

/** What reading gives for each protocol. */
export interface LayerHeaders {
  ethernet: EthernetHeader;
  vlan: VlanTag;
  arp: ArpPacket;
  ipv4: Ipv4Header;
  ipv6: Ipv6Header;
  'ipv6-extension': Ipv6Extension;
  'ipv6-fragment': Ipv6FragmentHeader;
  tcp: TcpHeader;
  udp: UdpHeader;
  sctp: SctpHeader;
  icmp: IcmpHeader;
  icmpv6: Icmpv6Header;
  gre: GreHeader;
  gue: GueHeader;
}

/** What writing takes. */
export interface LayerDrafts {
  ethernet: EthernetHeader;
  vlan: VlanTag;
  arp: ArpPacket;
  ipv4: Ipv4Draft;
  ipv6: Ipv6Draft;
  'ipv6-extension': Ipv6Extension;
  'ipv6-fragment': Ipv6FragmentHeader;
  tcp: TcpDraft;
  udp: UdpDraft;
  sctp: SctpDraft;
  icmp: IcmpDraft;
  icmpv6: Icmpv6Draft;
  gre: GreDraft;
  gue: GueHeader;
}

export type LayerName = keyof LayerHeaders;

export interface LayerOf<Name extends LayerName> {
  readonly name: Name;
  readonly header: LayerHeaders[Name];
  /** Where the header starts in the frame. */
  readonly offset: number;
  /** Where what it carries ends, exclusive. */
  readonly end: number;
}

/** A header as it stood in a frame; its name tells the type of its header. */
export type Layer = { [Name in LayerName]: LayerOf<Name> }[LayerName];

/** A header to be written. Every `Layer` is one. */
export type LayerDraft<Name extends LayerName = LayerName> = {
  [N in Name]: { readonly name: N; readonly header: LayerDrafts[N] };
}[Name];

export const CODECS: { readonly [N in LayerName]: Codec<LayerHeaders[N], LayerDrafts[N]> } = {
  ethernet,
  vlan,
  arp,
  ipv4,
  ipv6,
  'ipv6-extension': ipv6Extension,
  'ipv6-fragment': ipv6Fragment,
  tcp,
  udp,
  sctp,
  icmp,
  icmpv6,
  gre,
  gue,
};
