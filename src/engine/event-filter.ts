import { WeirError } from '../base/error.ts';
import { parseEndpoint } from '../lvs/endpoint.ts';
import { REASONS } from '../lvs/reason.ts';
import type { DestinationId } from '../lvs/service.ts';
import type { EngineEvent } from './events.ts';

/** Reasons to drop a packet that are told: a fragment that waits for the others is not lost. */
const TOLD: readonly string[] = Object.entries(REASONS).flatMap(([name, { class: kind }]) =>
  kind === 'drop' && name !== 'fragment-held' ? [name] : [],
);

/** Which events are wanted; what is absent does not matter. Addresses with or without a port, as `parseEndpoint` reads them. */
export interface EventFilter {
  /** The virtual address. */
  service?: string;
  realServer?: string;
  client?: string;
  /** Names of drop reasons, separated by commas; connections have none. */
  reason?: string;
}

/**
 * @returns undefined if every event is wanted: then the engine itself may leave out what sampling would
 * @throws WeirError USAGE for a text that is no address, or no reason to drop a packet
 */
export function eventFilter(filter: EventFilter): ((event: EngineEvent) => boolean) | undefined {
  const { service, realServer, client, reason } = filter;
  if ([service, realServer, client, reason].every((one) => one === undefined)) return undefined;
  const [isService, isServer, isClient] = [service, realServer, client].map(endpointFilter);
  const reasons = reason === undefined ? undefined : readReasons(reason);
  return (event) => {
    if (event.kind === 'lost') return true;
    if (event.kind === 'dropped') {
      const { source, destination } = event.packet;
      return (
        isServer!(undefined) && isService!(destination) && isClient!(source) && reasons?.has(event.reason) !== false
      );
    }
    const { virtual, destination, client: from } = event.connection;
    return reasons === undefined && isService!(virtual) && isServer!(destination) && isClient!(from);
  };
}

function readReasons(text: string): ReadonlySet<string> {
  const names = text.split(',');
  const unknown = names.find((name) => !TOLD.includes(name));
  if (unknown === undefined) return new Set(names);
  throw new WeirError('USAGE', 'packets are not dropped for such a reason', {
    expected: `some of ${TOLD.join(',')}`,
    found: unknown,
  });
}

/**
 * Whether an end has an address, with or without a port; every one has none.
 * @throws WeirError USAGE for a text that is no address
 */
export function endpointFilter(text: string | undefined): (end: DestinationId | undefined) => boolean {
  if (text === undefined) return () => true;
  const { address, port } = parseEndpoint(text);
  return (end) => end?.address === address && (port === undefined || end.port === port);
}
