import type { LiveConnection } from '../connection.ts';
import { done, type Handling, type HookResult } from '../handling.ts';
import type { Packet } from '../packet.ts';
import type { State } from '../state.ts';
import { transmit } from '../transmit.ts';
import { outbound } from './outbound.ts';

/** Bypass: the packet on to the address it was sent to, for caches that are not there (ip_vs_bypass_xmit). */
export function bypass(
  state: State,
  handling: Handling,
  packet: Packet,
  connection: LiveConnection,
  isError = false,
): HookResult {
  const way = outbound(state, handling, packet, { connection, address: packet.destination, isError });
  if (way.kind === 'refused') return done(handling, way.reason);
  if (way.kind === 'local') return done(handling, 'no-route');
  return transmit(state, handling, packet, way.route)
    ? done(handling, 'bypassed')
    : done(handling, 'neighbour-unknown');
}
