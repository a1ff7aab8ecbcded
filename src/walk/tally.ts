import { ICMP_TYPE, ICMP_UNREACHABLE } from '../net/icmp.ts';
import { TCP_FLAG } from '../net/tcp.ts';
import { outerText } from './appearance.ts';
import type { Stuck } from './progress.ts';
import type { Sighting } from './sighting.ts';
import { isDirectors, isPrivate, isPublic, type WatchPoint } from './watch-point.ts';

/** What was seen of one conversation with a virtual service. */
export interface FlowTally {
  flow: number;
  /** Requests at the public side, and those of them that left the director again. */
  requests: number;
  forwarded: number;
  /** Left the director towards the real servers with the VIP as destination, by another NIC than they came. */
  unchanged: number;
  /** By which the director passed it on. */
  method: 'masquerade' | 'tunnel' | 'direct' | undefined;
  /** Requests that came in at a real server; undefined where none is watched. */
  atServer: number | undefined;
  /** Replies at each place. */
  repliesPrivate: number;
  repliesPublic: number;
  repliesServer: number;
  repliesClient: number;
  resets: number;
  /** Resets by the director itself, which came in nowhere; and packets of an open connection that it did not pass on. */
  ownResets: number;
  held: number;
  /** ICMP errors in place of an answer: unreachable, or a TTL at its end. */
  errors: number;
  /** ICMP errors that say how large a packet may be. */
  tooBig: number;
  /** The client has acknowledged something, so it was answered, by whatever way. */
  acknowledged: boolean;
  /** What is sent again and again at the end of the capture. */
  stuck: Stuck | undefined;
}

/** @param seesServers a real server is watched */
export function newTally(flow: number, seesServers: boolean): FlowTally {
  return {
    flow,
    requests: 0,
    forwarded: 0,
    unchanged: 0,
    method: undefined,
    atServer: seesServers ? 0 : undefined,
    repliesPrivate: 0,
    repliesPublic: 0,
    repliesServer: 0,
    repliesClient: 0,
    resets: 0,
    ownResets: 0,
    held: 0,
    errors: 0,
    tooBig: 0,
    acknowledged: false,
    stuck: undefined,
  };
}

/** @param asked `ADDRESS:PORT` of the service */
export function addRequest(tally: FlowTally, sightings: readonly Sighting<WatchPoint>[], asked: string): void {
  const incoming = sightings.find(({ point, direction }) => direction === 'in' && isPublic(point));
  const outgoing = sightings.find(({ point, direction }) => direction === 'out' && isPrivate(point));
  if (incoming !== undefined || outgoing !== undefined) tally.requests++;
  if (outgoing !== undefined) {
    tally.forwarded++;
    tally.method = methodOf(outgoing, asked);
    if (outgoing.conversation.destination === asked) tally.unchanged++;
  }
  if (sightings.some(({ point, direction }) => direction === 'in' && point.side === 'real server')) {
    tally.atServer = (tally.atServer ?? 0) + 1;
  }
  const flags = sightings[0]!.frame.findLast('tcp')?.flags ?? 0;
  const acknowledges = (flags & TCP_FLAG.ack) !== 0 && (flags & (TCP_FLAG.syn | TCP_FLAG.rst)) === 0;
  if (!acknowledges) return;
  tally.acknowledged = true;
  if (incoming !== undefined && outgoing === undefined) tally.held++;
}

export function addReply(tally: FlowTally, sightings: readonly Sighting<WatchPoint>[]): void {
  const error = icmpErrorOf(sightings[0]!);
  if (error === 'end') tally.errors++;
  if (error === 'too-big') tally.tooBig++;
  if (error !== undefined) return;
  const at = (side: (point: WatchPoint) => boolean, direction: 'in' | 'out'): number =>
    sightings.some((sighting) => side(sighting.point) && sighting.direction === direction) ? 1 : 0;
  const isServers = ({ side }: WatchPoint): boolean => side === 'real server';
  tally.repliesPrivate += at(isPrivate, 'in');
  tally.repliesPublic += at(isPublic, 'out');
  tally.repliesServer += at(isServers, 'out');
  tally.repliesClient += at(({ side }) => side === 'client', 'in');
  const flags = sightings[0]!.frame.findLast('tcp')?.flags ?? 0;
  if ((flags & TCP_FLAG.rst) === 0) return;
  tally.resets++;
  if (at(isDirectors, 'out') > at(isDirectors, 'in') + at(isServers, 'out')) tally.ownResets++;
}

/** An ICMP redirect: to whom it goes, and whether it is the director's. It tells of a shorter way, and is neither request nor reply. */
export function redirectOf(
  sightings: readonly Sighting<WatchPoint>[],
): { to: string; isDirectors: boolean } | undefined {
  const { frame } = sightings[0]!;
  if (frame.findLast('icmp')?.type !== ICMP_TYPE.redirect) return undefined;
  const at = (way: 'in' | 'out') => sightings.some(({ point, direction }) => isDirectors(point) && direction === way);
  return { to: frame.findLast('ipv4')?.destination ?? '', isDirectors: at('out') && !at('in') };
}

/** Of an ICMP error, whether it is the end of the packet or only says how large the next may be; undefined for anything else. */
function icmpErrorOf({ frame }: Sighting): 'end' | 'too-big' | undefined {
  const [v4, v6] = [frame.findLast('icmp'), frame.findLast('icmpv6')];
  // RFC 792: unreachable, time exceeded. RFC 4443: 1 unreachable, 3 time exceeded; 2 packet too big.
  if (v4 !== undefined) {
    if (v4.type === ICMP_TYPE.timeExceeded) return 'end';
    if (v4.type !== ICMP_TYPE.destinationUnreachable) return undefined;
    return v4.code === ICMP_UNREACHABLE.fragmentationNeeded ? 'too-big' : 'end';
  }
  if (v6 !== undefined) return v6.type === 2 ? 'too-big' : [1, 3].includes(v6.type) ? 'end' : undefined;
  return undefined;
}

function methodOf({ frame, conversation }: Sighting, asked: string): FlowTally['method'] {
  if (outerText(frame) !== '') return 'tunnel';
  return conversation.destination === asked ? 'direct' : 'masquerade';
}
