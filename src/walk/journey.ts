import type { CapturePoint, Sighting } from './sighting.ts';

/** One packet on its way: every sighting of it, in the order of time. */
export type Journey<S> = S[];

type Seen = Pick<Sighting, 'point' | 'direction' | 'identity'>;

/**
 * Puts sightings together to journeys, one after another in the order of time. The same packet at the same place again is a
 * retransmission, and begins another journey.
 */
export class JourneyMap<S extends Seen> {
  readonly #open = new Map<string, Journey<S>>();

  /** @returns the journey that the sighting now belongs to, and whether it begins with it */
  add(seen: S): { journey: Journey<S>; begins: boolean } {
    const current = this.#open.get(seen.identity);
    if (current !== undefined && !current.some((other) => isSamePlace(other, seen))) {
      current.push(seen);
      return { journey: current, begins: false };
    }
    const journey: Journey<S> = [seen];
    this.#open.set(seen.identity, journey);
    return { journey, begins: true };
  }

  /** Says that a journey is over: what is seen of the same packet from now on begins another. */
  close(journey: Journey<S>): void {
    const identity = journey[0]?.identity;
    if (identity !== undefined && this.#open.get(identity) === journey) this.#open.delete(identity);
  }
}

/** The journeys of all these sightings, in the order of their first ones. */
export function journeysOf<S extends Seen>(inOrder: Iterable<S>): Journey<S>[] {
  const map = new JourneyMap<S>();
  const journeys: Journey<S>[] = [];
  for (const seen of inOrder) {
    const { journey, begins } = map.add(seen);
    if (begins) journeys.push(journey);
  }
  return journeys;
}

export function isSamePoint(a: CapturePoint, b: CapturePoint): boolean {
  return a.host === b.host && a.nic === b.nic;
}

function isSamePlace(a: Seen, b: Seen): boolean {
  return isSamePoint(a.point, b.point) && a.direction === b.direction;
}
