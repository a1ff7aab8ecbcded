import type { LiveConnection } from './connection.ts';
import { closeConnection } from './lifecycle.ts';
import { ALWAYS } from './settings.ts';
import type { State } from './state.ts';

/** Milliseconds between two looks, and that a connection must be idle before it may be dropped. */
export const DEFENCE_PERIOD = 1000;
const IDLE = 60_000;

/** One part of the table is looked at each second. */
const PARTS = 32;

/** Connections with up to this many packets may be dropped: every n-th of those with n. */
const MOST_PACKETS = 8;

/**
 * Makes room by dropping connections that look unfinished (drop_entry): half-open ones, templates for nothing, and idle ones
 * with few packets, in a random 1/32 of the table every second (ip_vs_random_dropentry).
 */
export class Defence {
  readonly #counters = Array.from({ length: MOST_PACKETS + 1 }, (_, packets) => packets);

  step(state: State): void {
    if (state.settings.drop_entry !== ALWAYS) return;
    for (const connection of state.connections) {
      if (state.random(PARTS) !== 0 || connection.controlled > 0) continue;
      if (this.#mayDrop(state, connection)) closeConnection(state, connection, true);
    }
  }

  #mayDrop(state: State, connection: LiveConnection): boolean {
    if (connection.template) {
      const ofOnePacket = connection.destination?.service.config.onePacket === true;
      return ofOnePacket ? this.#isTurn(state, connection) : connection.state !== 'ASSURED';
    }
    switch (connection.state) {
      case 'SYN_RECV':
      case 'SYNACK':
      case 'INIT1':
      case 'INIT':
        return true;
      case 'ESTABLISHED':
      case 'UDP':
        return this.#isTurn(state, connection);
      default:
        return false;
    }
  }

  #isTurn(state: State, { timeout, expiresAt, inPackets }: LiveConnection): boolean {
    if (state.now < expiresAt - timeout + IDLE || inPackets === 0 || inPackets > MOST_PACKETS) return false;
    const left = this.#counters[inPackets]! - 1;
    this.#counters[inPackets] = left > 0 ? left : inPackets;
    return left <= 0;
  }
}
