import type { LiveConnection } from '../connection.ts';
import { accept, done, type Handling, type HookResult } from '../handling.ts';
import type { Packet } from '../packet.ts';
import type { State } from '../state.ts';
import { transmit } from '../transmit.ts';
import { outbound } from './outbound.ts';

/** Direct routing: the packet itself to the Ethernet address of the real server (ip_vs_dr_xmit). */
export function routeDirectly(
  state: State,
  handling: Handling,
  packet: Packet,
  connection: LiveConnection,
  isError = false,
): HookResult {
  const way = outbound(state, handling, packet, { connection, address: connection.server, isError });
  if (way.kind === 'refused') return done(handling, way.reason);
  if (way.kind === 'local') return accept(handling, 'local-server', packet);
  const sent = transmit(state, handling, packet, way.route);
  if (!sent) return done(handling, 'neighbour-unknown');
  return done(handling, isError ? 'icmp-to-server' : 'routed');
}
