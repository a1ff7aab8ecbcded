/** Something to be done at a time. */
export interface Appointment {
  readonly at: number;
  cancel(): void;
}

interface Entry extends Appointment {
  run: (() => void) | undefined;
}

/**
 * The clock of a simulated network: things to be done, in the order of time, and at the same time in the order in which they
 * were put. Time passes only when `step` or `runUntil` is called. Times are whole microseconds.
 */
export class Agenda {
  /** Latest first: the next one is at the end. */
  readonly #entries: Entry[] = [];
  #now: number;

  constructor(now = 0) {
    this.#now = now;
  }

  get now(): number {
    return this.#now;
  }

  /** When the next thing is due, undefined if nothing is left to do. */
  get next(): number | undefined {
    this.#dropCancelled();
    return this.#entries.at(-1)?.at;
  }

  after(delay: number, run: () => void): Appointment {
    const entry: Entry = {
      at: this.#now + Math.max(Math.round(delay), 0),
      run,
      cancel: () => {
        entry.run = undefined;
      },
    };
    this.#entries.splice(this.#place(entry.at), 0, entry);
    return entry;
  }

  /** Does the next thing. @returns false if there is none */
  step(): boolean {
    this.#dropCancelled();
    const entry = this.#entries.pop();
    if (entry === undefined) return false;
    this.#now = entry.at;
    const { run } = entry;
    entry.run = undefined;
    run?.();
    return true;
  }

  /** Does everything that is due until a time, which then is now. */
  runUntil(time: number): void {
    for (let next = this.next; next !== undefined && next <= time; next = this.next) this.step();
    this.#now = Math.max(this.#now, time);
  }

  #dropCancelled(): void {
    while (this.#entries.length > 0 && this.#entries.at(-1)!.run === undefined) this.#entries.pop();
  }

  /** Where an entry of this time belongs: before those that are due earlier or at the same time. */
  #place(at: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle]!.at > at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export const MILLISECOND = 1_000;
export const SECOND = 1_000_000;
