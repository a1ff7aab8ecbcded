import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import type { Flow } from './connection-table.ts';
import type { Packet } from './packet.ts';
import type { Protocol } from './service.ts';
import { portsAt, protocolOf } from './transport.ts';

/** The port of ISAKMP, whose connection AH and ESP packets between the same hosts follow (ip_vs_proto_ah_esp.c). */
const ISAKMP = 500;

/** What connection a packet belongs to: its own protocol and ports, or for AH and ESP those of ISAKMP. */
export interface PacketFlow extends Flow {
  protocol: Protocol;
  /** AH or ESP: follows a connection, never starts one, has no ports to change. */
  follows: boolean;
}

/** @returns undefined for what is not balanced, 'truncated' for what ends before its ports */
export function flowOf(packet: Packet): PacketFlow | 'truncated' | undefined {
  if (isFollower(packet.protocol)) return followedFlow(packet);
  const ends = { source: packet.source, destination: packet.destination };
  const protocol = protocolOf(packet.protocol);
  if (protocol === undefined) return undefined;
  const ports = portsAt(packet.bytes, packet.transport);
  if (ports === undefined) return 'truncated';
  return { protocol, ...ends, sourcePort: ports.source, destinationPort: ports.destination, follows: false };
}

/** AH or ESP; in IPv6 AH is no transport but a header before one. */
export function isFollower(protocol: number): boolean {
  return protocol === IP_PROTOCOL.esp || protocol === IP_PROTOCOL.authentication;
}

/** The flow of ISAKMP between the ends of an AH or ESP packet. */
export function followedFlow({ source, destination }: Pick<Packet, 'source' | 'destination'>): PacketFlow {
  return { protocol: 'udp', source, destination, sourcePort: ISAKMP, destinationPort: ISAKMP, follows: true };
}

/** The same flow seen from the other end: what an ICMP error quotes is a packet in the opposite direction. */
export function reversed(flow: PacketFlow): PacketFlow {
  return {
    ...flow,
    source: flow.destination,
    sourcePort: flow.destinationPort,
    destination: flow.source,
    destinationPort: flow.sourcePort,
  };
}
