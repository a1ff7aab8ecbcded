import type { LiveConnection } from '../connection.ts';
import { decide, type Handling } from '../handling.ts';
import { heedOptionsAgain } from '../host/options.ts';
import { sendIcmpError } from '../icmp-error.ts';
import { decrementTtl, hasDf, largestPieceOf, ttlOf, type Packet } from '../packet.ts';
import type { Reason } from '../reason.ts';
import type { State } from '../state.ts';
import { mtuOf, type UnicastRoute } from '../transmit.ts';

/** What the way to a server depends on. */
export interface Way {
  connection: LiveConnection;
  /** Where to. */
  address: string;
  /** An ICMP error on its way to the server: never answered by another one. */
  isError: boolean;
  /** Bytes that a tunnel puts before the packet; undefined for other methods. */
  overhead?: number;
}

export type Outbound = { kind: 'local' } | { kind: 'route'; route: UnicastRoute } | { kind: 'refused'; reason: Reason };

/** The least MTU a tunnel may leave to what is inside, by the family outside (RFC 791, RFC 8200). */
const LEAST_INSIDE = { inet: 68, inet6: 1280 } as const;

/**
 * What every method does first: route, TTL, MTU, in this order, and an ICMP error to the client where one of them fails. The
 * TTL is decremented for servers that are not the director itself (ip_vs_xmit.c; recorded in nat-ttl-1-in, nat-mtu-exact).
 */
export function outbound(state: State, handling: Handling, packet: Packet, way: Way): Outbound {
  const route = state.routing.lookup(way.address);
  decideRoute(state, handling, way);
  if (route.kind === 'local') return { kind: 'local' };
  if (route.kind !== 'unicast') {
    if (heedOptionsAgain(packet)) sendIcmpError(state, handling, packet, 'host-unreachable');
    return { kind: 'refused', reason: 'no-route' };
  }
  if (ttlOf(packet) <= 1) {
    sendIcmpError(state, handling, packet, 'ttl-expired');
    return { kind: 'refused', reason: 'ttl-expired' };
  }
  decide(handling, { kind: 'rewrite', field: 'ttl', from: `${ttlOf(packet)}`, to: `${ttlOf(packet) - 1}` });
  decrementTtl(packet);
  const pathMtu = mtuOf(state, route, way.address);
  const { destination } = way.connection;
  if (destination !== undefined)
    destination.route = { mtu: pathMtu, told: state.pathMtu.knows(way.address, state.now) };
  const mtu = pathMtu - (way.overhead ?? 0);
  if (way.overhead !== undefined && mtu < LEAST_INSIDE[way.address.includes(':') ? 'inet6' : 'inet']) {
    return { kind: 'refused', reason: 'too-big' };
  }
  if (isTooBig(state, packet, mtu, way)) {
    sendIcmpError(state, handling, packet, 'too-big', mtu);
    return { kind: 'refused', reason: 'too-big' };
  }
  return { kind: 'route', route };
}

function isTooBig({ settings }: State, packet: Packet, mtu: number, { isError, overhead }: Way): boolean {
  if (packet.family === 'inet6') {
    return (largestPieceOf(packet) ?? packet.bytes.length) > mtu;
  }
  if (overhead !== undefined && settings.pmtu_disc === 0) return false;
  return hasDf(packet) && packet.bytes.length > mtu && !isError;
}

function decideRoute({ routing }: State, handling: Handling, { address }: Way): void {
  const route = routing.lookup(address);
  const unicast = route.kind === 'unicast' ? route : undefined;
  decide(handling, {
    kind: 'route',
    to: address,
    interface: route.kind === 'local' ? 'lo' : unicast?.interface,
    nextHop: unicast?.nextHop,
    mtu: unicast?.mtu,
  });
}
