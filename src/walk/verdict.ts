import type { Placed } from './flow.ts';
import { Progress } from './progress.ts';
import type { Sighting } from './sighting.ts';
import { addReply, addRequest, newTally, redirectOf, type FlowTally } from './tally.ts';
import { isPublic, type Side, type WatchPoint } from './watch-point.ts';

/** What the course notes conclude from captures on both sides of the director (S9), and what befalls connections that were answered. */
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
  'forgotten',
  'large-lost',
  'stalled',
  'healthy',
] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Summary {
  tallies: FlowTally[];
  verdicts: { verdict: Verdict; flows: number[] }[];
  /** At least one request came in at a real server: up to there the director is right. */
  reachedServer: boolean;
  /** Hosts to which the director sent ICMP redirects. */
  redirected: string[];
}

export interface SummaryOptions {
  /** Virtual services as `ADDRESS:PORT`; without any, every conversation counts that came in on the public side. */
  services: ReadonlySet<string>;
  /** Services all of whose real servers are masqueraded: their requests must be rewritten. */
  masqueraded: ReadonlySet<string>;
}

/** Bytes of an IP packet that fits through whatever carries IPv6 (RFC 8200 section 5): what is lost for its size is longer. */
const FITS_ANYWHERE = 1280;

/** Collects what is needed for the verdict, packet by packet. */
export class Summarizer {
  readonly #options: SummaryOptions;
  readonly #watched: ReadonlySet<Side>;
  readonly #flows = new Map<number, { service: string; tally: FlowTally; progress: Progress }>();
  readonly #redirected = new Set<string>();

  constructor(points: readonly WatchPoint[], options: SummaryOptions) {
    this.#options = options;
    this.#watched = new Set(points.map(({ side }) => side));
  }

  add({ flow, way, sightings }: Placed<WatchPoint>): void {
    const redirect = redirectOf(sightings);
    if (redirect?.isDirectors === true) this.#redirected.add(redirect.to);
    if (redirect !== undefined) return;
    const known = this.#flows.get(flow) ?? (way === 'request' ? this.#begin(flow, sightings) : undefined);
    if (known === undefined) return;
    const [first] = sightings;
    if (first !== undefined) known.progress.add(way, first.frame, first.time);
    if (way === 'request') addRequest(known.tally, sightings, known.service);
    else addReply(known.tally, sightings);
  }

  summary(): Summary {
    const flows = new Map<Verdict, number[]>();
    // A filter may hide what is passed on: inside a tunnel, or to the address of the real server.
    const isShown = [...this.#flows.values()].some(({ tally }) => tally.forwarded > 0);
    const tallies = [...this.#flows.values()].map(({ service, tally, progress }) => {
      const whole = { ...tally, stuck: progress.stuck() };
      const verdict = this.#judge(whole, service, isShown);
      flows.set(verdict, [...(flows.get(verdict) ?? []), tally.flow]);
      return whole;
    });
    if (tallies.length === 0) flows.set('no-requests', []);
    const verdicts = VERDICTS.flatMap((verdict) => {
      const list = flows.get(verdict);
      return list === undefined ? [] : [{ verdict, flows: list }];
    });
    const reachedServer = tallies.some(({ atServer }) => (atServer ?? 0) > 0);
    return { tallies, verdicts, reachedServer, redirected: [...this.#redirected] };
  }

  /** A conversation whose first packet asks for one of the services. */
  #begin(flow: number, sightings: readonly Sighting<WatchPoint>[]) {
    const { services } = this.#options;
    const first = sightings.find(({ point, direction }) => direction === 'in' && isPublic(point)) ?? sightings[0]!;
    const { destination: service } = first.conversation;
    const wanted = services.size === 0 ? isPublic(first.point) && first.direction === 'in' : services.has(service);
    if (!wanted) return undefined;
    const begun = { service, tally: newTally(flow, this.#watched.has('real server')), progress: new Progress() };
    this.#flows.set(flow, begun);
    return begun;
  }

  /** @param isShown something that was passed on was seen */
  #judge(tally: FlowTally, service: string, isShown: boolean): Verdict {
    const seesPrivate = this.#watched.has('private') || this.#watched.has('both');
    if (tally.requests === 0) return 'no-requests';
    const [isForwarded, isRefused] = [tally.forwarded > 0 || !seesPrivate, tally.resets > 0];
    if (tally.acknowledged && isShown && tally.held > 0 && tally.ownResets > 0) return 'forgotten';
    if (tally.acknowledged && (isForwarded || !isShown)) return lasting(tally);
    // What the director itself refuses has not been forwarded.
    if (isForwarded && isRefused) return 'refused';
    const answered = tally.repliesPublic > 0 || (tally.repliesClient > 0 && tally.method !== 'masquerade');
    if (answered && !isRefused) return lasting(tally);
    if (!isForwarded) return 'not-forwarded';
    if (tally.errors > 0) return 'unreachable';
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

/** What has become of a connection that was answered. */
function lasting({ stuck, tooBig }: FlowTally): Verdict {
  if (stuck === undefined) return 'healthy';
  return tooBig > 0 || stuck.bytes > FITS_ANYWHERE ? 'large-lost' : 'stalled';
}
