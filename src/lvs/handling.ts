import type { LiveConnection } from './connection.ts';
import type { Packet } from './packet.ts';
import type { Reason } from './reason.ts';
import type { Decision, OutgoingFrame, OutgoingPacket } from './verdict.ts';

/** One frame on its way through the director: what has left because of it and what has been decided so far. */
export interface Handling {
  readonly frames: OutgoingFrame[];
  readonly decisions: Decision[];
  /** IP packets that the director has made itself, such as ICMP errors; they leave after the packet that caused them. */
  readonly own: Uint8Array[];
  /** Those of them that are dropped on their way, from their IP header on as they were made. */
  readonly ownDrops: OwnDrop[];
  /** Where the host finds out Ethernet addresses by itself, what leaves is put here and not into `frames`. */
  readonly packets?: OutgoingPacket[];
  reason: Reason;
  /** The connection that the packet takes the place of: to schedulers it is still there. */
  replaced?: LiveConnection | undefined;
}

/** A packet of the director's own that is dropped. */
export interface OwnDrop {
  reason: Reason;
  packet: Uint8Array;
}

/** What a hook of the director makes of a packet: `accept` leaves it to the host's own stack, as it then is. */
export type HookResult = { verdict: 'accept'; packet: Packet } | { verdict: 'done' };

export function newHandling(): Handling {
  return { frames: [], decisions: [], own: [], ownDrops: [], reason: 'internal' };
}

export function decide(handling: Handling, decision: Decision): void {
  handling.decisions.push(decision);
}

/** The packet has been dealt with: forwarded, dropped or kept. */
export function done(handling: Handling, reason: Reason): HookResult {
  handling.reason = reason;
  return { verdict: 'done' };
}

/** The packet goes on to the host's own stack. */
export function accept(handling: Handling, reason: Reason, packet: Packet): HookResult {
  handling.reason = reason;
  return { verdict: 'accept', packet };
}
