import type { PacketFlow } from './flow.ts';
import { accept, done, type Handling, type HookResult } from './handling.ts';
import { sendIcmpError } from './icmp-error.ts';
import { openConnection, touch } from './lifecycle.ts';
import type { LiveService } from './live.ts';
import type { Packet } from './packet.ts';
import { FTP_PORT } from './service-lookup.ts';
import { isMarkMatch } from './service.ts';
import type { State } from './state.ts';
import { forward } from './forward/index.ts';
import { applyTransition } from './transition.ts';

/**
 * What happens to a packet that no destination can take: it is sent past the real servers (cache_bypass), left to the stack if
 * it only came near an FTP service, or refused with an ICMP error, TCP too (ip_vs_leave; recorded in nat-no-dest-udp).
 */
export function leave(
  state: State,
  handling: Handling,
  { service, flow, packet }: { service: LiveService; flow: PacketFlow; packet: Packet },
): HookResult {
  const { match } = service.config;
  if (state.settings.cache_bypass !== 0 && isMarkMatch(match)) {
    if (state.routing.lookup(packet.destination).kind === 'unicast') return startBypass(state, handling, flow, packet);
  }
  if (!isMarkMatch(match) && match.port === FTP_PORT && flow.destinationPort !== FTP_PORT) {
    return accept(handling, 'other-port-of-ftp', packet);
  }
  sendIcmpError(state, handling, packet, 'port-unreachable');
  return done(handling, 'no-destination');
}

function startBypass(state: State, handling: Handling, flow: PacketFlow, packet: Packet): HookResult {
  const connection = openConnection(state, {
    protocol: flow.protocol,
    family: packet.family,
    client: flow.source,
    clientPort: flow.sourcePort,
    virtual: flow.destination,
    virtualPort: flow.destinationPort,
    server: packet.family === 'inet' ? '0.0.0.0' : '::',
    serverPort: 0,
    method: 'bypass',
    destination: undefined,
    mark: packet.mark,
  });
  if (connection === undefined) return done(handling, 'table-full');
  applyTransition(state, connection, 'client', packet);
  const result = forward(state, handling, packet, connection);
  touch(state, connection);
  return result;
}
