import { concatBytes, setU16 } from '../../net/bytes.ts';
import { checksum, pseudoHeaderSum } from '../../net/checksum.ts';
import { ETHER_TYPE } from '../../net/ether-type.ts';
import { IP_PROTOCOL } from '../../net/ip-protocol.ts';
import type { LiveConnection } from '../connection.ts';
import { LEAST_PIECE } from '../fragmentation.ts';
import { accept, decide, done, type Handling, type HookResult } from '../handling.ts';
import { nextIdentification, writeIpv4, writeIpv6 } from '../ip-header.ts';
import { hasDf, IPV4_HEADER, IPV6_HEADER, largestPieceOf, ownPacket, tosOf, ttlOf, type Packet } from '../packet.ts';
import { hash32 } from '../schedulers/hash.ts';
import { DIRECT_TUNNEL, familyOf, type Family, type Tunnel } from '../service.ts';
import type { State } from '../state.ts';
import { transmit } from '../transmit.ts';
import { outbound } from './outbound.ts';

const UDP_HEADER = 8;
const GUE_HEADER = 4;
const GRE_HEADER = 4;
const GRE_CHECKSUM = 4;

/** Ports that GUE sends from: the range of a Linux host (net.ipv4.ip_local_port_range). */
const FLOW_PORTS = { first: 32_768, last: 60_999 } as const;

/** Bytes between the outer IP header and the packet inside. */
export function tunnelHeaderLength({ type, checksum: kind }: Tunnel): number {
  if (type === 'ipip') return 0;
  if (type === 'gue') return UDP_HEADER + GUE_HEADER;
  return GRE_HEADER + (kind === 'full' ? GRE_CHECKSUM : 0);
}

/** Tunnelling: the packet inside another one to the real server (ip_vs_tunnel_xmit; recorded in tun-*). */
export function tunnelTo(
  state: State,
  handling: Handling,
  packet: Packet,
  connection: LiveConnection,
  isError = false,
): HookResult {
  const tunnel = connection.destination?.config.tunnel ?? DIRECT_TUNNEL;
  const outerHeader = familyOf(connection.server) === 'inet' ? IPV4_HEADER : IPV6_HEADER;
  const overhead = outerHeader + tunnelHeaderLength(tunnel);
  const way = outbound(state, handling, packet, { connection, address: connection.server, isError, overhead });
  if (way.kind === 'refused') return done(handling, way.reason);
  if (way.kind === 'local') return accept(handling, 'local-server', packet);
  const { source } = way.route;
  if (source === undefined) return done(handling, 'no-route');
  const outer = encapsulate(state, packet, { tunnel, source, destination: connection.server });
  decide(handling, { kind: 'rewrite', field: 'outer-source', from: packet.source, to: source });
  decide(handling, { kind: 'rewrite', field: 'outer-destination', from: packet.destination, to: connection.server });
  const sent = transmit(state, handling, outer, way.route);
  if (!sent) return done(handling, 'neighbour-unknown');
  return done(handling, isError ? 'icmp-to-server' : 'tunnelled');
}

interface TunnelEnds {
  tunnel: Tunnel;
  source: string;
  destination: string;
}

/**
 * The outer packet: TTL and DSCP as inside, ECN too but for congestion experienced (RFC 3168 section 9.1.1), DF as inside
 * unless pmtu_disc is 0.
 */
function encapsulate(state: State, inner: Packet, { tunnel, source, destination }: TunnelEnds): Packet {
  const family = familyOf(destination);
  const headerLength = family === 'inet' ? IPV4_HEADER : IPV6_HEADER;
  const { protocol, header } = tunnelHeader(inner, tunnel);
  const bytes = concatBytes(new Uint8Array(headerLength), header, inner.bytes);
  if (protocol === IP_PROTOCOL.udp && tunnel.checksum !== 'none') {
    const pseudo = pseudoHeaderSum(source, destination, protocol, bytes.length - headerLength);
    setU16(bytes, headerLength + 6, checksum(bytes, headerLength, bytes.length, pseudo) || 0xffff);
  }
  const fields = { source, destination, protocol, ttl: ttlOf(inner), tos: outerTos(tosOf(inner)) };
  if (family === 'inet6') {
    writeIpv6(bytes, fields);
  } else {
    const df = hasDf(inner) && state.settings.pmtu_disc !== 0;
    writeIpv4(bytes, { ...fields, df, identification: df ? 0 : nextIdentification(state) });
  }
  const outer = ownPacket(bytes);
  return { ...outer, ...piecesOutside(inner, family, headerLength + header.length) };
}

/**
 * What the outer packet remembers of the fragments that the inner one came in: the other family nothing; IPv6 is cut there again, the first
 * longer by what the tunnel adds, where that is a multiple of 8 bytes and fits (ip6_fragment).
 */
function piecesOutside(inner: Packet, family: Family, overhead: number): Pick<Packet, 'pieces' | 'largestPiece'> {
  const largestPiece = largestPieceOf(inner);
  if (largestPiece === undefined || family !== inner.family) return {};
  const [first = 0, ...rest] = inner.pieces ?? [];
  const isBare = inner.transport === IPV6_HEADER || inner.bytes[6] === IP_PROTOCOL.authentication;
  const isWhole = family === 'inet6' && overhead % 8 === 0 && isBare;
  const isCutAgain = isWhole && first + overhead <= Math.max(LEAST_PIECE.inet6, largestPiece);
  return isCutAgain ? { largestPiece, pieces: [first + overhead, ...rest] } : { largestPiece };
}

function outerTos(inner: number): number {
  const congested = (inner & 3) === 3;
  return congested ? (inner & ~3) | 2 : inner;
}

/** What stands between the outer IP header and the packet, and the protocol that the outer header names. */
function tunnelHeader(inner: Packet, tunnel: Tunnel): { protocol: number; header: Uint8Array } {
  const isIpv4 = inner.family === 'inet';
  const innerProtocol = isIpv4 ? IP_PROTOCOL.ipip : IP_PROTOCOL.sit;
  const header = new Uint8Array(tunnelHeaderLength(tunnel));
  switch (tunnel.type) {
    case 'ipip':
      return { protocol: innerProtocol, header };
    case 'gue':
      setU16(header, 0, flowPort(inner));
      setU16(header, 2, tunnel.port);
      setU16(header, 4, header.length + inner.bytes.length);
      header[UDP_HEADER + 1] = innerProtocol;
      return { protocol: IP_PROTOCOL.udp, header };
    case 'gre':
      setU16(header, 2, isIpv4 ? ETHER_TYPE.ipv4 : ETHER_TYPE.ipv6);
      if (tunnel.checksum === 'full') {
        header[0] = 0x80;
        setU16(header, 4, checksum(concatBytes(header, inner.bytes)));
      }
      return { protocol: IP_PROTOCOL.gre, header };
  }
}

/** A source port that is the same for all packets of a flow, so that networks spread flows and keep packets in order. */
function flowPort({ bytes, transport, source, destination, protocol }: Packet): number {
  let hash = protocol;
  for (const char of `${source} ${destination}`) hash = Math.imul(hash, 31) + char.codePointAt(0)!;
  for (const byte of bytes.subarray(transport, transport + 4)) hash = Math.imul(hash, 31) + byte;
  const range = FLOW_PORTS.last - FLOW_PORTS.first + 1;
  return FLOW_PORTS.first + ((hash32(hash, 16) * range) >>> 16);
}
