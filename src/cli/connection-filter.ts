import { parseEndpoint } from '../lvs/endpoint.ts';
import type { Connection } from '../lvs/live-connection.ts';
import type { DestinationId } from '../lvs/service.ts';

/** Which connections to show; what is absent does not matter. Texts as `10.1.1.21`, `10.1.1.21:80`, `[2001:db8::1]:80`. */
export interface ConnectionFilter {
  service?: string;
  realServer?: string;
  client?: string;
  /** Names of states, separated by commas, in any case: `ESTABLISHED,SYN_RECV`. */
  state?: string;
}

/** @throws WeirError USAGE for a text that is neither an address nor an address with a port */
export function connectionFilter({
  service,
  realServer,
  client,
  state,
}: ConnectionFilter): (connection: Connection) => boolean {
  const ofService = endpointFilter(service);
  const ofRealServer = endpointFilter(realServer);
  const ofClient = endpointFilter(client);
  const states = state === undefined ? undefined : new Set(state.toUpperCase().split(','));
  return (connection) =>
    ofService(connection.virtual) &&
    ofRealServer(connection.destination) &&
    ofClient(connection.client) &&
    (states?.has(connection.state.toUpperCase()) ?? true);
}

function endpointFilter(text: string | undefined): (endpoint: DestinationId) => boolean {
  if (text === undefined) return () => true;
  const { address, port } = parseEndpoint(text);
  return (endpoint) => endpoint.address === address && (port === undefined || endpoint.port === port);
}
