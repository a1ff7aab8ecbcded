import type { ArpPacket } from './arp.ts';
import { concatBytes } from './bytes.ts';
import { ETHER_TYPE } from './ether-type.ts';
import type { EthernetHeader, VlanTag } from './ethernet.ts';
import { formatFrame, type FrameDraft } from './format-frame.ts';
import type { GreDraft } from './gre.ts';
import { GUE_PORT, type GueHeader } from './gue.ts';
import { icmpHeader, icmpv6Header, type Icmpv6Spec, type IcmpSpec } from './icmp-spec.ts';
import type { IpAddress } from './ip-address.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import type { Ipv4Draft } from './ipv4.ts';
import { formatIpv4Options, type Ipv4Option } from './ipv4-options.ts';
import type { Ipv6Draft } from './ipv6.ts';
import type { Ipv6Extension, Ipv6FragmentHeader } from './ipv6-extension.ts';
import type { LayerDraft } from './layer.ts';
import { BROADCAST_MAC, multicastMac, ZERO_MAC, type MacAddress } from './mac-address.ts';
import { formatNeighbourMessage, solicitedNode, type NeighbourMessage } from './neighbour-discovery.ts';
import { formatSctpChunks, type SctpChunk, type SctpDraft } from './sctp.ts';
import { parseTcpFlags, type TcpDraft } from './tcp.ts';
import { formatTcpOptions, type TcpOption } from './tcp-options.ts';
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

/**
 * The bytes of a packet: `packet({ ip: { source: '10.0.0.1', destination: '10.0.0.2' }, tcp: { destination: 80, flags: 'S' } })`.
 * Defaults: 192.0.2.1 to 198.51.100.1 (2001:db8::1 to 2001:db8::2), TTL 64, ports 40000 to 80, a SYN.
 * @throws WeirError ADDRESS_INVALID, FRAME_INVALID for what has no place in the fields
 */
export function packet(spec: PacketSpec): Uint8Array {
  return formatFrame(packetDraft(spec), { keep: true });
}

/** The headers that `packet` writes. */
export function packetDraft(spec: PacketSpec): Required<FrameDraft> {
  const parts = partsOf(spec);
  const layers: LayerDraft[] = [];
  let next: Announcement = { etherType: EXPERIMENTAL_ETHER_TYPE, protocol: EXPERIMENTAL_PROTOCOL };
  for (const part of parts.reverse()) {
    layers.unshift(part.layer(next));
    next = { ...next, ...part.announcedAs };
  }
  return { layers, payload: payloadOf(spec), trailer: trailerOf(spec) };
}

/** For payload that no header announces: IEEE 802's local experimental EtherType 1, and RFC 3692's protocol. */
const EXPERIMENTAL_ETHER_TYPE = 0x88b5;
const EXPERIMENTAL_PROTOCOL = 253;

/** How the header before names this one. */
interface Announcement {
  etherType: number;
  protocol: number;
}

/** A header that only lacks the name of what follows it. */
interface Part {
  announcedAs: Partial<Announcement>;
  layer(next: Announcement): LayerDraft;
}

function partsOf(spec: PacketSpec): Part[] {
  return [
    ...linkParts(spec),
    ...networkParts(spec),
    ...transportParts(spec),
    ...(spec.inner ? partsOf(spec.inner) : []),
  ];
}

function linkParts(spec: PacketSpec): Part[] {
  const { arp } = spec;
  const eth = spec.eth ?? (arp || spec.vlan ? {} : undefined);
  if (eth === undefined) return [];
  const tags = spec.vlan === undefined ? [] : [spec.vlan].flat();
  const source = arp?.senderMac ?? '02:00:00:00:00:01';
  const destination = destinationMac(spec);
  return [
    {
      announcedAs: { etherType: ETHER_TYPE.bridged },
      layer: ({ etherType }) => ({ name: 'ethernet', header: { source, destination, etherType, ...eth } }),
    },
    ...tags.map((tag, index): Part => {
      const etherType = index < tags.length - 1 ? ETHER_TYPE.providerVlan : ETHER_TYPE.vlan;
      const defaults = { priority: 0, dropEligible: false, id: 1 };
      return {
        announcedAs: { etherType },
        layer: (next) => ({ name: 'vlan', header: { ...defaults, etherType: next.etherType, ...tag } }),
      };
    }),
    ...(arp
      ? [{ announcedAs: { etherType: ETHER_TYPE.arp }, layer: () => ({ name: 'arp', header: arp }) as const }]
      : []),
  ];
}

