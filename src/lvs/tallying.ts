import type { LiveConnection } from './connection.ts';
import type { LiveDestination } from './live.ts';
import type { Packet } from './packet.ts';

/** Counts a connection that has been scheduled, templates not included. */
export function countConnection({ destination }: LiveConnection): void {
  if (destination === undefined) return;
  for (const { tally } of [destination, destination.service]) tally.connections++;
}

/** Counts a packet towards the server. Nothing is counted for a destination that has been deleted. */
export function countIn({ destination }: LiveConnection, packet: Pick<Packet, 'bytes'>): void {
  for (const { tally } of counted(destination)) {
    tally.inPackets++;
    tally.inBytes += packet.bytes.length;
  }
}

/** Counts a packet towards the client. */
export function countOut({ destination }: LiveConnection, packet: Pick<Packet, 'bytes'>): void {
  for (const { tally } of counted(destination)) {
    tally.outPackets++;
    tally.outBytes += packet.bytes.length;
  }
}

function counted(destination: LiveDestination | undefined) {
  return destination?.available === true ? [destination, destination.service] : [];
}
