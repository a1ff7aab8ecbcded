import { connectionText, type LiveConnection } from './connection.ts';
import { flowOf, reversed } from './flow.ts';
import { sendBack, wayBack } from './forward/full-nat.ts';
import { rewriteEnd } from './forward/masquerade.ts';
import { accept, decide, done, type Handling, type HookResult } from './handling.ts';
import { sendIcmpError } from './icmp-error.ts';
import {
  flowOfQuote,
  hasGoodIcmpChecksum,
  hasIcmpHeader,
  isIcmpError,
  quoteOf,
  rewriteIcmp,
  type Quote,
} from './icmp-quote.ts';
import { closeConnection, touch } from './lifecycle.ts';
import type { LiveDestination } from './live.ts';
import { isIcmp, type Packet } from './packet.ts';
import { scheduleFromServer } from './schedule.ts';
import { isMarkMatch, isTranslating } from './service.ts';
import { noteIcmp } from './signals.ts';
import type { State } from './state.ts';
import { countOut } from './tallying.ts';
import { applyTransition } from './transition.ts';
import { firstChunkType, TCP_FLAG, tcpFlags } from './transport.ts';
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
  const connection = state.connections.findReply(flow) ?? startedByServer(state, handling, packet, flow);
  if (connection !== undefined) return restore(state, handling, packet, connection);
  if (
    state.settings.nat_icmp_send !== 0 &&
    !flow.follows &&
    serverOf(state, flow) !== undefined &&
    !isRefusal(packet, flow)
  ) {
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
  const way = wayBack(state, handling, packet, connection, false);
  if (way.kind === 'refused') return done(handling, way.reason);
  const translated = isTranslating(connection.method);
  if (translated && !rewriteReply(handling, packet, connection)) return done(handling, 'truncated');
  countOut(connection, packet);
  const before = connection.state;
  applyTransition(state, connection, 'server', packet);
  if (before !== connection.state) decide(handling, { kind: 'state', from: before, to: connection.state });
  if (connection.onePacket) closeConnection(state, connection);
  else touch(state, connection);
  return translated ? sendBack(state, handling, packet, way, 'reply-restored') : accept(handling, 'reply-seen', packet);
}

/** The virtual address and port for the server's, and with full NAT the client's for the director's. False if it is too short. */
function rewriteReply(handling: Handling, packet: Packet, connection: LiveConnection): boolean {
  const { virtual, virtualPort, source, client, clientPort } = connection;
  if (!rewriteEnd(handling, packet, 'source', virtual, virtualPort)) return false;
  return source === undefined || rewriteEnd(handling, packet, 'destination', client, clientPort);
}

/** ICMP errors about requests, from the server or a router on the way: to the client as from the virtual address. */
function icmpOutput(state: State, handling: Handling, packet: Packet): HookResult {
  if (!hasIcmpHeader(packet)) return done(handling, 'truncated');
  if (!isIcmpError(packet)) return accept(handling, 'icmp-query', packet);
  const quote = quoteOf(packet);
  const quoted = quote && flowOfQuote(packet, quote);
  const connection = quoted && state.connections.findReply(reversed(quoted));
  if (connection === undefined || quote === undefined) return accept(handling, 'icmp-unrelated', packet);
  decide(handling, {
    kind: 'connection',
    found: 'reply',
    connection: connectionText(connection),
    state: connection.state,
  });
  const translated = isTranslating(connection.method);
  if (translated && !hasGoodIcmpChecksum(packet)) return done(handling, 'icmp-checksum');
  const way = wayBack(state, handling, packet, connection, true);
  if (way.kind === 'refused') return done(handling, way.reason);
  if (translated) rewriteError(handling, packet, quote, connection);
  countOut(connection, packet);
  noteIcmp(connection, packet);
  return sendBack(state, handling, packet, way, 'icmp-to-client');
}

function rewriteError(handling: Handling, packet: Packet, quote: Quote, connection: LiveConnection): void {
  const { virtual: address, virtualPort: port, source, client, clientPort } = connection;
  decide(handling, { kind: 'rewrite', field: 'source', from: packet.source, to: address });
  rewriteIcmp(packet, quote, { end: 'source', address, port });
  if (source === undefined) return;
  decide(handling, { kind: 'rewrite', field: 'destination', from: packet.destination, to: client });
  rewriteIcmp(packet, quote, { end: 'destination', address: client, port: clientPort });
}

/**
 * The connection that a datagram of a server starts, if its service has a persistence engine: with SIP a server may call the
 * client, from any port to any port.
 */
function startedByServer(
  state: State,
  handling: Handling,
  packet: Packet,
  flow: PacketFlow,
): LiveConnection | undefined {
  const mayCall = flow.protocol === 'udp' && !flow.follows && !state.routing.isLocal(packet.destination);
  const destination = mayCall ? serverOf(state, flow) : undefined;
  const service = destination?.service;
  if (destination === undefined || service?.config.persistenceEngine === undefined) return undefined;
  const { match } = service.config;
  if (isMarkMatch(match) || service.config.persistence === undefined) return undefined;
  const request = { ...reversed(flow), destination: match.address, destinationPort: match.port };
  const scheduled = scheduleFromServer(state, handling, { service, flow: request, packet, destination });
  return scheduled.kind === 'connection' ? scheduled.connection : undefined;
}

/** The masqueraded destination that a packet comes from, by its source address and port and the service's protocol. */
function serverOf({ roster }: State, { protocol, source, sourcePort }: PacketFlow): LiveDestination | undefined {
  for (const { config, destinations } of roster.services()) {
    if (!isMarkMatch(config.match) && config.match.protocol !== protocol) continue;
    for (const one of destinations) {
      if (one.config.method === 'masquerade' && one.address === source && one.port === sourcePort) return one;
    }
  }
  return undefined;
}

/** RST of TCP, ABORT of SCTP: never answered. */
function isRefusal(packet: Packet, { protocol }: PacketFlow): boolean {
  if (protocol === 'tcp') return ((tcpFlags(packet) ?? 0) & TCP_FLAG.rst) !== 0;
  return protocol === 'sctp' && firstChunkType(packet) === SCTP_CHUNK.abort;
}
