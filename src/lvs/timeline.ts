import type { LiveConnection } from './connection.ts';

interface Entry {
  at: number;
  connection: LiveConnection;
}

/**
 * Connections by the time of their end: a binary heap with one entry for each time a connection was put. A connection whose
 * end has moved away since is put again when its old entry comes up, so a packet costs nothing here.
 */
export class Timeline {
  readonly #heap: Entry[] = [];

  put(connection: LiveConnection): void {
    this.#heap.push({ at: connection.expiresAt, connection });
    this.#rise(this.#heap.length - 1);
  }

  /** The connection that ended first, if that is not after `now`. @param alive tells entries that are still of interest */
  due(now: number, alive: (connection: LiveConnection) => boolean): LiveConnection | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > now) return undefined;
      this.#removeFirst();
      if (!alive(first.connection)) continue;
      if (first.connection.expiresAt <= first.at) return first.connection;
      this.put(first.connection);
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (!isBefore(this.#heap[at]!, this.#heap[parent]!)) return;
      this.#swap(parent, at);
      at = parent;
    }
  }

  #sink(): void {
    for (let at = 0; ;) {
      const left = at * 2 + 1;
      let least = at;
      for (const child of [left, left + 1]) {
        if (child < this.#heap.length && isBefore(this.#heap[child]!, this.#heap[least]!)) least = child;
      }
      if (least === at) return;
      this.#swap(least, at);
      at = least;
    }
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b]!, this.#heap[a]!];
  }
}

/** A connection that ends together with its template no longer holds it. */
function isBefore(one: Entry, other: Entry): boolean {
  if (one.at !== other.at) return one.at < other.at;
  return !one.connection.template && other.connection.template;
}
