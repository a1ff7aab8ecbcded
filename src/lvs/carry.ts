import type { LiveConnection } from './connection.ts';
import { forward } from './forward/index.ts';
import { decide, type Handling, type HookResult } from './handling.ts';
import { closeConnection, touch } from './lifecycle.ts';
import type { Packet } from './packet.ts';
import type { State } from './state.ts';
import { countIn } from './tallying.ts';
import { applyTransition } from './transition.ts';

/** Counts a packet of a client, moves its connection on and sends it to the server. */
export function carry(state: State, handling: Handling, packet: Packet, connection: LiveConnection): HookResult {
  countIn(connection, packet);
  const before = connection.state;
  applyTransition(state, connection, 'client', packet);
  if (before !== connection.state) decide(handling, { kind: 'state', from: before, to: connection.state });
  const result = forward(state, handling, packet, connection);
  connection.inPackets++;
  if (connection.onePacket) closeConnection(state, connection);
  else touch(state, connection);
  return result;
}
