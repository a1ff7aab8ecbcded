import { TCP_FLAG } from '../net/tcp.ts';
import type { Placed } from './flow.ts';
import type { CapturePoint, Sighting } from './sighting.ts';
import { outerText } from './appearance.ts';

/** Where a point stands: on the clients' or the real servers' side of the director, on both by one NIC, or elsewhere. */
export type Side = 'public' | 'private' | 'both' | 'client' | 'real server' | 'router';

export interface WatchPoint extends CapturePoint {
  side: Side;
}

/** What the course notes conclude from captures on both sides of the director (S9). */
export const VERDICTS = [
  'no-requests',
  'not-forwarded',
  'not-rewritten',
  'refused',
  'unreachable',
  'no-answer',
  'reply-not-restored',
  'reply-past-director',
  'reply-lost',
  'no-answer-direct',
  'healthy',
] as const;
export type Verdict = (typeof VERDICTS)[number];

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
  /** ICMP errors in place of an answer: unreachable, or a TTL at its end. */
  errors: number;
  /** The client has acknowledged something, so it was answered, by whatever way. */
  acknowledged: boolean;
}

export interface Summary {
  tallies: FlowTally[];
  verdicts: { verdict: Verdict; flows: number[] }[];
  /** At least one request came in at a real server: up to there the director is right. */
  reachedServer: boolean;
}

export interface SummaryOptions {
  /** Virtual services as `ADDRESS:PORT`; without any, every conversation counts that came in on the public side. */
  services: ReadonlySet<string>;
  /** Services all of whose real servers are masqueraded: their requests must be rewritten. */
  masqueraded: ReadonlySet<string>;
}

/** Collects what is needed for the verdict, packet by packet. */
export class Summarizer {
  readonly #options: SummaryOptions;
  readonly #watched: ReadonlySet<Side>;
  readonly #tallies = new Map<number, FlowTally>();
  readonly #services = new Map<number, string>();

  constructor(points: readonly WatchPoint[], options: SummaryOptions) {
    this.#options = options;
    this.#watched = new Set(points.map(({ side }) => side));
  }

  add({ flow, way, sightings }: Placed<WatchPoint>): void {
    const asked = way === 'request' ? this.#serviceOf(flow, sightings) : this.#services.get(flow);
    if (asked === undefined) return;
    const tally = this.#tally(flow);
    if (way === 'request') addRequest(tally, sightings, asked);
    else addReply(tally, sightings);
  }

  summary(): Summary {
    const tallies = [...this.#tallies.values()];
    const flows = new Map<Verdict, number[]>();
    for (const tally of tallies) {
      const verdict = this.#judge(tally);
      flows.set(verdict, [...(flows.get(verdict) ?? []), tally.flow]);
    }
    if (tallies.length === 0) flows.set('no-requests', []);
    const verdicts = VERDICTS.flatMap((verdict) => {
      const list = flows.get(verdict);
      return list === undefined ? [] : [{ verdict, flows: list }];
    });
    return { tallies, verdicts, reachedServer: tallies.some(({ atServer }) => (atServer ?? 0) > 0) };
  }

  /** What the packet asks for, if it is one of the services; each conversation has one. */
  #serviceOf(flow: number, sightings: readonly Sighting<WatchPoint>[]): string | undefined {
    const known = this.#services.get(flow);
    if (known !== undefined) return known;
    const { services } = this.#options;
    const first = sightings.find(({ point, direction }) => direction === 'in' && isPublic(point)) ?? sightings[0]!;
    const { destination } = first.conversation;
    const wanted = services.size === 0 ? isPublic(first.point) && first.direction === 'in' : services.has(destination);
    if (wanted) this.#services.set(flow, destination);
    return wanted ? destination : undefined;
  }

