import { ETHER_TYPE } from '../../net/ether-type.ts';
import { macAt } from '../../net/mac-address.ts';
import { concatBytes, u16 } from '../../net/bytes.ts';
import { ETHERNET_HEADER } from '../../net/ethernet.ts';
import { flowOf } from '../flow.ts';
import { decide, type Handling } from '../handling.ts';
import { sendIcmpError, sendParameterProblem } from '../icmp-error.ts';
import { balances, forwardHooks, localHooks } from '../hooks.ts';
import { decrementTtl, hasDf, IPV4_HEADER, isIcmp, largestPieceOf, readPacket, ttlOf, type Packet } from '../packet.ts';
import { classOf, type Reason } from '../reason.ts';
import { isTranslating, type Family } from '../service.ts';
import type { State } from '../state.ts';
import { protocolOf } from '../transport.ts';
import { mtuOf, transmit, type UnicastRoute } from '../transmit.ts';
import { answerLocally, tellRefusal } from './answer.ts';
import { refuseHopOptions } from './ipv6-options.ts';
import { heedOptions, isSourceRouted, recordAgain } from './options.ts';

/** By it comes in what programs of the host itself send to its own addresses. */
const LOOPBACK = 'lo';

/**
 * The way of a frame through the host that a director runs in: Ethernet, IP, the hooks of the director where Linux has them
 * (LOCAL_IN, FORWARD, LOCAL_OUT), and the host's own routing and answers for what the director leaves to it.
 */
export function receiveFrame(
  state: State,
  handling: Handling,
  frame: Uint8Array,
  arrived: string,
  mark: (packet: Packet) => number,
): void {
  const untagged = withoutPriority(frame);
  const reason = notForIp(state, untagged, arrived);
  if (reason === undefined) receiveIp(state, handling, untagged.subarray(ETHERNET_HEADER), arrived, mark);
  else handling.reason = reason;
}

/** A tag of VLAN 0 gives a frame a priority alone (IEEE 802.1Q section 6.9): the stack takes it off. */
function withoutPriority(frame: Uint8Array): Uint8Array {
  const isTagged = frame.length >= TAGGED_HEADER && u16(frame, TAG_AT) === ETHER_TYPE.vlan;
  if (!isTagged || (u16(frame, TAG_AT + 2) & VLAN_NUMBER) !== 0) return frame;
  return concatBytes(frame.subarray(0, TAG_AT), frame.subarray(TAG_AT + 4));
}

/** Where a tag stands, after the MACs; and a header with one. */
const TAG_AT = 12;
const TAGGED_HEADER = ETHERNET_HEADER + 4;
const VLAN_NUMBER = 0xfff;

/** Why a frame does not come to the IP stack. */
function notForIp(state: State, frame: Uint8Array, arrived: string): Reason | undefined {
  if (frame.length < ETHERNET_HEADER) return 'malformed';
  const type = u16(frame, 12);
  if (type !== ETHER_TYPE.ipv4 && type !== ETHER_TYPE.ipv6) return 'not-ip';
  if (arrived !== LOOPBACK && macAt(frame, 0) !== state.routing.surroundings.interfaces[arrived]?.mac)
    return 'not-for-us';
  const version = type === ETHER_TYPE.ipv4 ? 4 : 6;
  return frame.length > ETHERNET_HEADER && frame[ETHERNET_HEADER]! >> 4 === version ? undefined : 'malformed';
}

/** The way of an IP packet from where it has been taken out of its frame; of one of the host's own, from where it is made. */
export function receiveIp(
  state: State,
  handling: Handling,
  bytes: Uint8Array,
  arrived: string,
  mark: (packet: Packet) => number,
): void {
  const packet = packetOf(state, bytes, arrived);
  if (typeof packet === 'string') {
    handling.reason = packet;
    return;
  }
  if (arrived !== LOOPBACK && isRefusedForHopOptions(state, handling, packet)) {
    sendOwn(state, handling);
    return;
  }
  // Of IPv4 that comes from others where it goes decides about it first.
  const isFirst = packet.family === 'inet6' || arrived === LOOPBACK;
  packet.mark = mark(packet);
  const whole = isFirst ? reassemble(state, handling, packet) : packet;
  if (whole === undefined) return;
  whole.mark = mark(whole);
  if (arrived === LOOPBACK) sendPacket(state, handling, whole);
  else receivePacket(state, handling, whole);
  sendOwn(state, handling);
}

