import { readPacket, type Packet } from '../lvs/packet.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import { drop } from './drop.ts';
import { judge } from './firewall.ts';
import type { Host } from './host.ts';
import { receiveIcmp } from './icmp-input.ts';
import { sendIcmp } from './icmp-output.ts';
import { hookTakes } from './ip-output.ts';
import { decapsulate, tellUnwrapped, tunnelFor } from './tunnel.ts';

/** A packet for this host: whole again, past firewall and director, up to who takes its protocol (ip_local_deliver). */
export function receiveLocally(host: Host, nic: string, given: Packet): void {
  const packet = given.fragment === undefined ? given : host.reassembly.add(given, host.now / 1000);
  if (packet === undefined) return;
  const verdict = judge(host.firewall, 'input', packet, nic);
  if (verdict !== undefined) {
    drop(host, nic, packet.bytes, 'firewall');
    if (verdict === 'reject') sendIcmp(host, packet, 'port-unreachable');
    return;
  }
  if (hookTakes(host, 'local', nic, packet)) return;
  handUp(host, nic, packet);
}

function handUp(host: Host, nic: string, packet: Packet): void {
  if (packet.endsInHeader === true) return drop(host, nic, packet.bytes, 'malformed');
  const tunnel = tunnelFor(host, packet);
  if (tunnel !== undefined) {
    const inner = readPacket(decapsulate(packet), { arrived: tunnel.name });
    if (typeof inner === 'string') return drop(host, nic, packet.bytes, 'malformed');
    tellUnwrapped(host, tunnel.name, inner);
    return host.input(tunnel.name, inner);
  }
  switch (packet.protocol) {
    case IP_PROTOCOL.tcp:
    case IP_PROTOCOL.udp:
      return host.transport.receive(nic, packet);
    case IP_PROTOCOL.icmp:
    case IP_PROTOCOL.icmpv6:
      return receiveIcmp(host, nic, packet);
    default:
      drop(host, nic, packet.bytes, 'protocol-unknown');
      sendIcmp(host, packet, 'protocol-unreachable', packet.family === 'inet6' ? packet.protocolAt : 0);
  }
}
