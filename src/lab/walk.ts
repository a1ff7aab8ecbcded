import type { IpAddress, MacAddress } from '../net/address.ts';
import { crc32c } from '../net/crc32c.ts';
import { parseFrame, type Frame } from '../net/frame.ts';
import { formatTcpFlags, TCP_FLAG, type TcpHeader } from '../net/tcp.ts';

/** A NIC at which frames were captured. */
export interface CapturePoint {
  host: string;
  nic: string;
  mac: MacAddress;
}

export interface CapturedFrame {
  point: CapturePoint;
  /** Nanoseconds; only the order counts, so all points must share a clock. */
  time: bigint;
  bytes: Uint8Array;
}

/** What the mission document follows through the network, in its own words. */
export interface WalkFields {
  sp: number;
  dp: number;
  sip: IpAddress;
  dip: IpAddress;
  smac: MacAddress;
  dmac: MacAddress;
  ttl: number;
  /** TCP flags as letters, `SA`; empty for UDP. */
  flags: string;
}

export type WalkField = keyof WalkFields;

/** A packet as it went out of a NIC, or came in. */
export interface Sighting {
  point: CapturePoint;
  direction: 'out' | 'in';
  time: bigint;
  fields: WalkFields;
}

/** One packet on its way: every sighting of it, in the order of time, whatever was rewritten in between. */
export interface Journey {
  sightings: Sighting[];
}

/** A TCP connection's first packet and the answer to it. */
export interface ConnectionWalk {
  request: Journey;
  /** Absent when nobody answered. */
  reply?: Journey;
}

interface Seen {
  sighting: Sighting;
  identity: string;
  frame: Frame;
}

/**
 * Puts together the journeys of all TCP and UDP packets over IP. A packet is known again by what no forwarding method of a
 * director changes: TCP sequence and acknowledgement numbers, flags and payload; IP identification and payload for UDP. The
 * same packet at the same place again is a retransmission, and begins another journey. Frames that a NIC only overheard
 * (neither from nor to its MAC) count for nothing.
 */
export function journeys(frames: readonly CapturedFrame[]): Journey[] {
  return group(sightingsOf(frames)).map((seen) => ({ sightings: seen.map(({ sighting }) => sighting) }));
}

/**
 * Follows the first connection that somebody opened to this address and port: its SYN, and the SYN-ACK that acknowledges it.
 * @returns undefined if there is no such connection in the capture
 */
export function walkConnection(
  frames: readonly CapturedFrame[],
  service: { address: IpAddress; port: number },
): ConnectionWalk | undefined {
  const groups = group(sightingsOf(frames));
  const request = groups.find(([first]) => first !== undefined && opens(first, service));
  const syn = request?.[0]?.frame.findLast('tcp');
  if (request === undefined || syn === undefined) return undefined;
  const reply = groups.find(([first]) => first !== undefined && acknowledges(first, syn));
  return { request: journey(request), ...(reply === undefined ? {} : { reply: journey(reply) }) };
}

/**
 * True when the capture has seen every step of a packet's way: each NIC it left and the one it then came in by, hosts passing on
 * what they took, from any host to `end`. A file that tcpdump has not written yet leaves a hole.
 */
export function isUnbroken({ sightings }: Journey, end: string): boolean {
  const last = sightings.at(-1);
  if (last?.direction !== 'in' || last.point.host !== end) return false;
  return sightings.every(({ direction, point }, place) => {
    if (direction !== (place % 2 === 0 ? 'out' : 'in')) return false;
    return place === 0 || direction === 'in' || point.host === sightings[place - 1]?.point.host;
  });
}

/** The fields that differ between two sightings. */
export function changedFields(before: WalkFields, after: WalkFields): WalkField[] {
  return WALK_FIELDS.filter((field) => before[field] !== after[field]);
}

/** In the order in which the mission document writes them. */
export const WALK_FIELDS: readonly WalkField[] = ['sp', 'dp', 'sip', 'dip', 'smac', 'dmac', 'ttl', 'flags'];

function opens({ sighting, frame }: Seen, service: { address: IpAddress; port: number }): boolean {
  const { dip, dp } = sighting.fields;
  const syn = handshakeFlags(frame) === TCP_FLAG.syn;
  return syn && sighting.direction === 'out' && dip === service.address && dp === service.port;
}

function acknowledges({ frame }: Seen, syn: TcpHeader): boolean {
  const answer = handshakeFlags(frame) === (TCP_FLAG.syn | TCP_FLAG.ack);
  return answer && frame.findLast('tcp')?.acknowledgement === (syn.sequence + 1) >>> 0;
}

/** SYN and ACK, without what else may be set (ECN). */
function handshakeFlags(frame: Frame): number {
  return (frame.findLast('tcp')?.flags ?? 0) & (TCP_FLAG.syn | TCP_FLAG.ack);
}

function journey(seen: readonly Seen[]): Journey {
  return { sightings: seen.map(({ sighting }) => sighting) };
}

function sightingsOf(frames: readonly CapturedFrame[]): Seen[] {
  const inOrder = [...frames].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
  return inOrder.map(sightingOf).filter((seen) => seen !== undefined);
}

function sightingOf({ point, time, bytes }: CapturedFrame): Seen | undefined {
  const frame = parseFrame(bytes);
  const ethernet = frame.get('ethernet');
  const direction = ethernet.source === point.mac ? 'out' : ethernet.destination === point.mac ? 'in' : undefined;
  const fields = fieldsOf(frame);
  if (direction === undefined || fields === undefined) return undefined;
  return { sighting: { point, direction, time, fields }, identity: identityOf(frame), frame };
}

function fieldsOf(frame: Frame): WalkFields | undefined {
  const ethernet = frame.get('ethernet');
  const ipv4 = frame.findLast('ipv4');
  const ipv6 = frame.findLast('ipv6');
  const ip = ipv4 ?? ipv6;
  const tcp = frame.findLast('tcp');
  const transport = tcp ?? frame.findLast('udp');
  if (ip === undefined || transport === undefined) return undefined;
  return {
    sp: transport.source,
    dp: transport.destination,
    sip: ip.source,
    dip: ip.destination,
    smac: ethernet.source,
    dmac: ethernet.destination,
    ttl: ipv4?.ttl ?? ipv6?.hopLimit ?? 0,
    flags: tcp === undefined ? '' : formatTcpFlags(tcp.flags),
  };
}

function identityOf(frame: Frame): string {
  const payload = `${frame.payload.length} ${crc32c(frame.payload)}`;
  const tcp = frame.findLast('tcp');
  if (tcp !== undefined) return `tcp ${tcp.sequence} ${tcp.acknowledgement} ${tcp.flags} ${payload}`;
  return `udp ${frame.findLast('ipv4')?.identification ?? ''} ${payload}`;
}

/** Sightings of one packet each, in the order of their first ones. */
function group(all: readonly Seen[]): Seen[][] {
  const groups: Seen[][] = [];
  const open = new Map<string, Seen[]>();
  for (const seen of all) {
    const current = open.get(seen.identity);
    if (current === undefined || current.some((other) => isSamePlace(other.sighting, seen.sighting))) {
      const fresh = [seen];
      groups.push(fresh);
      open.set(seen.identity, fresh);
    } else current.push(seen);
  }
  return groups;
}

function isSamePlace(a: Sighting, b: Sighting): boolean {
  return a.point.host === b.point.host && a.point.nic === b.point.nic && a.direction === b.direction;
}