/** Where Ethernet would send it: to the group of a multicast packet, to everybody or the asker with ARP. */
function destinationMac(spec: PacketSpec): MacAddress {
  if (spec.arp) return spec.arp.targetMac === ZERO_MAC ? BROADCAST_MAC : spec.arp.targetMac;
  const destination = ipDestination(spec);
  return isMulticast(destination) ? multicastMac(destination) : '02:00:00:00:00:02';
}

function isMulticast(address: IpAddress): boolean {
  return /^(22[4-9]|23\d)\.|^ff..:/.test(address);
}

function networkParts(spec: PacketSpec): Part[] {
  if (spec.arp) return [];
  return [
    isIpv6(spec) ? ipv6Part(spec) : ipv4Part(spec),
    ...(spec.extensions ?? []).map((extension): Part => ({
      announcedAs: { protocol: extension.kind },
      layer: ({ protocol }) => ({ name: 'ipv6-extension', header: { nextHeader: protocol, ...extension } }),
    })),
    ...(spec.fragment ? [fragmentPart(spec.fragment)] : []),
  ];
}

function isIpv6({ ip = {}, extensions, fragment, icmpv6, neighbour }: PacketSpec): boolean {
  if (extensions ?? fragment ?? icmpv6 ?? neighbour) return true;
  return 'hopLimit' in ip || 'flowLabel' in ip || `${ip.source ?? ''}${ip.destination ?? ''}`.includes(':');
}

function ipv4Part({ ip = {} }: PacketSpec): Part {
  const spec: Ipv4Spec = ip;
  const options = bytesOr(spec.options, formatIpv4Options);
  return {
    announcedAs: { etherType: ETHER_TYPE.ipv4, protocol: IP_PROTOCOL.ipip },
    layer: ({ protocol }) => ({ name: 'ipv4', header: { ...IPV4_DEFAULTS, protocol, ...spec, options } }),
  };
}

const IPV4_DEFAULTS = {
  dscp: 0,
  ecn: 0,
  identification: 0,
  reservedFlag: false,
  dontFragment: false,
  moreFragments: false,
  fragmentOffset: 0,
  ttl: 64,
  source: '192.0.2.1',
  destination: '198.51.100.1',
} as const;

function ipv6Part(spec: PacketSpec): Part {
  const ip: Ipv6Spec = spec.ip ?? {};
  // RFC 4861 section 3.1: only packets that no router has passed on are believed.
  const hopLimit = spec.neighbour ? 255 : 64;
  const defaults = { dscp: 0, ecn: 0, flowLabel: 0, hopLimit, source: '2001:db8::1', destination: ipDestination(spec) };
  return {
    announcedAs: { etherType: ETHER_TYPE.ipv6, protocol: IP_PROTOCOL.sit },
    layer: ({ protocol }) => ({ name: 'ipv6', header: { ...defaults, nextHeader: protocol, ...ip } }),
  };
}

function ipDestination(spec: PacketSpec): IpAddress {
  if (spec.ip?.destination !== undefined) return spec.ip.destination;
  if (spec.neighbour?.kind === 'neighbour-solicitation') return solicitedNode(spec.neighbour.target);
  return isIpv6(spec) ? '2001:db8::2' : IPV4_DEFAULTS.destination;
}

