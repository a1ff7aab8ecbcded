import { setTimeout as sleep } from 'node:timers/promises';
import type { DirectorClient } from '../../daemon/client.ts';
import { endpointFilter } from '../../engine/event-filter.ts';
import {
  endpointText,
  matchKey,
  type DestinationId,
  type ForwardingMethod,
  type ServiceMatch,
} from '../../lvs/service.ts';
import { isQuiet, newSignals, signalsSince, type Signals } from '../../lvs/signals.ts';
import { overview } from '../list/overview.ts';
import { SIGNAL_HEADER, signalRow } from '../list/signals.ts';

/** What a director has noticed of a real server since the last time. */
export interface SignalNews {
  kind: 'signals';
  /** Milliseconds since 1970, UTC. */
  at: number;
  service: ServiceMatch;
  destination: DestinationId & { method: ForwardingMethod };
  signals: Signals;
}

/** Addresses with or without a port; absent: all. */
export interface SignalFilter {
  service?: string;
  realServer?: string;
}

/**
 * Tells every so many seconds of each real server of which something was noticed, for ever.
 * @throws WeirError USAGE for a text that is no address
 */
export async function* followSignals(
  director: Pick<DirectorClient, 'table' | 'statistics'>,
  every: number,
  { service, realServer }: SignalFilter,
): AsyncGenerator<SignalNews> {
  const [isService, isServer] = [endpointFilter(service), endpointFilter(realServer)];
  let before = await noticed(director);
  for (;;) {
    await sleep(every * 1000);
    const now = await noticed(director);
    for (const [key, one] of now) {
      const signals = signalsSince(before.get(key)?.signals ?? newSignals(), one.signals);
      const virtual = 'address' in one.service ? one.service : undefined;
      if (!isQuiet(signals) && isService(virtual) && isServer(one.destination)) yield { ...one, signals };
    }
    before = now;
  }
}

/** Of all real servers, by service, address and port. */
async function noticed(director: Pick<DirectorClient, 'table' | 'statistics'>): Promise<Map<string, SignalNews>> {
  const [table, statistics] = await Promise.all([director.table(), director.statistics()]);
  const at = Date.now();
  return new Map(
    overview(table, statistics).services.flatMap(({ match, destinations }) =>
      destinations.map(({ address, port, method, signals }) => {
        const destination = { address, port, method };
        const key = `${matchKey(match)} ${endpointText(destination)}`;
        return [key, { kind: 'signals', at, service: match, destination, signals }] as const;
      }),
    ),
  );
}

/** What was noticed; what is 0 or not seen is left out. */
export function signalText({ service, destination, signals }: SignalNews): string {
  const [, ...values] = signalRow({ ...destination, signals });
  const told = SIGNAL_HEADER.slice(1).flatMap((name, place) => {
    const value = String(values[place]);
    return value === '-' || value === '0' ? [] : [`${name} ${value}`];
  });
  return `${matchKey(service)} > ${endpointText(destination)}  ${told.join(', ')}`;
}
