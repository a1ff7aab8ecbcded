import type { LiveConnection } from '../connection.ts';
import type { Handling, HookResult } from '../handling.ts';
import type { Packet } from '../packet.ts';
import type { State } from '../state.ts';
import { bypass } from './bypass.ts';
import { fullNat } from './full-nat.ts';
import { masquerade } from './masquerade.ts';
import { routeDirectly } from './route.ts';
import { tunnelTo } from './tunnel.ts';

type Forward = (state: State, handling: Handling, packet: Packet, connection: LiveConnection) => HookResult;

const METHODS: Readonly<Record<LiveConnection['method'], Forward>> = {
  masquerade,
  route: routeDirectly,
  tunnel: tunnelTo,
  bypass,
  'full-nat': fullNat,
};

/** Sends a packet of a client to the server of its connection. The packet is changed in place. */
export function forward(state: State, handling: Handling, packet: Packet, connection: LiveConnection): HookResult {
  return METHODS[connection.method](state, handling, packet, connection);
}
