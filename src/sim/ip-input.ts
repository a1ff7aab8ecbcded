import { type HookOutcome } from '../lvs/director.ts';
import { isHandled } from '../lvs/hooks.ts';
import { decrementTtl, readPacket, ttlOf, type Packet } from '../lvs/packet.ts';
import type { Reason } from '../lvs/reason.ts';
import { isMulticast } from './address.ts';
import { drop, tellDirector } from './drop.ts';
import { judge } from './firewall.ts';
import type { Host } from './host.ts';
import { sendIcmp } from './icmp-output.ts';
import { exceedsMtu, forwardPacket } from './ip-forward.ts';
import { follow, isWorthTelling, sendTo } from './ip-output.ts';
import { receiveLocally } from './local.ts';
import { checkSource } from './source-check.ts';
import { tellUnwrapped, unwrapped } from './tunnel.ts';

/** An IP packet that a NIC has taken in, as it was on the wire. */
export function receiveIp(host: Host, nic: string, bytes: Uint8Array): void {
  const packet = readPacket(bytes, { arrived: nic });
  if (typeof packet === 'string') {
    host.counters.count(bytes[0]! >> 4 === 4 ? 'IpInHdrErrors' : 'Ip6InHdrErrors');
    drop(host, nic, bytes, 'malformed');
    return;
  }
  if (host.spec.director?.stage === 'ingress' && takesBeforeStack(host, nic, packet)) return;
  const inner = unwrapped(host, packet);
  if (inner !== undefined) tellUnwrapped(host, nic, inner);
  receivePacket(host, nic, inner ?? packet);
}

/** The stack: prerouting, source and route, then up or onward (ip_rcv_finish, ip_route_input_slow). */
export function receivePacket(host: Host, nic: string, packet: Packet): void {
  if (judge(host.firewall, 'prerouting', packet, nic) !== undefined) return drop(host, nic, packet.bytes, 'firewall');
  const { destination, source, family } = packet;
  if (isMulticast(destination)) return receiveLocally(host, nic, packet);
  const route = host.routing.lookup(destination);
  const loopback = nic === 'lo';
  if (!loopback && (destination === '::1' || destination.startsWith('127.'))) {
    return drop(host, nic, packet.bytes, 'martian-destination');
  }
  if (route.kind === 'broadcast') return drop(host, nic, packet.bytes, 'broadcast');
  const check = loopback ? { onLink: false } : checkSource(host, source, nic);
  if (route.kind === 'local') {
    if (check.refused !== undefined) return drop(host, nic, packet.bytes, check.refused);
    return receiveLocally(host, nic, packet);
  }
  if (!host.sysctls.forwards(family)) return drop(host, nic, packet.bytes, 'not-forwarding');
  if (route.kind === 'unreachable') {
    drop(host, nic, packet.bytes, 'no-route');
    return sendIcmp(host, packet, 'network-unreachable');
  }
  if (check.refused !== undefined) return drop(host, nic, packet.bytes, check.refused);
  forwardPacket(host, nic, packet, { route, sourceOnLink: check.onLink });
}

/**
 * A director in front of the stack (eBPF): what belongs to a service or a connection of its own is sent on, whatever the stack
 * would think of its source; everything else is the stack's. Replies need an interface that forwards.
 * @returns true if the director has dealt with the packet
 */
function takesBeforeStack(host: Host, nic: string, packet: Packet): boolean {
  const { director } = host;
  if (director === undefined || packet.fragment !== undefined) return false;
  director.advance(host.now / 1000);
  const outcome = director.hook('local', readAgain(packet));
  if (isForHost(host, outcome)) {
    tellDirector(host, nic, packet, outcome);
    receiveLocally(host, nic, outcome.packet);
    return true;
  }
  if (outcome.reason === 'reply-restored' && outcome.verdict === 'accept') {
    tellDirector(host, nic, packet, outcome);
    restoreReply(host, nic, outcome);
    return true;
  }
  if (outcome.verdict === 'accept') {
    if (isWorthTelling(outcome)) tellDirector(host, nic, packet, outcome);
    return false;
  }
  tellDirector(host, nic, packet, outcome);
  follow(host, outcome);
  return true;
}

/** What the director has dealt with for a program of its own host, whatever the stack would think of its source. */
function isForHost({ routing }: Host, { verdict, reason, packet }: HookOutcome): boolean {
  return verdict === 'accept' && isHandled(reason) && routing.lookup(packet.destination).kind === 'local';
}

/** A reply that the director has restored goes on to the client, as the stack would forward it. */
function restoreReply(host: Host, nic: string, { packet }: HookOutcome): void {
  const route = host.routing.lookup(packet.destination);
  if (!host.sysctls.forwards(packet.family)) return dropByDirector(host, nic, packet, 'forwarding-off');
  if (ttlOf(packet) <= 1) {
    dropByDirector(host, nic, packet, 'ttl-expired');
    return sendIcmp(host, packet, 'ttl-expired');
  }
  if (route.kind !== 'unicast') return dropByDirector(host, nic, packet, 'no-route');
  const mtu = exceedsMtu(packet, route);
  if (mtu !== undefined) {
    dropByDirector(host, nic, packet, 'too-big');
    return sendIcmp(host, packet, 'too-big', mtu);
  }
  decrementTtl(packet);
  sendTo(host, packet, route, true);
}

function dropByDirector(host: Host, nic: string, packet: Packet, reason: Reason): void {
  tellDirector(host, nic, packet, { reason, decisions: [] });
}

function readAgain(packet: Packet): Packet {
  return { ...packet, bytes: packet.bytes.slice() };
}