  #tally(flow: number): FlowTally {
    const tally = this.#tallies.get(flow) ?? {
      flow,
      requests: 0,
      forwarded: 0,
      unchanged: 0,
      method: undefined,
      atServer: this.#watched.has('real server') ? 0 : undefined,
      repliesPrivate: 0,
      repliesPublic: 0,
      repliesServer: 0,
      repliesClient: 0,
      resets: 0,
      errors: 0,
      acknowledged: false,
    };
    this.#tallies.set(flow, tally);
    return tally;
  }

  #judge(tally: FlowTally): Verdict {
    const seesPrivate = this.#watched.has('private') || this.#watched.has('both');
    if (tally.requests === 0) return 'no-requests';
    if (tally.acknowledged) return 'healthy';
    const [isForwarded, isRefused] = [tally.forwarded > 0 || !seesPrivate, tally.resets > 0];
    // What the director itself refuses has not been forwarded.
    if (isForwarded && isRefused) return 'refused';
    const answered = tally.repliesPublic > 0 || (tally.repliesClient > 0 && tally.method !== 'masquerade');
    if (answered && !isRefused) return 'healthy';
    if (!isForwarded) return 'not-forwarded';
    if (tally.errors > 0) return 'unreachable';
    const service = this.#services.get(tally.flow) ?? '';
    if (tally.unchanged > 0 && tally.method === 'direct' && this.#options.masqueraded.has(service))
      return 'not-rewritten';
    if (tally.method === 'direct' || tally.method === 'tunnel') {
      return tally.repliesServer > 0 ? 'reply-lost' : 'no-answer-direct';
    }
    if (tally.repliesPrivate > 0) return 'reply-not-restored';
    if (tally.repliesClient > 0) return 'reply-past-director';
    return tally.repliesServer > 0 ? 'reply-lost' : 'no-answer';
  }
}

function addRequest(tally: FlowTally, sightings: readonly Sighting<WatchPoint>[], asked: string): void {
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
  if (acknowledges) tally.acknowledged = true;
}

function addReply(tally: FlowTally, sightings: readonly Sighting<WatchPoint>[]): void {
  const error = icmpErrorOf(sightings[0]!);
  if (error !== undefined) {
    if (error === 'end') tally.errors++;
    return;
  }
  const at = (side: (point: WatchPoint) => boolean, direction: 'in' | 'out'): number =>
    sightings.some((sighting) => side(sighting.point) && sighting.direction === direction) ? 1 : 0;
  tally.repliesPrivate += at(isPrivate, 'in');
  tally.repliesPublic += at(isPublic, 'out');
  tally.repliesServer += at(({ side }) => side === 'real server', 'out');
  tally.repliesClient += at(({ side }) => side === 'client', 'in');
  const flags = sightings[0]!.frame.findLast('tcp')?.flags ?? 0;
  if ((flags & TCP_FLAG.rst) !== 0) tally.resets++;
}

/** Of an ICMP error, whether it is the end of the packet or only says how large the next may be; undefined for anything else. */
function icmpErrorOf({ frame }: Sighting): 'end' | 'too-big' | undefined {
  const [v4, v6] = [frame.findLast('icmp'), frame.findLast('icmpv6')];
  // RFC 792: 3 unreachable (its code 4: fragmentation needed), 11 time exceeded. RFC 4443: 1, 3; 2 packet too big.
  if (v4 !== undefined)
    return v4.type === 3 && v4.code === 4 ? 'too-big' : [3, 11].includes(v4.type) ? 'end' : undefined;
  if (v6 !== undefined) return v6.type === 2 ? 'too-big' : [1, 3].includes(v6.type) ? 'end' : undefined;
  return undefined;
}

function methodOf({ frame, conversation }: Sighting, asked: string): FlowTally['method'] {
  if (outerText(frame) !== '') return 'tunnel';
  return conversation.destination === asked ? 'direct' : 'masquerade';
}

function isPublic({ side }: WatchPoint): boolean {
  return side === 'public' || side === 'both';
}

function isPrivate({ side }: WatchPoint): boolean {
  return side === 'private' || side === 'both';
}
