import { setImmediate as nextTurn } from 'node:timers/promises';

/** A part of an array: `count` indices from `first` on. */
export interface Part {
  first: number;
  count: number;
}

/** Indices in one part: what is done with them takes no millisecond. */
export const PART = 1024;

/** The indices below `end`, a part at a time. Between two parts everything else that waits has its turn: changes, requests, timers. */
export async function* inParts(end: number): AsyncGenerator<Part> {
  for (let first = 0; first < end; first += PART) {
    if (first > 0) await nextTurn();
    yield { first, count: Math.min(PART, end - first) };
  }
}
