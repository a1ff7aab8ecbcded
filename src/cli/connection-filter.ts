import { WeirError } from '../base/error.ts';
import type { Connection } from '../lvs/live-connection.ts';
import type { DestinationId } from '../lvs/service.ts';
import { isIpAddress, parseIpAddress } from '../net/ip-address.ts';

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

const WITH_PORT = /^(?:\[(?<v6>[^\]]+)\]|(?<v4>[^:]+)):(?<port>\d{1,5})$/u;

function parseEndpoint(text: string): { address: string; port: number | undefined } {
  if (isIpAddress(text)) return { address: parseIpAddress(text), port: undefined };
  const { v4, v6, port } = WITH_PORT.exec(text)?.groups ?? {};
  const address = v6 ?? v4;
  if (address !== undefined && isIpAddress(address) && Number(port) <= 65_535) {
    return { address: parseIpAddress(address), port: Number(port) };
  }
  throw new WeirError('USAGE', 'this is neither an address nor an address with a port', {
    expected: '10.1.1.21, 10.1.1.21:80, 2001:db8::1 or [2001:db8::1]:80',
    found: text,
  });
}
