import type { DestinationStatistics, ServiceStatistics } from '../lvs/statistics.ts';
import { endpointText, isMarkMatch, matchKey, type ServiceMatch } from '../lvs/service.ts';
import type { TableService } from '../lvs/table.ts';
import type { Draft } from './draft.ts';
import { endpointsOf, writeNumeric, writerWithNames, type EndpointWriter } from './endpoint-text.ts';
import type { IpvsadmHost } from './host.ts';
import { defaultLayout } from './layout/default.ts';
import type { Layout } from './layout/layout.ts';
import { destinationName, serviceName } from './layout/service-name.ts';
import { matchOf } from './operation-of.ts';
import type { OptionName } from './options.ts';
import { sortDestinations, sortServices } from './order.ts';
import { EXIT, Refusal } from './refusal.ts';

/**
 * The first line of the whole list. The size is that of the kernel's hash table of connections; Weir's has none, and says what
 * the kernel says as it comes.
 */
const TITLE = 'IP Virtual Server version 1.2.1 (size=4096)';

/** The layouts by the options that ask for them; of several the first counts. */
const LAYOUTS: readonly [option: OptionName, load: () => Promise<Layout>][] = [
  ['stats', async () => (await import('./layout/stats.ts')).statsLayout],
  ['rate', async () => (await import('./layout/rate.ts')).rateLayout],
  ['thresholds', async () => (await import('./layout/thresholds.ts')).thresholdsLayout],
  ['persistent-conn', async () => (await import('./layout/persistent.ts')).persistentLayout],
  ['tun-info', async () => (await import('./layout/tunnel.ts')).tunnelLayout],
];

/**
 * Prints the table, or the one service that the command line names.
 * @throws Refusal if there is no such service
 */
export async function listServices({ options, service }: Draft, host: IpvsadmHost): Promise<void> {
  const table = await host.director.table();
  const statistics = table.services.length === 0 ? [] : await host.director.statistics();
  const one = options.has('service-address') ? matchOf(service) : undefined;
  const listed = one === undefined ? table.services : table.services.filter(({ match }) => sameMatch(match, one));
  if (one !== undefined && listed.length === 0) throw new Refusal(EXIT.list, 'No such service');

  const services = options.has('nosort')
    ? listed
    : sortServices(listed).map((each) => ({ ...each, destinations: sortDestinations(each.destinations) }));
  const write = options.has('numeric') ? writeNumeric : await writerWithNames(endpointsOf(services), host.names);
  const [, load] = LAYOUTS.find(([option]) => options.has(option)) ?? [];
  const layout = load === undefined ? defaultLayout : await load();
  const known = new Map(statistics.map((each) => [matchKey(each.match), each]));
  const lines = services.flatMap((each) =>
    serviceLines(each, known.get(matchKey(each.match)), layout, write, options.has('exact')),
  );
  const title = one === undefined ? [TITLE] : [];
  host.stdout([...title, layout.heading, ...lines, ''].join('\n'));
}

function serviceLines(
  service: TableService,
  statistics: ServiceStatistics | undefined,
  layout: Layout,
  write: EndpointWriter,
  exact: boolean,
): string[] {
  const { match } = service;
  const protocol = isMarkMatch(match) ? undefined : match.protocol;
  const known = new Map(statistics?.destinations.map((each) => [endpointText(each.id), each]));
  const name = serviceName(match, write);
  return [
    layout.service({ name, service, statistics: statistics ?? { match, ...NOTHING, destinations: [] } }, exact),
    ...service.destinations.map((destination) =>
      layout.destination(
        {
          name: destinationName(destination.address, write({ ...destination, protocol })),
          destination,
          statistics: known.get(endpointText(destination)) ?? { id: destination, ...NO_CONNECTIONS },
        },
        exact,
      ),
    ),
  ];
}

function sameMatch(a: ServiceMatch, b: ServiceMatch): boolean {
  return matchKey(a) === matchKey(b);
}

/** For what was added between reading the table and reading its statistics. */
const NOTHING: Pick<ServiceStatistics, 'counters' | 'rates'> = {
  counters: { connections: 0n, inPackets: 0n, outPackets: 0n, inBytes: 0n, outBytes: 0n },
  rates: { connections: 0, inPackets: 0, outPackets: 0, inBytes: 0, outBytes: 0 },
};
const NO_CONNECTIONS: Omit<DestinationStatistics, 'id' | 'signals'> = {
  active: 0,
  inactive: 0,
  persistent: 0,
  ...NOTHING,
};
