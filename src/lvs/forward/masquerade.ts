import type { LiveConnection } from '../connection.ts';
import { flowOf } from '../flow.ts';
import { accept, decide, done, type Handling, type HookResult } from '../handling.ts';
import { HEADER_LENGTH, rewriteTransport } from '../transport.ts';
import { setDestination, setSource, type Packet } from '../packet.ts';
import { endpointText } from '../service.ts';
import type { State } from '../state.ts';
import { transmit } from '../transmit.ts';
import { outbound } from './outbound.ts';

/** Masquerading: the real server's address and port in place of the virtual ones (ip_vs_nat_xmit). */
export function masquerade(state: State, handling: Handling, packet: Packet, connection: LiveConnection): HookResult {
  const way = outbound(state, handling, packet, { connection, address: connection.server, isError: false });
  if (way.kind === 'refused') return done(handling, way.reason);
  if (!rewriteEnd(handling, packet, 'destination', connection.server, connection.serverPort)) {
    return done(handling, 'truncated');
  }
  if (way.kind === 'local') return accept(handling, 'local-server', packet);
  return transmit(state, handling, packet, way.route)
    ? done(handling, 'masqueraded')
    : done(handling, 'neighbour-unknown');
}

/**
 * Puts an address and port in place of those at one end of a packet, with all checksums.
 * @returns false if the packet is too short for that, and then nothing is changed
 */
export function rewriteEnd(
  handling: Handling,
  packet: Packet,
  end: 'source' | 'destination',
  address: string,
  port: number,
): boolean {
  const flow = flowOf(packet);
  if (flow === 'truncated' || flow === undefined) return false;
  const from = end === 'source' ? flow.sourcePort : flow.destinationPort;
  if (!flow.follows) {
    if (packet.transport + HEADER_LENGTH[flow.protocol] > packet.bytes.length) return false;
    rewriteTransport(packet, flow.protocol, { end, address, port });
  }
  decide(handling, {
    kind: 'rewrite',
    field: end,
    from: endpointText({ address: packet[end], port: from }),
    to: endpointText({ address, port }),
  });
  if (end === 'source') setSource(packet, address);
  else setDestination(packet, address);
  return true;
}
