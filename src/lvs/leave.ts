import { carry } from './carry.ts';
import { accept, done, type Handling, type HookResult } from './handling.ts';
import { sendIcmpError } from './icmp-error.ts';
import { openConnection } from './lifecycle.ts';
import { isIcmp } from './packet.ts';
import type { ScheduleRequest } from './schedule.ts';
import { FTP_PORT } from './service-lookup.ts';
import { isMarkMatch } from './service.ts';
import type { State } from './state.ts';

/**
 * What happens to a packet that no destination can take: it is sent past the real servers (cache_bypass), left to the stack if
 * it only came near an FTP service, or refused with an ICMP error, TCP too (ip_vs_leave; recorded in nat-no-dest-udp). An ICMP error is not
 * sent past them: a connection of what it quotes would be the wrong way round.
 */
export function leave(state: State, handling: Handling, request: ScheduleRequest): HookResult {
  const { service, flow, packet } = request;
  const { match } = service.config;
  if (state.settings.cache_bypass !== 0 && isMarkMatch(match) && !isIcmp(packet)) {
    if (state.routing.lookup(packet.destination).kind === 'unicast') return startBypass(state, handling, request);
  }
  if (!isMarkMatch(match) && match.port === FTP_PORT && flow.destinationPort !== FTP_PORT) {
    return accept(handling, 'other-port-of-ftp', packet);
  }
  sendIcmpError(state, handling, packet, 'port-unreachable');
  return done(handling, 'no-destination');
}

function startBypass(state: State, handling: Handling, { service, flow, packet }: ScheduleRequest): HookResult {
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
    onePacket: service.config.onePacket && flow.protocol === 'udp',
    mark: packet.mark,
  });
  return connection === undefined ? done(handling, 'table-full') : carry(state, handling, packet, connection);
}
