import type { LiveConnection } from './connection.ts';
import { setActive } from './lifecycle.ts';
import { isFollower } from './flow.ts';
import type { Packet } from './packet.ts';
import { nextSctpState, SCTP_STATES, sctpTimeout } from './sctp-state.ts';
import { ALWAYS } from './settings.ts';
import { noteDatagram, noteSegment } from './signals.ts';
import type { State } from './state.ts';
import { isActiveTcp, nextTcpState, TCP_STATES, TCP_TIMEOUTS, type Direction, type TcpState } from './tcp-state.ts';
import { sctpChunkType, tcpFlags } from './transport.ts';

/**
 * What a packet does to the state of its connection: state, timeout, ActiveConn or InActConn, and the assurance of its
 * template. The timer is started by `touch`. A packet too short to tell changes nothing.
 */
export function applyTransition(
  state: State,
  connection: LiveConnection,
  from: 'client' | 'server',
  packet: Packet,
): void {
  switch (connection.protocol) {
    case 'tcp':
      tcpTransition(state, connection, from, packet);
      break;
    case 'sctp':
      sctpTransition(connection, from, packet);
      break;
    case 'udp':
      // AH and ESP only keep it alive (ip_vs_proto_ah_esp.c).
      if (isFollower(packet.protocol)) break;
      connection.timeout = state.timeouts.udp * 1000;
      noteDatagram(connection, from);
      if (from === 'server') assure(connection);
      break;
    case 'ip':
      break;
  }
}

function tcpTransition(state: State, connection: LiveConnection, from: 'client' | 'server', packet: Packet): void {
  const flags = tcpFlags(packet);
  if (flags === undefined) return;
  const known = TCP_STATES.find((name) => name === connection.state) ?? 'NONE';
  const secure = state.settings.secure_tcp === ALWAYS;
  const next = nextTcpState(known, directionOf(connection, from), flags, secure);
  if (next !== connection.state) {
    setActive(connection, isActiveTcp(next));
    if (next === 'ESTABLISHED') assure(connection);
  }
  noteSegment(connection, { from, flags, before: connection.state, after: next, now: state.now });
  connection.state = next;
  connection.timeout = tcpTimeout(state, next) * 1000;
}

/** Seconds, with what `--set` has changed. */
function tcpTimeout({ timeouts }: State, state: TcpState): number {
  if (state === 'ESTABLISHED') return timeouts.tcp;
  return state === 'FIN_WAIT' ? timeouts.tcpFin : TCP_TIMEOUTS[state];
}

function sctpTransition(connection: LiveConnection, from: 'client' | 'server', packet: Packet): void {
  const type = sctpChunkType(packet);
  if (type === undefined) return;
  const known = SCTP_STATES.find((name) => name === connection.state) ?? 'NONE';
  const next = nextSctpState(known, directionOf(connection, from), type);
  if (next !== connection.state) {
    setActive(connection, next === 'ESTABLISHED');
    if (next === 'ESTABLISHED') assure(connection);
  }
  connection.state = next;
  connection.timeout = sctpTimeout(next) * 1000;
}

/** A server that is heard once is not taken for silent again. */
function directionOf(connection: LiveConnection, from: 'client' | 'server'): Direction {
  if (from === 'server') {
    connection.inputOnly = false;
    return 'output';
  }
  return connection.inputOnly ? 'inputOnly' : 'input';
}

function assure({ control }: LiveConnection): void {
  if (control !== undefined) control.state = 'ASSURED';
}