function fragmentPart(fragment: Partial<Ipv6FragmentHeader>): Part {
  const defaults = { fragmentOffset: 0, moreFragments: false, identification: 1, reserved: 0 };
  return {
    announcedAs: { protocol: IP_PROTOCOL.fragment },
    layer: ({ protocol }) => ({ name: 'ipv6-fragment', header: { ...defaults, nextHeader: protocol, ...fragment } }),
  };
}

function transportParts(spec: PacketSpec): Part[] {
  const parts: Part[] = [];
  const { gre, gue, udp = gue && {} } = spec;
  if (spec.tcp) parts.push(fixed(IP_PROTOCOL.tcp, { name: 'tcp', header: tcpHeader(spec.tcp) }));
  if (udp) {
    const header = { source: 40000, destination: gue ? GUE_PORT : 80, ...udp };
    parts.push(fixed(IP_PROTOCOL.udp, { name: 'udp', header }));
  }
  if (spec.sctp) {
    const { chunks: _, ...sctp } = spec.sctp;
    const header = { source: 40000, destination: 80, verificationTag: 0, ...sctp };
    parts.push(fixed(IP_PROTOCOL.sctp, { name: 'sctp', header }));
  }
  if (spec.icmp) parts.push(fixed(IP_PROTOCOL.icmp, { name: 'icmp', header: icmpHeader(spec.icmp) }));
  if (spec.icmpv6) parts.push(fixed(IP_PROTOCOL.icmpv6, { name: 'icmpv6', header: icmpv6Header(spec.icmpv6) }));
  if (spec.neighbour) {
    const { header } = formatNeighbourMessage(spec.neighbour);
    parts.push(fixed(IP_PROTOCOL.icmpv6, { name: 'icmpv6', header }));
  }
  if (gre) {
    parts.push({
      announcedAs: { protocol: IP_PROTOCOL.gre },
      layer: ({ etherType }) => ({ name: 'gre', header: { hasChecksum: false, reserved: 0, etherType, ...gre } }),
    });
  }
  if (gue) parts.push(guePart(gue));
  return parts;
}

/** UDP's port announces it. */
function guePart(gue: Partial<GueHeader>): Part {
  const defaults = { control: false, flags: 0, extension: new Uint8Array(0) };
  return {
    announcedAs: {},
    layer: ({ protocol }) => ({ name: 'gue', header: { ...defaults, protocol, ...gue } }),
  };
}

function fixed(protocol: number, layer: LayerDraft): Part {
  return { announcedAs: { protocol }, layer: () => layer };
}

function tcpHeader(spec: TcpSpec): TcpDraft {
  const { flags = 'S' } = spec;
  return {
    source: 40000,
    destination: 80,
    sequence: 0,
    acknowledgement: 0,
    reserved: 0,
    window: 65535,
    urgentPointer: 0,
    ...spec,
    flags: typeof flags === 'string' ? parseTcpFlags(flags) : flags,
    options: bytesOr(spec.options, formatTcpOptions),
  };
}

function bytesOr<Option>(
  options: Uint8Array | readonly Option[] | undefined,
  format: (options: readonly Option[]) => Uint8Array,
): Uint8Array {
  return options instanceof Uint8Array ? options : format(options ?? []);
}

/** What the headers carry: of the innermost packet, after the body that neighbour discovery or SCTP makes. */
function payloadOf(spec: PacketSpec): Uint8Array {
  if (spec.inner) return payloadOf(spec.inner);
  const body = spec.neighbour
    ? formatNeighbourMessage(spec.neighbour).payload
    : formatSctpChunks(spec.sctp?.chunks ?? []);
  return concatBytes(body, bytesOf(spec.payload ?? 0));
}

function bytesOf(payload: Uint8Array | string | number): Uint8Array {
  if (typeof payload === 'string') return new TextEncoder().encode(payload);
  return typeof payload === 'number' ? Uint8Array.from({ length: payload }, (_, index) => index) : payload;
}

function trailerOf({ trailer = 0 }: PacketSpec): Uint8Array {
  return typeof trailer === 'number' ? new Uint8Array(trailer) : trailer;
}
