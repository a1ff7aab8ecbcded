import { concatBytes } from '../net/bytes.ts';
import { ETHER_TYPE } from '../net/ether-type.ts';
import { parseMac } from '../net/address.ts';
import { fragmentsFor } from './fragmentation.ts';
import type { Handling } from './handling.ts';
import type { Packet } from './packet.ts';
import type { RouteResult } from './routing.ts';
import type { State } from './state.ts';

export type UnicastRoute = Extract<RouteResult, { kind: 'unicast' }>;

/** The bytes a packet may have on a route to an address, with what ICMP errors have said about the path. */
export function mtuOf({ pathMtu, now }: State, route: UnicastRoute, address: string): number {
  return pathMtu.limit(address, route.mtu, now);
}

/**
 * Puts a packet on the wire, in fragments if the route asks for them.
 * @returns false if the Ethernet address of the next hop is not known
 */
export function transmit(state: State, handling: Handling, packet: Packet, route: UnicastRoute): boolean {
  if (handling.packets !== undefined) {
    const { interface: name, nextHop } = route;
    handling.packets.push(...piecesFor(state, packet, route).map((bytes) => ({ interface: name, nextHop, bytes })));
    return true;
  }
  const { routing } = state;
  const target = routing.neighbour(route.interface, route.nextHop);
  const own = routing.surroundings.interfaces[route.interface]?.mac;
  if (target === undefined || own === undefined) return false;
  const type = packet.family === 'inet' ? ETHER_TYPE.ipv4 : ETHER_TYPE.ipv6;
  const header = concatBytes(parseMac(target), parseMac(own), Uint8Array.of(type >> 8, type & 0xff));
  for (const piece of piecesFor(state, packet, route)) {
    handling.frames.push({ interface: route.interface, bytes: concatBytes(header, piece) });
  }
  return true;
}

function piecesFor(state: State, packet: Packet, route: UnicastRoute): Uint8Array[] {
  return fragmentsFor(packet, mtuOf(state, route, packet.destination), state.random(0x1_0000_0000));
}
