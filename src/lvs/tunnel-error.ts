import { u16, u32 } from '../net/bytes.ts';
import { ETHER_TYPE } from '../net/ether-type.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { accept, done, type Handling, type HookResult } from './handling.ts';
import { sendIcmp } from './icmp-error.ts';
import { flowOfQuote, hasGoodIcmpChecksum, quoteAt, type Quote } from './icmp-quote.ts';
import type { LiveDestination } from './live.ts';
import type { Packet } from './packet.ts';
import type { Tunnel } from './service.ts';
import { noteIcmp } from './signals.ts';
import type { State } from './state.ts';
import { countOut } from './tallying.ts';
import { mtuOf } from './transmit.ts';

const FRAGMENTATION_NEEDED = { type: 3, code: 4 } as const;
const IPV4_HEADER = 20;
/** The least a link carries (RFC 791): below it nothing is taken off an MTU. */
const LEAST_MTU = 68;

/**
 * An ICMP error about a packet that the director has sent through a tunnel becomes one about the packet inside it, to the
 * client: with the MTU that the tunnel leaves if one was told (recorded in tun-*-icmp-*). Only of IPv4 in IPv4; IPv6 tunnel
 * errors are left to the stack (tun6-icmp-too-big).
 * @returns undefined if the error is about no tunnel of the director
 */
export function tunnelError(state: State, handling: Handling, packet: Packet, quote: Quote): HookResult | undefined {
  if (packet.family !== 'inet' || quote.isLaterFragment || !state.routing.isLocal(packet.destination)) {
    return quote.protocol === IP_PROTOCOL.ipip ? accept(handling, 'icmp-unrelated', packet) : undefined;
  }
  const start = startInTunnel(state, packet, quote);
  if (start === undefined) {
    return quote.protocol === IP_PROTOCOL.ipip ? accept(handling, 'icmp-unrelated', packet) : undefined;
  }
  const inner = quoteAt(packet.bytes, start, 'inet');
  const flow = inner && flowOfQuote(packet, inner);
  const connection = flow && state.connections.findRequest(flow);
  if (connection === undefined || inner === undefined) return accept(handling, 'icmp-unrelated', packet);
  if (!hasGoodIcmpChecksum(packet)) return done(handling, 'icmp-checksum');
  noteIcmp(connection, packet);
  const info = wordForClient(state, packet, quote, { inner: start, route: connection.destination?.route });
  if (info !== undefined) {
    const request = innerPacket(packet, inner);
    const [type, code] = [packet.bytes[packet.transport]!, packet.bytes[packet.transport + 1]!];
    sendIcmp(state, handling, request, { type, code, info, what: 'about the packet in the tunnel' });
    countOut(connection, request);
  }
  return done(handling, 'icmp-consumed');
}

/** The second word of the error for the client; undefined if the client need not know. Learns the MTU of the path. */
function wordForClient(
  state: State,
  packet: Packet,
  outer: Quote,
  { inner, route }: { inner: number; route: LiveDestination['route'] },
): number | undefined {
  const { bytes, transport } = packet;
  const word = u32(bytes, transport + 4);
  const { type, code } = FRAGMENTATION_NEEDED;
  if (bytes[transport] !== type || bytes[transport + 1] !== code) return word;
  const told = word & 0xffff;
  const way = state.routing.lookup(outer.destination);
  const carried = (): number => (way.kind === 'unicast' ? mtuOf(state, way, outer.destination) : told);
  state.pathMtu.learn(outer.destination, told, { carried: carried(), now: state.now });
  const innerHasDf = (bytes[inner + 6]! & 0x40) !== 0;
  if (!innerHasDf) return undefined;
  const mtu = route?.told === true ? carried() : (route?.mtu ?? told);
  const overhead = inner - outer.transport + IPV4_HEADER;
  return mtu > LEAST_MTU + overhead ? mtu - overhead : mtu;
}

function innerPacket(packet: Packet, inner: Quote): Packet {
  return {
    bytes: packet.bytes.slice(inner.at),
    family: 'inet',
    source: inner.source,
    destination: inner.destination,
    protocol: inner.protocol,
    transport: inner.transport - inner.at,
    protocolAt: 9,
    fragment: undefined,
    arrived: packet.arrived,
    mark: packet.mark,
  };
}

/** Where the packet in a tunnel of the director begins; undefined if what is quoted is none of its. */
function startInTunnel(state: State, { bytes }: Packet, quote: Quote): number | undefined {
  const start = quote.transport;
  switch (quote.protocol) {
    case IP_PROTOCOL.ipip:
      return hasTunnel(state, quote.destination, 'ipip') ? start : undefined;
    case IP_PROTOCOL.udp: {
      const isPlainIpv4 = bytes[start + 8] !== undefined && bytes[start + 8]! >> 5 === 0 && bytes[start + 9] === 4;
      const port = start + 4 <= bytes.length ? u16(bytes, start + 2) : 0;
      const length = 8 + 4 + ((bytes[start + 8] ?? 0) & 0x1f) * 4;
      return isPlainIpv4 && hasTunnel(state, quote.destination, 'gue', port) ? start + length : undefined;
    }
    case IP_PROTOCOL.gre: {
      const isIpv4 = start + 4 <= bytes.length && u16(bytes, start + 2) === ETHER_TYPE.ipv4;
      const length = (bytes[start] ?? 0) & 0x80 ? 8 : 4;
      return isIpv4 && hasTunnel(state, quote.destination, 'gre') ? start + length : undefined;
    }
    default:
      return undefined;
  }
}

/** True if a destination is reached through a tunnel of a type at an address. */
function hasTunnel({ roster }: State, address: string, type: Tunnel['type'], port = 0): boolean {
  for (const { destinations } of roster.services()) {
    for (const destination of destinations) {
      const { method, tunnel } = destination.config;
      if (method !== 'tunnel' || tunnel.type !== type || destination.address !== address) continue;
      if (type !== 'gue' || tunnel.port === port) return true;
    }
  }
  return false;
}
