import type { HookOutcome } from '../lvs/director.ts';
import { fragmentsFor } from '../lvs/fragmentation.ts';
import { isHandled } from '../lvs/hooks.ts';
import { ownPacket, type Packet } from '../lvs/packet.ts';
import type { UnicastRoute } from '../lvs/transmit.ts';
import { isMulticast } from './address.ts';
import { drop, tellDirector } from './drop.ts';
import { judge } from './firewall.ts';
import type { Host } from './host.ts';

/** Why a packet of a host's own could not be sent, as programs are told. */
export type SendError = 'ENETUNREACH' | 'EPERM';

/** Sends an IP packet that this host has made (ip_local_out). @returns an error where there is no way out */
export function sendOwnPacket(host: Host, bytes: Uint8Array): SendError | undefined {
  const packet = ownPacket(bytes);
  if (judge(host.firewall, 'output', packet) !== undefined) {
    drop(host, 'lo', bytes, 'firewall');
    return 'EPERM';
  }
  if (directorTakes(host, 'local', 'lo', packet)) return undefined;
  const route = host.routing.lookup(packet.destination);
  switch (route.kind) {
    case 'local':
      host.around.agenda.after(1, () => host.input('lo', packet));
      return undefined;
    case 'unicast':
      sendTo(host, packet, route);
      return undefined;
    case 'broadcast':
    case 'unreachable':
      if (isMulticast(packet.destination)) return undefined;
      host.counters.count(packet.family === 'inet' ? 'IpOutNoRoutes' : 'Ip6OutNoRoutes');
      host.tell({
        kind: 'drop',
        bytes,
        dropped: 'no-route',
        text: {
          en: `${host.name} has no route to ${packet.destination}: the packet does not leave.`,
          zh: `${host.name} 没有到 ${packet.destination} 的路由，报文发不出去。`,
        },
      });
      return 'ENETUNREACH';
  }
}

/** Sends a packet by a route, in fragments if it must be, to the next hop: itself, or the gateway. */
export function sendTo(host: Host, packet: Packet, route: UnicastRoute, pastStack = false): void {
  const nextHop = host.redirected.get(packet.destination) ?? route.nextHop;
  const mtu = host.pathMtu.limit(packet.destination, route.mtu, host.now / 1000);
  for (const bytes of fragmentsFor(packet, mtu, host.around.random(0x1_0000_0000))) {
    host.neighbours.resolve(route.interface, nextHop, { bytes, pastStack });
  }
}

/**
 * A hook of the director where IPVS has one; a host without a director, or with one in front of its stack, has none.
 * @returns true if the director has dealt with the packet
 */
export function hookTakes(host: Host, point: 'local' | 'forward', nic: string, packet: Packet): boolean {
  return host.spec.director?.stage === 'netfilter' && directorTakes(host, point, nic, packet);
}

/** The same, wherever the director stands: what the host itself sends passes each. */
function directorTakes(host: Host, point: 'local' | 'forward', nic: string, packet: Packet): boolean {
  const { director } = host;
  if (director === undefined) return false;
  director.advance(host.now / 1000);
  const outcome = director.hook(point, packet);
  if (isWorthTelling(outcome)) tellDirector(host, nic, packet, outcome);
  follow(host, outcome);
  return outcome.verdict === 'done';
}

/** True unless the packet has nothing to do with any service. */
export function isWorthTelling({ verdict, reason, decisions }: HookOutcome): boolean {
  return verdict === 'done' || isHandled(reason) || decisions.some(({ kind }) => kind === 'service');
}

/** Sends what a hook of the director has left to be sent. */
export function follow(host: Host, { sent, own }: HookOutcome): void {
  for (const { interface: out, nextHop, bytes } of sent) {
    host.neighbours.resolve(out, nextHop, { bytes, pastStack: host.spec.director?.stage === 'ingress' });
  }
  for (const bytes of own) sendOwnPacket(host, bytes);
}
