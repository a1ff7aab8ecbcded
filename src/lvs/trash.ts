import type { LiveDestination, LiveService } from './live.ts';
import { matchKey, type DestinationId } from './service.ts';

/** Milliseconds between two looks into the trash, and that a destination must be idle before it is forgotten (ip_vs_ctl.c). */
export const TRASH_PERIOD = 60_000;
export const TRASH_IDLE = 120_000;

/**
 * Deleted destinations. Connections go on pointing at them, and adding the same destination to the same service again takes
 * it out with its counts, which brings those connections back to life (recorded in delete-dest-open-connection).
 */
export class Trash {
  readonly #entries = new Map<LiveDestination, { key: string; idleSince: number | undefined }>();

  put(destination: LiveDestination): void {
    this.#entries.set(destination, { key: keyOf(destination.service, destination), idleSince: undefined });
  }

  /** The destination that was deleted from this service, or from one with the same match, taken out; undefined if none. */
  take(service: LiveService, id: DestinationId): LiveDestination | undefined {
    const wanted = keyOf(service, id);
    for (const [destination, { key }] of this.#entries) {
      if (key !== wanted) continue;
      this.#entries.delete(destination);
      return destination;
    }
    return undefined;
  }

  /** Forgets what no connection has used for two minutes, counted from the first look that found it unused. */
  sweep(now: number): void {
    for (const [destination, entry] of this.#entries) {
      if (destination.active + destination.inactive + destination.persistent > 0) continue;
      if (entry.idleSince === undefined) entry.idleSince = now;
      else if (now >= entry.idleSince + TRASH_IDLE) this.#entries.delete(destination);
    }
  }
}

function keyOf(service: LiveService, { address, port }: DestinationId): string {
  return `${matchKey(service.config.match)} ${address} ${port}`;
}
