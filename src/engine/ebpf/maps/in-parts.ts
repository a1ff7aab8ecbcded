import { setImmediate as nextTurn } from 'node:timers/promises';

/** A part of an array: `count` indices from `first` on. */
export interface Part {
  first: number;
  count: number;
}

/** Indices in one part: what is done with them takes a fifth of a millisecond, and a request waits for some of them one after another. */
export const PART = 256;

/** The indices below `end`, a part at a time. Between two parts everything else that waits has its turn: changes, requests, timers. */
export async function* inParts(end: number, part = PART): AsyncGenerator<Part> {
  for (let first = 0; first < end; first += part) {
    if (first > 0) await nextTurn();
    yield { first, count: Math.min(part, end - first) };
  }
}