function isRefusedForHopOptions(state: State, handling: Handling, packet: Packet): boolean {
  const refusal = refuseHopOptions(packet);
  if (refusal === undefined) return false;
  handling.reason = 'malformed';
  tellRefusal(state, handling, packet, refusal);
  return true;
}

function packetOf(state: State, bytes: Uint8Array, arrived: string): Packet | Reason {
  if (arrived === LOOPBACK) return readPacket(bytes);
  const packet = readPacket(bytes, { arrived });
  if (typeof packet === 'string') return packet;
  return state.routing.isMartianSource(packet.source) && !isReplyToHost(state, packet) ? 'martian-source' : packet;
}

/** A reply of direct routing or tunnelling, from the VIP, to one of the host's own programs: it is awaited, so it is no martian. */
function isReplyToHost({ routing, connections }: State, packet: Packet): boolean {
  const flow = flowOf(packet);
  if (flow === undefined || flow === 'truncated' || !routing.isLocal(packet.destination)) return false;
  const connection = connections.findReply(flow);
  return connection !== undefined && !isTranslating(connection.method);
}

/** The packet, or the one that it is the last missing fragment of; undefined while others are missing. */
function reassemble(state: State, handling: Handling, packet: Packet): Packet | undefined {
  if (packet.fragment === undefined || !balances(state, packet.family)) return packet;
  if (packet.fragment.broken === true) {
    state.reassembly.giveUp(packet);
    return packet;
  }
  const whole = state.reassembly.add(packet, state.now);
  handling.reason = 'fragment-held';
  if (whole !== undefined) {
    decide(handling, { kind: 'reassembled', fragments: whole.pieces?.length ?? 0, bytes: whole.bytes.length });
  }
  return whole;
}

function receivePacket(state: State, handling: Handling, packet: Packet): void {
  const route = state.routing.wayOf(packet);
  const refused = refuseOptions(state, handling, packet, route.kind === 'local');
  if (refused !== undefined) {
    handling.reason = refused;
    return;
  }
  switch (route.kind) {
    case 'local':
      deliver(state, handling, packet);
      break;
    case 'unicast':
      forwardPacket(state, handling, packet, route);
      break;
    case 'broadcast':
      handling.reason = 'not-for-us';
      break;
    case 'unreachable':
      handling.reason = 'no-service';
      // Of IPv6 a host that does not forward tells, too (ip6_pkt_discard; recorded: wire/forward6-ttl-forwarding-off).
      if (packet.family === 'inet6' || isForwarding(state, 'inet'))
        sendIcmpError(state, handling, packet, 'network-unreachable');
      break;
  }
}

/** Heeds the options of a packet. @returns why it goes no further because of them, undefined if it does */
function refuseOptions(state: State, handling: Handling, packet: Packet, isForHost: boolean): Reason | undefined {
  const { routing, now } = state;
  if (packet.family === 'inet6' || packet.transport === IPV4_HEADER) return undefined;
  const back = routing.lookup(packet.source);
  const own = back.kind === 'unicast' || back.kind === 'local' ? back.source : undefined;
  const address = isForHost
    ? packet.destination
    : (own ?? routing.addressOn(packet.arrived ?? '', 'inet') ?? '0.0.0.0');
  const isOthers = (one: string): boolean => routing.isUnicast(one) && !routing.isLocal(one);
  const fault = heedOptions(packet, { address, now, isOthers });
  if (fault !== undefined) {
    sendParameterProblem(state, handling, packet, fault);
    return 'malformed';
  }
  return isSourceRouted(packet) ? 'source-routed' : undefined;
}

