import { decrementTtl, hasDf, largestPieceOf, ttlOf, type Packet } from '../lvs/packet.ts';
import type { UnicastRoute } from '../lvs/transmit.ts';
import { drop } from './drop.ts';
import { judge } from './firewall.ts';
import type { Host } from './host.ts';
import { sendIcmp, sendRedirect } from './icmp-output.ts';
import { hookTakes, sendTo } from './ip-output.ts';

export interface Passage {
  route: UnicastRoute;
  /** The source is in the network of the interface it came in by. */
  sourceOnLink: boolean;
}

/** A packet passes through a host: TTL, MTU, redirect, firewall, director, in the order of ip_forward. */
export function forwardPacket(host: Host, nic: string, packet: Packet, { route, sourceOnLink }: Passage): void {
  if (ttlOf(packet) <= 1) {
    drop(host, nic, packet.bytes, 'ttl-expired');
    return sendIcmp(host, packet, 'ttl-expired');
  }
  const mtu = exceedsMtu(packet, route);
  if (mtu !== undefined) {
    drop(host, nic, packet.bytes, 'too-big');
    return sendIcmp(host, packet, 'too-big', mtu);
  }
  decrementTtl(packet);
  if (route.interface === nic && sourceOnLink && host.sysctls.conf('send_redirects', nic) !== 0) {
    sendRedirect(host, packet, route.nextHop);
  }
  const verdict = judge(host.firewall, 'forward', packet, nic);
  if (verdict !== undefined) {
    drop(host, nic, packet.bytes, 'firewall');
    if (verdict === 'reject') sendIcmp(host, packet, 'port-unreachable');
    return;
  }
  if (hookTakes(host, 'forward', nic, packet)) return;
  host.counters.count(packet.family === 'inet' ? 'IpForwDatagrams' : 'Ip6OutForwDatagrams');
  const way = host.routing.lookup(packet.destination);
  if (way.kind === 'unicast') sendTo(host, packet, way);
}

/** The MTU that a packet exceeds where it must not be cut; undefined if it may go. */
export function exceedsMtu(packet: Packet, route: UnicastRoute): number | undefined {
  const length = packet.family === 'inet' ? packet.bytes.length : (largestPieceOf(packet) ?? packet.bytes.length);
  const mayBeCut = packet.family === 'inet' && !hasDf(packet);
  return length > route.mtu && !mayBeCut ? route.mtu : undefined;
}
