import { connectionText, type LiveConnection } from './connection.ts';
import { reversed, type PacketFlow } from './flow.ts';
import { bypass } from './forward/bypass.ts';
import { outbound } from './forward/outbound.ts';
import { routeDirectly } from './forward/route.ts';
import { tunnelTo } from './forward/tunnel.ts';
import { accept, decide, done, type Handling, type HookResult } from './handling.ts';
import {
  flowOfQuote,
  hasGoodIcmpChecksum,
  hasIcmpHeader,
  isIcmpError,
  quoteOf,
  rewriteIcmp,
  type Quote,
} from './icmp-quote.ts';
import { leave } from './leave.ts';
import { closeConnection, touch } from './lifecycle.ts';
import type { Packet } from './packet.ts';
import { schedule } from './schedule.ts';
import { findService } from './service-lookup.ts';
import { endpointText, isTranslating, matchKey } from './service.ts';
import { mustShed } from './shedding.ts';
import type { State } from './state.ts';
import { mayResume, wasFull } from './stateless.ts';
import { countIn } from './tallying.ts';
import { transmit } from './transmit.ts';
import { protocolOf } from './transport.ts';
import { tunnelError } from './tunnel-error.ts';

/**
 * ICMP errors about what clients got: sent on to the server of the connection, rewritten as its packets are. Errors about a
 * tunnel packet go back to the client instead. Everything else is left to the stack (ip_vs_in_icmp).
 */
export function icmpInput(state: State, handling: Handling, packet: Packet): HookResult {
  if (!hasIcmpHeader(packet)) return done(handling, 'truncated');
  if (!isIcmpError(packet)) return accept(handling, 'icmp-query', packet);
  const quote = quoteOf(packet);
  if (quote === undefined) return accept(handling, 'icmp-unrelated', packet);
  const tunnel = tunnelError(state, handling, packet, quote);
  if (tunnel !== undefined) return tunnel;
  const quoted = flowOfQuote(packet, quote);
  if (quoted === undefined && mustHavePorts(state, quote)) return done(handling, 'truncated');
  if (quoted === undefined) return accept(handling, 'icmp-unrelated', packet);
  const flow = reversed(quoted);
  const known = state.connections.findRequest(flow);
  if (known !== undefined) {
    decide(handling, { kind: 'connection', found: 'request', connection: connectionText(known), state: known.state });
    return carryError(state, handling, packet, quote, known);
  }
  if (flow.follows || (state.settings.schedule_icmp === 0 && !wasFull(state)))
    return accept(handling, 'icmp-unrelated', packet);
  return scheduleByQuote(state, handling, packet, quote, flow);
}

/** With schedule_icmp a quote that ends before its ports is dropped, as a packet that does (tcp_conn_schedule). */
function mustHavePorts({ settings }: State, { protocol, isLaterFragment }: Quote): boolean {
  return settings.schedule_icmp !== 0 && protocolOf(protocol) !== undefined && !isLaterFragment;
}

/**
 * With schedule_icmp an error about an unknown connection makes one, as if the quoted packet were its first. Without, it may be about one that
 * had no room in the table.
 */
function scheduleByQuote(state: State, handling: Handling, packet: Packet, quote: Quote, flow: PacketFlow): HookResult {
  const resumes = state.settings.schedule_icmp === 0 ? 'quote' : undefined;
  const service = findService(state, packet.mark, flow, resumes === undefined ? packet.destination : undefined);
  if (service !== undefined && resumes !== undefined && !mayResume(state, service)) {
    return accept(handling, 'icmp-unrelated', packet);
  }
  decide(handling, { kind: 'service', service: service && matchKey(service.config.match) });
  if (service === undefined) return accept(handling, 'icmp-unrelated', packet);
  if (resumes === undefined && mustShed(state)) return done(handling, 'load-shed');
  const scheduled = schedule(state, handling, { service, flow, packet, resumes });
  switch (scheduled.kind) {
    case 'connection': {
      // It is not known who asked whom.
      scheduled.connection.isUnanswered = false;
      const result = carryError(state, handling, packet, quote, scheduled.connection);
      if (scheduled.connection.onePacket) closeConnection(state, scheduled.connection);
      else touch(state, scheduled.connection);
      return result;
    }
    case 'stateless':
      return carryError(state, handling, packet, quote, scheduled.connection);
    case 'pass':
      return accept(handling, scheduled.reason, packet);
    case 'drop':
      return done(handling, scheduled.reason);
    case 'nobody':
      return leave(state, handling, { service, flow, packet, resumes });
  }
}

function carryError(
  state: State,
  handling: Handling,
  packet: Packet,
  quote: Quote,
  connection: LiveConnection,
): HookResult {
  // What is only sent on keeps a wrong checksum.
  if (isTranslating(connection.method) && !hasGoodIcmpChecksum(packet)) return done(handling, 'icmp-checksum');
  countIn(connection, packet);
  // Of what is translated the kernel does not count it (ip_vs_icmp_xmit).
  if (!isTranslating(connection.method)) connection.inPackets++;
  switch (connection.method) {
    case 'masquerade':
    case 'full-nat':
      return masqueradeError(state, handling, packet, quote, connection);
    case 'route':
      return routeDirectly(state, handling, packet, connection, true);
    case 'tunnel':
      return tunnelTo(state, handling, packet, connection, true);
    case 'bypass':
      return bypass(state, handling, packet, connection, true);
  }
}

function masqueradeError(
  state: State,
  handling: Handling,
  packet: Packet,
  quote: Quote,
  connection: LiveConnection,
): HookResult {
  const { server, serverPort, source } = connection;
  const way = outbound(state, handling, packet, { connection, address: server, isError: true });
  if (way.kind === 'refused') return done(handling, way.reason);
  decide(handling, {
    kind: 'rewrite',
    field: 'destination',
    from: packet.destination,
    to: endpointText({ address: server, port: serverPort }),
  });
  rewriteIcmp(packet, quote, { end: 'destination', address: server, port: serverPort });
  if (source !== undefined) {
    decide(handling, { kind: 'rewrite', field: 'source', from: packet.source, to: endpointText(source) });
    rewriteIcmp(packet, quote, { end: 'source', ...source });
  }
  if (way.kind === 'local') return accept(handling, 'local-server', packet);
  return transmit(state, handling, packet, way.route)
    ? done(handling, 'icmp-to-server')
    : done(handling, 'neighbour-unknown');
}
