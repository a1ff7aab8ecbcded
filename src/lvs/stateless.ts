import type { LiveConnection } from './connection.ts';
import { forward } from './forward/index.ts';
import type { Handling, HookResult } from './handling.ts';
import type { LiveService } from './live.ts';
import type { Packet } from './packet.ts';
import type { State } from './state.ts';
import { countIn } from './tallying.ts';

/*
 * While the connection table is full, a hash stands in for it: a service whose scheduler chooses by the packet alone finds the same
 * real server for every packet of a connection, and direct routing and tunnelling need to remember nothing else.
 */

/** True where the service finds the real server of a connection again for each of its packets. */
export function isStateless({ config, scheduler }: LiveService): boolean {
  return scheduler?.stateless === true && config.persistence === undefined;
}

/** May there be connections that had no room in the table? So long after it was full as an established one may be silent. */
export function wasFull({ now, fullAt, timeouts }: State): boolean {
  return fullAt !== undefined && now - fullAt < timeouts.tcp * 1000;
}

/** May a packet that cannot start a connection belong to one that had no room in the table? */
export function mayResume(state: State, service: LiveService): boolean {
  return wasFull(state) && isStateless(service);
}

/** Counts a packet of a connection that is in no table and sends it to its real server. */
export function carryStateless(
  state: State,
  handling: Handling,
  packet: Packet,
  connection: LiveConnection,
): HookResult {
  countIn(connection, packet);
  const result = forward(state, handling, packet, connection);
  if (handling.reason === 'routed' || handling.reason === 'tunnelled') handling.reason = 'stateless';
  return result;
}
