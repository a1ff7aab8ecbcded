import { TCP_FLAG } from '../net/tcp.ts';
import type { Journey } from './journey.ts';
import { conversationKey, turnedRound, type CapturePoint, type Sighting } from './sighting.ts';

/** A packet's place in its conversation. */
export interface Placed<Point extends CapturePoint = CapturePoint> {
  /** Numbered from 1, in the order in which conversations were first seen. */
  flow: number;
  /** From the side that spoke first, or to it. */
  way: 'request' | 'reply';
  sightings: Journey<Sighting<Point>>;
}

interface Known {
  flow: number;
  way: 'request' | 'reply';
  /** Sequence number of the SYN that opened it. */
  opened: number | undefined;
}

/**
 * Finds conversations across rewriting. A journey ties together the addresses that its packet had at each place, so that a
 * reply is recognised on either side of the director, by whatever addresses it is seen.
 */
export class Flows {
  readonly #known = new Map<string, Known>();
  #count = 0;

  place<Point extends CapturePoint>(sightings: Journey<Sighting<Point>>): Placed<Point> {
    const first = sightings[0]!;
    const flags = first.frame.findLast('tcp')?.flags ?? 0;
    const opens = (flags & (TCP_FLAG.syn | TCP_FLAG.ack)) === TCP_FLAG.syn;
    const opened = opens ? first.frame.findLast('tcp')?.sequence : undefined;
    const keys = sightings.map(({ conversation }) => conversation);
    const known = keys.map((key) => this.#known.get(conversationKey(key))).find((entry) => entry !== undefined);
    // A client that uses its port again opens another conversation.
    const again = opens && known?.opened !== undefined && known.opened !== opened;
    const place = known === undefined || again ? this.#begin(flags, opened) : known;
    const { flow, way } = place;
    const back = way === 'request' ? 'reply' : 'request';
    for (const key of keys) {
      this.#known.set(conversationKey(key), { ...place, flow, way });
      this.#known.set(conversationKey(turnedRound(key)), { ...place, flow, way: back });
    }
    return { flow, way, sightings };
  }

  /** A capture may begin amid a conversation, with a SYN-ACK. */
  #begin(flags: number, opened: number | undefined): Known {
    this.#count++;
    const answers = (flags & TCP_FLAG.syn) !== 0 && (flags & TCP_FLAG.ack) !== 0;
    return { flow: this.#count, way: answers ? 'reply' : 'request', opened };
  }
}
