import { Flows, type Placed } from './flow.ts';
import { JourneyMap, type Journey } from './journey.ts';
import { sightingOf, type CapturedFrame, type CapturePoint, type Sighting } from './sighting.ts';

export interface FollowerOptions<Point extends CapturePoint = CapturePoint> {
  /** Nanoseconds that frames of different points may arrive out of order. */
  disorder: bigint;
  /** Nanoseconds after its first sighting in which a packet is waited for at the other points. */
  patience: bigint;
  /** Told of frames that belong to no packet that can be followed. */
  onOther?: (frame: CapturedFrame<Point>) => void;
}

/** Follows packets while they are captured. The clock is the captures' own. */
export class Follower<Point extends CapturePoint> {
  readonly #options: FollowerOptions<Point>;
  readonly #flows = new Flows();
  readonly #map = new JourneyMap<Sighting<Point>>();
  #waiting: CapturedFrame<Point>[] = [];
  #underWay: Journey<Sighting<Point>>[] = [];

  constructor(options: FollowerOptions<Point>) {
    this.#options = options;
  }

  push(frame: CapturedFrame<Point>): void {
    this.#waiting.push(frame);
  }

  /** The packets whose time is over at `now`, in the order in which they were first seen. */
  settle(now: bigint): Placed<Point>[] {
    this.#sort(now - this.#options.disorder);
    const until = now - this.#options.disorder - this.#options.patience;
    const over = this.#underWay.findIndex(([first]) => first!.time > until);
    return this.#finish(over < 0 ? this.#underWay.length : over);
  }

  /** The rest, when no more frames come. */
  end(): Placed<Point>[] {
    this.#sort(undefined);
    return this.#finish(this.#underWay.length);
  }

  #sort(until: bigint | undefined): void {
    const ready = this.#waiting.filter(({ time }) => until === undefined || time <= until).sort(byTime);
    this.#waiting = this.#waiting.filter(({ time }) => until !== undefined && time > until);
    for (const frame of ready) {
      const seen = sightingOf(frame);
      if (seen === undefined) {
        this.#options.onOther?.(frame);
        continue;
      }
      const { journey, begins } = this.#map.add(seen);
      if (begins) this.#underWay.push(journey);
    }
  }

  #finish(count: number): Placed<Point>[] {
    const finished = this.#underWay.splice(0, count);
    for (const journey of finished) this.#map.close(journey);
    return finished.map((journey) => this.#flows.place(journey));
  }
}

function byTime(a: CapturedFrame, b: CapturedFrame): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : 0;
}
