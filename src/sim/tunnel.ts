import { readPacket, type Packet } from '../lvs/packet.ts';
import { portsAt } from '../lvs/transport.ts';
import { u16 } from '../net/bytes.ts';
import { ETHER_TYPE } from '../net/ether-type.ts';
import { IP_PROTOCOL } from '../net/ip-protocol.ts';
import type { Host, Interface } from './host.ts';

const UDP_HEADER = 8;
const GUE_HEADER = 4;
const GRE_HEADER = 4;
const GRE_CHECKSUM = 0x8000;
const GUE_PORT = 6080;

/** The device that takes what is in this packet out of it, if the host has one. */
export function tunnelFor(host: Host, packet: Packet): Interface | undefined {
  const type = typeOf(packet);
  if (type === undefined) return undefined;
  return [...host.interfaces.values()].find(({ tunnel }) => {
    if (tunnel?.type !== type) return false;
    return type !== 'gue' || portsAt(packet.bytes, packet.transport)?.destination === (tunnel.port ?? GUE_PORT);
  });
}

/** The packet inside, where the host unwraps tunnels in front of its stack and it is for one of the addresses it does so for. */
export function unwrapped(host: Host, packet: Packet): Packet | undefined {
  const { decap } = host.spec;
  const type = typeOf(packet);
  if (decap === undefined || type === undefined || packet.fragment !== undefined) return undefined;
  if (type === 'gue' && portsAt(packet.bytes, packet.transport)?.destination !== (decap.guePort ?? GUE_PORT)) {
    return undefined;
  }
  const inner = readPacket(decapsulate(packet), { arrived: packet.arrived });
  if (typeof inner === 'string' || !decap.vips.includes(inner.destination)) return undefined;
  host.tunnelOverheads.set(inner.destination, packet.bytes.length - inner.bytes.length);
  return inner;
}

/** The packet inside, where `tunnelFor` has found a device. */
export function decapsulate(packet: Packet): Uint8Array {
  const { bytes, transport } = packet;
  switch (typeOf(packet)) {
    case 'gre': {
      const hasChecksum = (u16(bytes, transport) & GRE_CHECKSUM) !== 0;
      return bytes.slice(transport + GRE_HEADER + (hasChecksum ? 4 : 0));
    }
    case 'gue': {
      const words = bytes[transport + UDP_HEADER]! & 31;
      return bytes.slice(transport + UDP_HEADER + GUE_HEADER + words * 4);
    }
    case 'ipip':
    case undefined:
      return bytes.slice(transport);
  }
}

export function tellUnwrapped(host: Host, nic: string, { bytes, source, destination }: Packet): void {
  host.tell({
    kind: 'tunnel',
    nic,
    bytes,
    text: {
      en: `${host.name} takes the packet out of the tunnel at ${nic}: from ${source} to ${destination}.`,
      zh: `${host.name} 在 ${nic} 上拆开隧道，取出里面的报文：从 ${source} 到 ${destination}。`,
    },
  });
}

function typeOf({ protocol, bytes, transport }: Packet): 'ipip' | 'gre' | 'gue' | undefined {
  if (protocol === IP_PROTOCOL.ipip || protocol === IP_PROTOCOL.sit) return 'ipip';
  if (protocol === IP_PROTOCOL.udp) return 'gue';
  if (protocol !== IP_PROTOCOL.gre || transport + GRE_HEADER > bytes.length) return undefined;
  const carried = u16(bytes, transport + 2);
  return carried === ETHER_TYPE.ipv4 || carried === ETHER_TYPE.ipv6 ? 'gre' : undefined;
}
