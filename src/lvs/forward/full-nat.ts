import type { LiveConnection } from '../connection.ts';
import { accept, done, type Handling, type HookResult } from '../handling.ts';
import type { Packet } from '../packet.ts';
import type { State } from '../state.ts';
import { transmit } from '../transmit.ts';
import { rewriteEnd } from './masquerade.ts';
import { outbound, type Outbound } from './outbound.ts';

/**
 * Full NAT, which IPVS does not have: as masquerading, and a source of the director's own in place of the client. So the reply
 * comes back to the director whatever the real server's routes are, also where the client is a real server itself.
 */
export function fullNat(state: State, handling: Handling, packet: Packet, connection: LiveConnection): HookResult {
  const { server, serverPort, source } = connection;
  const way = outbound(state, handling, packet, { connection, address: server, isError: false });
  if (way.kind === 'refused') return done(handling, way.reason);
  if (source === undefined || !rewriteEnd(handling, packet, 'destination', server, serverPort)) {
    return done(handling, 'truncated');
  }
  rewriteEnd(handling, packet, 'source', source.address, source.port);
  if (way.kind === 'local') return accept(handling, 'local-server', packet);
  return transmit(state, handling, packet, way.route)
    ? done(handling, 'full-nat')
    : done(handling, 'neighbour-unknown');
}

/** Who sends a reply on: the host, as whatever it forwards, or the director by a route of its own. */
export type WayBack = { kind: 'host' } | Exclude<Outbound, { kind: 'local' }>;

/**
 * The way of a reply to the client. With full NAT it is addressed to the director itself, which therefore does what a router does:
 * route, TTL, MTU. Only where the source's address is not the director's own, or the client is, the host does it.
 */
export function wayBack(
  state: State,
  handling: Handling,
  packet: Packet,
  connection: LiveConnection,
  isError: boolean,
): WayBack {
  const { source, client } = connection;
  if (source === undefined || !state.routing.isLocal(packet.destination)) return { kind: 'host' };
  if (packet.arrived === undefined) return wayBackOfOwn(state, client);
  const way = outbound(state, handling, packet, { connection, address: client, isError });
  return way.kind === 'local' ? { kind: 'host' } : way;
}

/**
 * What a real server of the director itself answers leaves as it is, but is routed again once it is addressed to the client: where no
 * route leads there, it is gone, uncounted (ip_vs_route_me_harder).
 */
function wayBackOfOwn({ routing }: State, client: string): WayBack {
  const isReached = ['local', 'unicast'].includes(routing.lookup(client).kind);
  return isReached ? { kind: 'host' } : { kind: 'refused', reason: 'no-route' };
}

/** Sends what `wayBack` has found a route for. */
export function sendBack(
  state: State,
  handling: Handling,
  packet: Packet,
  way: Exclude<WayBack, { kind: 'refused' }>,
  reason: 'reply-restored' | 'icmp-to-client',
): HookResult {
  if (way.kind === 'host') return accept(handling, reason, packet);
  return transmit(state, handling, packet, way.route) ? done(handling, reason) : done(handling, 'neighbour-unknown');
}
