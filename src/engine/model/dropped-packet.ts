import { ETHERNET_HEADER } from '../../net/ethernet.ts';
import { flowOf } from '../../lvs/flow.ts';
import { readPacket } from '../../lvs/packet.ts';
import type { DroppedPacket } from '../events.ts';

/** What can be read of a frame that was dropped; a port is 0 where the packet has none. */
export function droppedPacket(frame: Uint8Array): DroppedPacket {
  const bytes = frame.length;
  const packet = readPacket(frame.subarray(ETHERNET_HEADER));
  if (typeof packet === 'string') return { bytes };
  const flow = flowOf(packet);
  const { sourcePort = 0, destinationPort = 0 } = typeof flow === 'object' ? flow : {};
  return {
    protocol: typeof flow === 'object' && !flow.follows ? flow.protocol : String(packet.protocol),
    source: { address: packet.source, port: sourcePort },
    destination: { address: packet.destination, port: destinationPort },
    bytes,
  };
}
