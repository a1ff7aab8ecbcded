import type { IpAddress, MacAddress } from '../net/address.ts';
import type { Frame } from '../net/frame.ts';
import { formatTcpFlags, TCP_FLAG, type TcpHeader } from '../net/tcp.ts';
import { journeysOf } from '../walk/journey.ts';
import { sightingOf, type CapturedFrame, type CapturePoint } from '../walk/sighting.ts';

export type { CapturedFrame, CapturePoint } from '../walk/sighting.ts';

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
  /** The addresses of the tunnel around the packet, `1.1.1.130 > 2.2.2.128`; empty without one. */
  outer: string;
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
  point: CapturePoint;
  direction: 'in' | 'out';
  identity: string;
  frame: Frame;
}

/** Puts together the journeys of all TCP and UDP packets over IP (`src/walk` says how a packet is known again). */
export function journeys(frames: readonly CapturedFrame[]): Journey[] {
  return journeysOf(sightingsOf(frames)).map(journey);
}

/**
 * Follows the first connection that somebody opened to this address and port: its SYN, and the SYN-ACK that acknowledges it.
 * @returns undefined if there is no such connection in the capture
 */
export function walkConnection(
  frames: readonly CapturedFrame[],
  service: { address: IpAddress; port: number },
): ConnectionWalk | undefined {
  const groups = journeysOf(sightingsOf(frames));
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
export const WALK_FIELDS: readonly WalkField[] = ['sp', 'dp', 'sip', 'dip', 'smac', 'dmac', 'ttl', 'flags', 'outer'];

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
  return inOrder.map(withFields).filter((seen) => seen !== undefined);
}

function withFields(captured: CapturedFrame): Seen | undefined {
  const seen = sightingOf(captured);
  const fields = seen && fieldsOf(seen.frame);
  if (seen === undefined || fields === undefined) return undefined;
  const { point, direction, time, identity, frame } = seen;
  return { sighting: { point, direction, time, fields }, point, direction, identity, frame };
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
    outer: outerOf(frame),
  };
}

function outerOf({ layers }: Frame): string {
  const [outer, inner] = layers.filter((layer) => layer.name === 'ipv4' || layer.name === 'ipv6');
  return outer === undefined || inner === undefined ? '' : `${outer.header.source} > ${outer.header.destination}`;
}
