import { PacketSocket } from '../../../kernel/packet-socket.ts';
import { arpRequest } from '../../../net/arp.ts';
import { BROADCAST_MAC, multicastMac } from '../../../net/mac-address.ts';
import { packet } from '../../../net/packet.ts';

const ALL_NODES = 'ff02::1';
/** RFC 4861 section 7.1: messages with another hop limit are no neighbour discovery. */
const HOP_LIMIT = 255;

/** Tells a segment who has an address now, so that nobody goes on sending to the one who had it before. */
export function announce(interfaceName: string, mac: string, address: string): void {
  const socket = new PacketSocket(interfaceName);
  try {
    socket.send(announcement(mac, address));
  } finally {
    socket.close();
  }
}

/** A gratuitous ARP request (RFC 5227 section 2.3), or an unsolicited neighbour advertisement (RFC 4861 section 7.2.6). */
export function announcement(mac: string, address: string): Uint8Array {
  if (!address.includes(':'))
    return packet({ eth: { source: mac, destination: BROADCAST_MAC }, arp: arpRequest(mac, address, address) });
  return packet({
    eth: { source: mac, destination: multicastMac(ALL_NODES) },
    ip: { source: address, destination: ALL_NODES, hopLimit: HOP_LIMIT },
    neighbour: {
      kind: 'neighbour-advertisement',
      router: true,
      solicited: false,
      override: true,
      target: address,
      options: [{ kind: 'target-link-layer', mac }],
    },
  });
}
