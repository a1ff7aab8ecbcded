import { newSignals, type Signals } from '../../lvs/signals.ts';
import type { Counters, DestinationStatistics, Rates, ServiceStatistics } from '../../lvs/statistics.ts';
import { endpointText, matchKey, type Destination, type Service } from '../../lvs/service.ts';
import type { MarkRule } from '../../lvs/mark.ts';
import type { SyncDaemon, Timeouts } from '../../lvs/operation.ts';
import type { Settings } from '../../lvs/settings.ts';
import type { Source } from '../../lvs/source.ts';
import type { Table } from '../../lvs/table.ts';
import type { Vip } from '../../lvs/vip.ts';

/** A table and its statistics in one: what `weir list -o json` prints. */
export interface Overview {
  version: number;
  timeouts: Timeouts;
  daemons: readonly SyncDaemon[];
  settings: Settings;
  marks: readonly MarkRule[];
  sources: readonly Source[];
  vips: readonly Vip[];
  services: ServiceOverview[];
}

export interface ServiceOverview extends Service {
  counters: Counters;
  rates: Rates;
  destinations: DestinationOverview[];
}

export interface DestinationOverview extends Destination {
  active: number;
  inactive: number;
  persistent: number;
  signals: Signals;
  counters: Counters;
  rates: Rates;
}

const NO_COUNTERS: Counters = { connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n };
const NO_RATES: Rates = { connections: 0, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 };

/**
 * Joins by match and by address and port, not by place: the table may have changed between reading it and its statistics.
 * What has no statistics counts zero.
 */
export function overview(table: Table, statistics: readonly ServiceStatistics[]): Overview {
  const byMatch = new Map(statistics.map((item) => [matchKey(item.match), item]));
  return {
    version: table.version,
    timeouts: table.timeouts,
    daemons: table.daemons,
    settings: table.settings,
    marks: table.marks,
    sources: table.sources,
    vips: table.vips,
    services: table.services.map(({ destinations, ...service }) => {
      const found = byMatch.get(matchKey(service.match));
      const byId = new Map(found?.destinations.map((item) => [endpointText(item.id), item]));
      return {
        ...service,
        counters: found?.counters ?? NO_COUNTERS,
        rates: found?.rates ?? NO_RATES,
        destinations: destinations.map((destination) =>
          withStatistics(destination, byId.get(endpointText(destination))),
        ),
      };
    }),
  };
}

function withStatistics(destination: Destination, found: DestinationStatistics | undefined): DestinationOverview {
  return {
    ...destination,
    active: found?.active ?? 0,
    inactive: found?.inactive ?? 0,
    persistent: found?.persistent ?? 0,
    signals: found?.signals ?? newSignals(),
    counters: found?.counters ?? NO_COUNTERS,
    rates: found?.rates ?? NO_RATES,
  };
}
