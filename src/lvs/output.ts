import { connectionText, type LiveConnection } from './connection.ts';
import { flowOf, reversed } from './flow.ts';
import { rewriteEnd } from './forward/masquerade.ts';
import { accept, decide, done, type Handling, type HookResult } from './handling.ts';
import { sendIcmpError } from './icmp-error.ts';
import { flowOfQuote, hasGoodIcmpChecksum, isIcmpError, quoteOf, rewriteIcmp } from './icmp-quote.ts';
import { touch } from './lifecycle.ts';
import { isIcmp, type Packet } from './packet.ts';
import type { State } from './state.ts';
import { countOut } from './tallying.ts';
import { applyTransition } from './transition.ts';
import { sctpChunkType, TCP_FLAG, tcpFlags } from './transport.ts';
import { SCTP_CHUNK } from '../net/sctp.ts';
import type { PacketFlow } from './flow.ts';

/**
 * What the director does with a packet that a server may have sent: a reply gets the virtual address and port as its source
 * and goes on its way (ip_vs_out). Under `accept` with the reason 'reply-restored' or 'icmp-to-client' the packet was one.
 */
export function outputHook(state: State, handling: Handling, packet: Packet): HookResult {
  if (isIcmp(packet)) return icmpOutput(state, handling, packet);
  const flow = flowOf(packet);
  if (flow === undefined) return accept(handling, 'protocol', packet);
  if (flow === 'truncated') return accept(handling, 'malformed', packet);
  const connection = state.connections.findReply(flow);
  if (connection !== undefined) return restore(state, handling, packet, connection);
  if (state.settings.nat_icmp_send !== 0 && isFromServer(state, flow) && !isRefusal(packet, flow)) {
    sendIcmpError(state, handling, packet, 'port-unreachable');
    return done(handling, 'stray-reply');
  }
  return accept(handling, 'no-service', packet);
}

function restore(state: State, handling: Handling, packet: Packet, connection: LiveConnection): HookResult {
  decide(handling, {
    kind: 'connection',
    found: 'reply',
    connection: connectionText(connection),
    state: connection.state,
  });
  const masqueraded = connection.method === 'masquerade';
  if (masqueraded && !rewriteEnd(handling, packet, 'source', connection.virtual, connection.virtualPort)) {
    return done(handling, 'truncated');
  }
  countOut(connection, packet);
  const before = connection.state;
  applyTransition(state, connection, 'server', packet);
  if (before !== connection.state) decide(handling, { kind: 'state', from: before, to: connection.state });
  touch(state, connection);
  return accept(handling, masqueraded ? 'reply-restored' : 'reply-seen', packet);
}

/** ICMP errors about requests, from the server or a router on the way: to the client as from the virtual address. */
function icmpOutput(state: State, handling: Handling, packet: Packet): HookResult {
  if (!isIcmpError(packet)) return accept(handling, 'icmp-query', packet);
  const quote = quoteOf(packet);
  const quoted = quote && flowOfQuote(packet, quote);
  const connection = quoted && state.connections.findReply(reversed(quoted));
  if (connection === undefined || quote === undefined) return accept(handling, 'icmp-unrelated', packet);
  if (!hasGoodIcmpChecksum(packet)) return done(handling, 'icmp-checksum');
  decide(handling, {
    kind: 'connection',
    found: 'reply',
    connection: connectionText(connection),
    state: connection.state,
  });
  if (connection.method === 'masquerade') {
    const { virtual: address, virtualPort: port } = connection;
    decide(handling, { kind: 'rewrite', field: 'source', from: packet.source, to: address });
    rewriteIcmp(packet, quote, { end: 'source', address, port });
  }
  countOut(connection, packet);
  return accept(handling, 'icmp-to-client', packet);
}

/** True if a destination has the source of a packet as its address and port, with the service's protocol. */
function isFromServer({ roster }: State, { protocol, source, sourcePort }: PacketFlow): boolean {
  for (const { config, destinations } of roster.services()) {
    const { match } = config;
    if ('protocol' in match && match.protocol !== protocol) continue;
    for (const one of destinations) {
      if (one.config.method === 'masquerade' && one.address === source && one.port === sourcePort) return true;
    }
  }
  return false;
}

/** RST of TCP, ABORT of SCTP: never answered. */
function isRefusal(packet: Packet, { protocol }: PacketFlow): boolean {
  if (protocol === 'tcp') return ((tcpFlags(packet) ?? 0) & TCP_FLAG.rst) !== 0;
  return protocol === 'sctp' && sctpChunkType(packet) === SCTP_CHUNK.abort;
}
