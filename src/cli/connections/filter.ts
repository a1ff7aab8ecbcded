import { WeirError } from '../../base/error.ts';
import { parseEndpoint } from '../../lvs/endpoint.ts';
import type { Connection } from '../../lvs/live-connection.ts';
import { SCTP_STATES } from '../../lvs/sctp-state.ts';
import type { DestinationId } from '../../lvs/service.ts';
import { TCP_STATES } from '../../lvs/tcp-state.ts';

/** Names of all states; templates have NONE. */
const STATES: ReadonlySet<string> = new Set([...TCP_STATES, ...SCTP_STATES, 'UDP']);

/** Which connections to show; what is absent does not matter. Texts as `10.1.1.21`, `10.1.1.21:80`, `[2001:db8::1]:80`. */
export interface ConnectionFilter {
  service?: string;
  realServer?: string;
  client?: string;
  /** Names of states, separated by commas, in any case: `ESTABLISHED,SYN_RECV`. */
  state?: string;
}

/** @throws WeirError USAGE for a text that is neither an address nor an address with a port, and for a state that does not exist */
export function connectionFilter({
  service,
  realServer,
  client,
  state,
}: ConnectionFilter): (connection: Connection) => boolean {
  const ofService = endpointFilter(service);
  const ofRealServer = endpointFilter(realServer);
  const ofClient = endpointFilter(client);
  const states = state === undefined ? undefined : parseStates(state);
  return (connection) =>
    ofService(connection.virtual) &&
    ofRealServer(connection.destination) &&
    ofClient(connection.client) &&
    (states?.has(connection.state) ?? true);
}

function parseStates(text: string): Set<string> {
  const names = text.toUpperCase().split(',');
  const unknown = names.find((name) => !STATES.has(name));
  if (unknown === undefined) return new Set(names);
  throw new WeirError('USAGE', 'there is no such state of a connection', {
    expected: [...STATES].join(', '),
    found: unknown,
  });
}

function endpointFilter(text: string | undefined): (endpoint: DestinationId) => boolean {
  if (text === undefined) return () => true;
  const { address, port } = parseEndpoint(text);
  return (endpoint) => endpoint.address === address && (port === undefined || endpoint.port === port);
}
