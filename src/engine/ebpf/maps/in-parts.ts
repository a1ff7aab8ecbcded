import { setImmediate as nextTurn } from 'node:timers/promises';
import { foreground } from '../../foreground.ts';

/** A part of an array: `count` indices from `first` on. */
export interface Part {
  first: number;
  count: number;
}

/** Indices in one part: what is done with them takes a fifth of a millisecond, and a request may have to wait for as much. */
export const PART = 256;

/** Milliseconds for which a part gives way: requests that come one after another slow the work down, and do not stop it. */
const MOST_WAIT = 20;

/** The indices below `end`, a part at a time. Between two parts everything else that waits has its turn: changes, requests, timers. */
export async function* inParts(end: number, part = PART): AsyncGenerator<Part> {
  for (let first = 0; first < end; first += part) {
    if (first > 0) await giveWay();
    yield { first, count: Math.min(part, end - first) };
  }
}

/** Lets everything else that waits have its turn, and requests all of theirs. */
export async function giveWay(): Promise<void> {
  const latest = performance.now() + MOST_WAIT;
  do await nextTurn();
  while (foreground.isBusy && performance.now() < latest);
}
