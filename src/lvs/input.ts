import { carry } from './carry.ts';
import { connectionText, type LiveConnection } from './connection.ts';
import { flowOf, type PacketFlow } from './flow.ts';
import { accept, decide, done, type Handling, type HookResult } from './handling.ts';
import { icmpInput } from './icmp-input.ts';
import { leave } from './leave.ts';
import { replaceConnection, uncount } from './lifecycle.ts';
import { isIcmp, type Packet } from './packet.ts';
import { schedule, type ScheduleRequest } from './schedule.ts';
import { findService } from './service-lookup.ts';
import { matchKey } from './service.ts';
import { mustShed } from './shedding.ts';
import type { State } from './state.ts';
import { carryStateless, mayResume } from './stateless.ts';
import { firstChunkType, HEADER_LENGTH, TCP_FLAG, tcpFlags } from './transport.ts';
import { SCTP_CHUNK } from '../net/sctp.ts';

/** What the director does with a packet that is for the host itself, or leaves it: the requests of clients (ip_vs_in). */
export function inputHook(state: State, handling: Handling, packet: Packet): HookResult {
  const result = input(state, handling, packet);
  if (handling.replaced !== undefined) uncount(handling.replaced);
  handling.replaced = undefined;
  return result;
}

function input(state: State, handling: Handling, packet: Packet): HookResult {
  if (isIcmp(packet)) return icmpInput(state, handling, packet);
  const flow = flowOf(packet);
  if (flow === undefined) return accept(handling, 'protocol', packet);
  const known = flow === 'truncated' ? undefined : knownConnection(state, handling, flow, packet);
  if (known === 'destination-gone') return done(handling, 'destination-gone');
  if (known !== undefined) return carry(state, handling, packet, known);
  if (flow === 'truncated') return done(handling, 'truncated');
  if (flow.follows) return accept(handling, 'no-service', packet);
  return startConnection(state, handling, flow, packet);
}

/** The connection of a packet, unless the packet ends it and starts another; 'destination-gone' if it must be dropped. */
function knownConnection(
  state: State,
  handling: Handling,
  flow: PacketFlow,
  packet: Packet,
): LiveConnection | 'destination-gone' | undefined {
  const connection = state.connections.findRequest(flow);
  decide(handling, {
    kind: 'connection',
    found: connection === undefined ? 'none' : 'request',
    ...(connection === undefined ? {} : { connection: connectionText(connection), state: connection.state }),
  });
  if (connection === undefined) return undefined;
  const because = isNewConnection(packet, flow) ? replacedBecause(state, connection) : undefined;
  if (because !== undefined) {
    expire(state, handling, connection, because);
    return undefined;
  }
  if (connection.destination === undefined || connection.destination.available) return connection;
  if (state.settings.expire_nodest_conn === 0) return 'destination-gone';
  expire(state, handling, connection, 'destination-gone');
  return undefined;
}

function expire(
  state: State,
  handling: Handling,
  connection: LiveConnection,
  because: 'reused' | 'quiesced' | 'destination-gone',
): void {
  decide(handling, { kind: 'expired', connection: connectionText(connection), because });
  if (connection.controlled > 0) {
    state.connections.hide(connection);
    return;
  }
  replaceConnection(state, connection);
  handling.replaced = connection;
}

/** Why a packet that opens a connection is not taken for one of the connection that has its addresses and ports. */
function replacedBecause({ settings }: State, connection: LiveConnection): 'reused' | 'quiesced' | undefined {
  const { destination, state, protocol } = connection;
  if (settings.expire_nodest_conn !== 0 && destination?.weight === 0) return 'quiesced';
  const mode = settings.conn_reuse_mode;
  if (mode === 0 || connection.control !== undefined) return undefined;
  if (protocol === 'sctp') return state === 'CLOSED' ? 'reused' : undefined;
  const over = state === 'TIME_WAIT' || state === 'CLOSE';
  return over || ((mode & 2) !== 0 && state === 'FIN_WAIT' && connection.inputOnly) ? 'reused' : undefined;
}

/** Opens a connection whatever is known: SYN of TCP, INIT of SCTP. */
function isNewConnection(packet: Packet, { protocol, follows }: PacketFlow): boolean {
  if (follows) return false;
  if (protocol === 'tcp') return ((tcpFlags(packet) ?? 0) & TCP_FLAG.syn) !== 0;
  return protocol === 'sctp' && firstChunkType(packet) === SCTP_CHUNK.init;
}

function startConnection(state: State, handling: Handling, flow: PacketFlow, packet: Packet): HookResult {
  if (packet.transport + HEADER_LENGTH[flow.protocol] > packet.bytes.length) return done(handling, 'truncated');
  const service = findService(state, packet.mark, flow);
  const starts = mayStart(state, flow, packet);
  const resumes = !starts && service !== undefined && mayResume(state, service) ? 'itself' : undefined;
  if (!starts && resumes === undefined)
    return accept(handling, service === undefined ? 'no-service' : 'not-syn', packet);
  decide(handling, { kind: 'service', service: service && matchKey(service.config.match) });
  if (service === undefined) return accept(handling, 'no-service', packet);
  if (starts && mustShed(state)) return done(handling, 'load-shed');
  return scheduleAndCarry(state, handling, { service, flow, packet, resumes });
}

/** Schedules a packet and carries it, or does what else its service wants. */
function scheduleAndCarry(state: State, handling: Handling, request: ScheduleRequest): HookResult {
  const { packet } = request;
  const scheduled = schedule(state, handling, request);
  switch (scheduled.kind) {
    case 'connection':
      return carry(state, handling, packet, scheduled.connection);
    case 'stateless':
      return carryStateless(state, handling, packet, scheduled.connection);
    case 'pass':
      return accept(handling, scheduled.reason, packet);
    case 'drop':
      return done(handling, scheduled.reason);
    case 'nobody':
      return leave(state, handling, request);
  }
}

/** May a packet of no connection start one: TCP with SYN and without RST, SCTP with INIT, UDP always; if sloppy
 * anything but RST and ABORT. */
function mayStart({ settings }: State, { protocol }: PacketFlow, packet: Packet): boolean {
  if (protocol === 'udp') return true;
  if (protocol === 'sctp') {
    const type = firstChunkType(packet);
    return type === SCTP_CHUNK.init || (settings.sloppy_sctp !== 0 && type !== undefined && type !== SCTP_CHUNK.abort);
  }
  const flags = tcpFlags(packet) ?? 0;
  if ((flags & TCP_FLAG.rst) !== 0) return false;
  return settings.sloppy_tcp !== 0 || (flags & TCP_FLAG.syn) !== 0;
}
