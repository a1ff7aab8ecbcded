import { isDirectGue } from './gue.ts';
import { ETHER_TYPE } from './ether-type.ts';
import { IP_PROTOCOL } from './ip-protocol.ts';
import { CODECS, type LayerHeaders, type LayerName } from './layer.ts';

/** Where a reader of a frame stands: at the header that comes next. */
export interface Cursor {
  readonly bytes: Uint8Array;
  readonly guePorts: readonly number[];
  offset: number;
  /** Where the bytes of the layer around it end, exclusive. */
  end: number;
  /** Undefined: what comes next is payload. */
  next: LayerName | undefined;
  /** The number by which the last header named the next one. */
  announced: number;
  /** What the protocol numbers of the last IP header mean. */
  protocols: ReadonlyMap<number, LayerName>;
}

const ETHER_TYPES: ReadonlyMap<number, LayerName> = new Map<number, LayerName>([
  [ETHER_TYPE.ipv4, 'ipv4'],
  [ETHER_TYPE.ipv6, 'ipv6'],
  [ETHER_TYPE.arp, 'arp'],
  [ETHER_TYPE.vlan, 'vlan'],
  [ETHER_TYPE.providerVlan, 'vlan'],
  [ETHER_TYPE.oldProviderVlan, 'vlan'],
  [ETHER_TYPE.bridged, 'ethernet'],
]);

const IP_CARRIES: [number, LayerName][] = [
  [IP_PROTOCOL.tcp, 'tcp'],
  [IP_PROTOCOL.udp, 'udp'],
  [IP_PROTOCOL.sctp, 'sctp'],
  [IP_PROTOCOL.ipip, 'ipv4'],
  [IP_PROTOCOL.sit, 'ipv6'],
  [IP_PROTOCOL.gre, 'gre'],
];

export const IPV4_PROTOCOLS: ReadonlyMap<number, LayerName> = new Map([...IP_CARRIES, [IP_PROTOCOL.icmp, 'icmp']]);

/** 135, 139 and 140 are Mobility (RFC 6275), HIP (RFC 7401) and Shim6 (RFC 5533), of the form of the older headers. */
const IPV6_PROTOCOLS: ReadonlyMap<number, LayerName> = new Map<number, LayerName>([
  ...IP_CARRIES,
  [IP_PROTOCOL.icmpv6, 'icmpv6'],
  [IP_PROTOCOL.fragment, 'ipv6-fragment'],
  [IP_PROTOCOL.hopByHop, 'ipv6-extension'],
  [IP_PROTOCOL.routing, 'ipv6-extension'],
  [IP_PROTOCOL.destinationOptions, 'ipv6-extension'],
  [IP_PROTOCOL.authentication, 'ipv6-extension'],
  [135, 'ipv6-extension'],
  [139, 'ipv6-extension'],
  [140, 'ipv6-extension'],
]);

/** For each protocol: moves the cursor from its header, just read, to what follows it. */
export const FOLLOW: { readonly [N in LayerName]: (header: LayerHeaders[N], cursor: Cursor) => void } = {
  ethernet: (header, cursor) => {
    cursor.offset += CODECS.ethernet.size(header);
    announceEtherType(cursor, header.etherType);
  },
  vlan: (header, cursor) => {
    cursor.offset += CODECS.vlan.size(header);
    announceEtherType(cursor, header.etherType);
  },
  arp: (header, cursor) => {
    toPayload(cursor, CODECS.arp.size(header));
    cursor.end = cursor.offset;
  },
  ipv4: (header, cursor) => {
    cursor.end = Math.min(cursor.end, cursor.offset + header.totalLength);
    cursor.offset += header.headerLength;
    cursor.protocols = IPV4_PROTOCOLS;
    announceProtocol(cursor, header.protocol);
    if (header.fragmentOffset > 0) cursor.next = undefined;
  },
  ipv6: (header, cursor) => {
    cursor.offset += CODECS.ipv6.size(header);
    cursor.end = Math.min(cursor.end, cursor.offset + header.payloadLength);
    cursor.protocols = IPV6_PROTOCOLS;
    announceProtocol(cursor, header.nextHeader);
  },
  'ipv6-extension': (header, cursor) => {
    cursor.offset += CODECS['ipv6-extension'].size(header);
    announceProtocol(cursor, header.nextHeader);
  },
  'ipv6-fragment': (header, cursor) => {
    cursor.offset += CODECS['ipv6-fragment'].size(header);
    announceProtocol(cursor, header.nextHeader);
    if (header.fragmentOffset > 0) cursor.next = undefined;
  },
  tcp: (header, cursor) => toPayload(cursor, CODECS.tcp.size(header)),
  udp: followUdp,
  sctp: (header, cursor) => toPayload(cursor, CODECS.sctp.size(header)),
  icmp: (header, cursor) => toPayload(cursor, CODECS.icmp.size(header)),
  icmpv6: (header, cursor) => toPayload(cursor, CODECS.icmpv6.size(header)),
  gre: (header, cursor) => {
    cursor.offset += CODECS.gre.size(header);
    announceEtherType(cursor, header.etherType);
  },
  gue: (header, cursor) => {
    cursor.offset += CODECS.gue.size(header);
    announceProtocol(cursor, header.protocol);
    if (header.control) cursor.next = undefined;
  },
};

function followUdp(header: LayerHeaders['udp'], cursor: Cursor): void {
  const size = CODECS.udp.size(header);
  if (header.length >= size) cursor.end = Math.min(cursor.end, cursor.offset + header.length);
  toPayload(cursor, size);
  if (!cursor.guePorts.includes(header.destination) || cursor.offset === cursor.end) return;
  const first = cursor.bytes[cursor.offset]!;
  if (!isDirectGue(first)) cursor.next = 'gue';
  else cursor.next = first >> 4 === 6 ? 'ipv6' : 'ipv4';
}

function announceEtherType(cursor: Cursor, etherType: number): void {
  cursor.announced = etherType;
  cursor.next = ETHER_TYPES.get(etherType);
}

function announceProtocol(cursor: Cursor, protocol: number): void {
  cursor.announced = protocol;
  cursor.next = cursor.protocols.get(protocol);
}

function toPayload(cursor: Cursor, size: number): void {
  cursor.offset += size;
  cursor.next = undefined;
}
