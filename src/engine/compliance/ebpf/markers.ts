import { packet } from '../../../net/packet.ts';
import type { Neighbour } from '../../../lvs/routing.ts';

/**
 * Markers: datagrams that the director's own stack routes and no service knows; of one that does not forward, its answers to echo requests. They are
 * sent behind a frame, one to each side; what the frame causes has left before they do. Their addresses are those of RFC 2544's benchmarks, which no recording uses.
 */
export const MARKERS: readonly Neighbour[] = [
  { dev: 'eth0', addr: '198.18.0.1', mac: '02:00:00:00:fe:00' },
  { dev: 'eth1', addr: '198.18.0.2', mac: '02:00:00:00:fe:01' },
];
const SOURCE = '198.18.0.9';
/** Where a frame's Ethernet header says to whom it is. */
const TARGET_LENGTH = 6;
const PAYLOAD_LENGTH = 4;

/** Made once for every way in and out: there are several for each frame of a test. */
const made = new Map<string, Uint8Array>();

/** Where a marker enters: the MAC address of the interface; if the director does not forward, also an address of its own that it answers for. */
export interface Entrance {
  mac: string;
  answers?: string | undefined;
}

/** The marker number `serial` that leaves by `leaves`; good until the next one. */
export function markerFrame({ mac, answers }: Entrance, leaves: Neighbour, serial: number): Uint8Array {
  const way = `${mac} ${leaves.addr} ${answers}`;
  const frame = made.get(way) ?? (answers === undefined ? newMarker(mac, leaves) : newEcho(mac, answers, leaves));
  made.set(way, frame);
  const view = new DataView(frame.buffer, frame.byteOffset);
  view.setUint32(frame.length - PAYLOAD_LENGTH, serial);
  if (answers !== undefined) view.setUint32(frame.length - 2 * PAYLOAD_LENGTH, ~serial);
  return frame;
}

/** Without a checksum of UDP, so that the number can be changed. */
function newMarker(mac: string, leaves: Neighbour): Uint8Array {
  return packet({
    eth: { destination: mac },
    ip: { source: SOURCE, destination: leaves.addr },
    udp: { source: 9, destination: 9, checksum: 0 },
    payload: PAYLOAD_LENGTH,
  });
}

/** From the neighbour, so that the answer leaves by it. The number stands in it twice, once with all bits turned: whatever it is, the checksum is right. */
function newEcho(mac: string, own: string, leaves: Neighbour): Uint8Array {
  return packet({
    eth: { destination: mac },
    ip: { source: leaves.addr, destination: own },
    icmp: { type: 'echoRequest' },
    payload: Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0),
  });
}

/** The number of a marker that came out, undefined for any other frame. */
export function markerSerial(frame: Uint8Array): number | undefined {
  const target = Array.from(frame.subarray(0, TARGET_LENGTH), (byte) => byte.toString(16).padStart(2, '0')).join(':');
  if (!MARKERS.some(({ mac }) => mac === target)) return undefined;
  return new DataView(frame.buffer, frame.byteOffset + frame.length - PAYLOAD_LENGTH).getUint32(0);
}
