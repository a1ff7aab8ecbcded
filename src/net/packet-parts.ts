import type { ArpPacket } from './arp.ts';
import { ETHER_TYPE } from './ether-type.ts';
import type { VlanTag } from './ethernet.ts';
import { GUE_PORT, type GueHeader } from './gue.ts';
import { icmpHeader, icmpv6Header } from './icmp-spec.ts';
import type { IpAddress } from './ip-address.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import { formatIpv4Options } from './ipv4-options.ts';
import type { Ipv6FragmentHeader } from './ipv6-extension.ts';
import type { LayerDraft } from './layer.ts';
import { BROADCAST_MAC, multicastMac, ZERO_MAC, type MacAddress } from './mac-address.ts';
import { formatNeighbourMessage, solicitedNode } from './neighbour-discovery.ts';
import type { Ipv4Spec, Ipv6Spec, PacketSpec, TcpSpec } from './packet-spec.ts';
import { parseTcpFlags, type TcpDraft } from './tcp.ts';
import { formatTcpOptions } from './tcp-options.ts';

/** How the header before names this one. */
export interface Announcement {
  etherType: number;
  protocol: number;
}

/** A header that only lacks the name of what follows it. */
export interface Part {
  announcedAs: Partial<Announcement>;
  layer(next: Announcement): LayerDraft;
}

/** The headers that a packet spec asks for, outermost first. */
export function partsOf(spec: PacketSpec): Part[] {
  return [
    ...linkParts(spec),
    ...networkParts(spec),
    ...transportParts(spec),
    ...(spec.inner ? partsOf(spec.inner) : []),
  ];
}

function linkParts(spec: PacketSpec): Part[] {
  const { arp, vlan = [] } = spec;
  const eth = spec.eth ?? (arp || spec.vlan ? {} : undefined);
  if (eth === undefined) return [];
  const source = arp?.senderMac ?? '02:00:00:00:00:01';
  const destination = destinationMac(spec);
  const tags = [vlan].flat();
  return [
    {
      announcedAs: { etherType: ETHER_TYPE.bridged },
      layer: ({ etherType }) => ({ name: 'ethernet', header: { source, destination, etherType, ...eth } }),
    },
    ...tags.map((tag, index) => tagPart(tag, index === tags.length - 1 ? ETHER_TYPE.vlan : ETHER_TYPE.providerVlan)),
    ...(arp ? [arpPart(arp)] : []),
  ];
}

function tagPart(tag: Partial<VlanTag>, etherType: number): Part {
  const defaults = { priority: 0, dropEligible: false, id: 1 };
  return {
    announcedAs: { etherType },
    layer: (next) => ({ name: 'vlan', header: { ...defaults, etherType: next.etherType, ...tag } }),
  };
}

function arpPart(arp: ArpPacket): Part {
  return { announcedAs: { etherType: ETHER_TYPE.arp }, layer: () => ({ name: 'arp', header: arp }) };
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
  if (!hasNetwork(spec)) return [];
  return [
    isIpv6(spec) ? ipv6Part(spec) : ipv4Part(spec),
    ...(spec.extensions ?? []).map((extension): Part => ({
      announcedAs: { protocol: extension.kind },
      layer: ({ protocol }) => ({ name: 'ipv6-extension', header: { nextHeader: protocol, ...extension } }),
    })),
    ...(spec.fragment ? [fragmentPart(spec.fragment)] : []),
  ];
}

/** Not with ARP, nor where Ethernet announces something else of which there is only payload. */
function hasNetwork(spec: PacketSpec): boolean {
  if (spec.arp) return false;
  return spec.eth?.etherType === undefined || spec.ip !== undefined || transportParts(spec).length > 0;
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