/** LOCAL_IN: replies to the director's own connections first, then requests; what is left is the stack's. */
function deliver(state: State, handling: Handling, packet: Packet): void {
  const whole = reassemble(state, handling, packet);
  if (whole === undefined) return;
  const result = localHooks(state, handling, whole);
  if (result.verdict === 'accept') answerLocally(state, handling, result.packet);
}

/** LOCAL_OUT for a packet of one of the host's programs; what no hook takes goes where it was sent to. */
function sendPacket(state: State, handling: Handling, packet: Packet): void {
  const result = localHooks(state, handling, packet);
  if (result.verdict === 'done') return;
  const route = state.routing.lookup(result.packet.destination);
  if (route.kind === 'local') answerLocally(state, handling, result.packet);
  else if (route.kind === 'unicast') transmit(state, handling, result.packet, route);
}

/** FORWARD: TTL and MTU as any router, then errors about requests and replies of servers. */
function forwardPacket(state: State, handling: Handling, packet: Packet, route: UnicastRoute): void {
  if (!isForwarding(state, packet.family)) {
    handling.reason = 'forwarding-off';
    return;
  }
  if (ttlOf(packet) <= 1) {
    handling.reason = 'ttl-expired';
    sendIcmpError(state, handling, packet, 'ttl-expired');
    return;
  }
  const mtu = mtuOf(state, route, packet.destination);
  if (exceeds(packet, mtu)) {
    handling.reason = 'too-big';
    sendIcmpError(state, handling, packet, 'too-big', mtu);
    return;
  }
  decrementTtl(packet);
  const whole = isPutTogether(packet) ? reassemble(state, handling, packet) : packet;
  if (whole === undefined) return;
  const { source } = whole;
  if (forwardHooks(state, handling, whole).verdict === 'done') return;
  // What has been rewritten counts as the director's own packet, which is recorded with its source.
  const recorded = whole.source === source ? route.source : whole.source;
  if (recorded !== undefined) recordAgain(whole, recorded);
  const way = state.routing.lookup(whole.destination);
  if (way.kind !== 'unicast') handling.reason = 'neighbour-unknown';
  else if (isTooBigWhole(whole, mtuOf(state, way, whole.destination))) {
    sendIcmpError(state, handling, whole, 'too-big', mtuOf(state, way, whole.destination));
  } else if (!transmit(state, handling, whole, way)) handling.reason = 'neighbour-unknown';
}

/**
 * What was put together from fragments with DF, each short enough, is refused if all of it is not (ip_fragment; recorded in
 * wire/nat-mtu-reply-fragments-df); of IPv6 it is cut where it was.
 */
function isTooBigWhole(packet: Packet, mtu: number): boolean {
  return packet.family === 'inet' && packet.pieces !== undefined && exceeds(packet, mtu);
}

/** Does IPVS put its fragments together where it is forwarded? Those of AH and ESP pass one by one (dont_defrag), as what it does not balance. */
function isPutTogether(packet: Packet): boolean {
  return isIcmp(packet) || protocolOf(packet.protocol) !== undefined;
}

/** LOCAL_OUT for everything the director has made on the way: its replies are counted and rewritten like any other. */
function sendOwn(state: State, handling: Handling): void {
  const { reason } = handling;
  for (let bytes = handling.own.shift(); bytes !== undefined; bytes = handling.own.shift()) {
    const packet = readPacket(bytes.slice());
    if (typeof packet === 'string') continue;
    const result = localHooks(state, handling, packet);
    if (result.verdict === 'done') {
      if (classOf(handling.reason) === 'drop') handling.ownDrops.push({ reason: handling.reason, packet: bytes });
      continue;
    }
    const route = state.routing.lookup(packet.destination);
    if (route.kind === 'unicast') transmit(state, handling, packet, route);
  }
  handling.reason = reason;
}

function exceeds(packet: Packet, mtu: number): boolean {
  if (packet.family === 'inet') return hasDf(packet) && packet.bytes.length > mtu;
  return (largestPieceOf(packet) ?? packet.bytes.length) > mtu;
}

function isForwarding({ routing }: State, family: Family): boolean {
  const name = family === 'inet' ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding';
  return Number(routing.surroundings.sysctls?.[name] ?? 0) !== 0;
}
