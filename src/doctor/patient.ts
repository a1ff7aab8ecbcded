import { isAboutServices, type MarkRule } from '../lvs/mark.ts';
import { familyOf, isMarkMatch, type AddressMatch, type ServiceMatch } from '../lvs/service.ts';
import { newSignals } from '../lvs/signals.ts';
import type { ServiceStatistics } from '../lvs/statistics.ts';
import type { TableService } from '../lvs/table.ts';
import type { DestinationFacts, Duty, HostFacts, RealServerFacts, ServiceFacts } from './facts.ts';
import { ownAddress, ownAddresses } from './host.ts';

/** The services of a table with what the director counts, as rules see them. Probes are added later. */
export function serviceFacts(
  services: readonly TableService[],
  statistics: readonly ServiceStatistics[],
  marks: readonly MarkRule[] = [],
): ServiceFacts[] {
  return services.map((service, place) => ({
    match: service.match,
    asked: askedFor(service.match, marks),
    scheduler: service.scheduler,
    persistence: service.persistence,
    destinations: service.destinations.map((destination) => {
      const counted = statistics[place]?.destinations.find(
        ({ id }) => id.address === destination.address && id.port === destination.port,
      );
      return {
        address: destination.address,
        port: destination.port,
        method: destination.method,
        tunnel: destination.tunnel,
        weight: destination.weight,
        upperThreshold: destination.upperThreshold,
        active: counted?.active ?? 0,
        inactive: counted?.inactive ?? 0,
        persistent: counted?.persistent ?? 0,
        signals: counted?.signals ?? newSignals(),
        probe: undefined,
        isNeighbour: undefined,
        size: undefined,
      };
    }),
  }));
}

/** A real server, with the duties that a director's table gives to its addresses. */
export function realServer(
  host: HostFacts,
  services: readonly ServiceFacts[],
  director: HostFacts | undefined,
): RealServerFacts {
  const duties = services.flatMap((service) =>
    service.destinations
      .filter(({ address }) => ownAddress(host, address) !== undefined)
      .flatMap((destination) => dutiesOf(service, destination)),
  );
  return { host, duties, directors: director === undefined ? [] : directorAddresses(director) };
}

function dutiesOf({ asked }: ServiceFacts, { method, address, port }: DestinationFacts): Duty[] {
  if (asked.length === 0) return [{ method, protocol: 'tcp', vip: undefined, port, address }];
  const keepsVip = method === 'route' || method === 'tunnel';
  return asked.map(({ protocol, address: vip, port: own }) => ({
    method,
    protocol,
    vip: keepsVip ? vip : undefined,
    port: port === 0 ? own : port,
    address,
  }));
}

/** A mark without a rule of the director's own is given by some other firewall, and nobody here knows to what. */
function askedFor(match: ServiceMatch, marks: readonly MarkRule[]): AddressMatch[] {
  if (!isMarkMatch(match)) return [match];
  return marks
    .filter(({ mark, match: to }) => mark === match.mark && familyOf(to.address) === match.family)
    .map(({ match: to }) => to)
    .filter(isAboutServices);
}

function directorAddresses(director: HostFacts): string[] {
  return ownAddresses(director)
    .filter(({ interface: on }) => !on.loopback)
    .map(({ address }) => address);
}

/** The duty of a real server that was told what it is to be, where no table can be asked. */
export function givenDuty(
  host: HostFacts,
  { method, vip, port }: { method: Duty['method']; vip: string; port: number },
): Duty {
  const family = familyOf(vip);
  const own = ownAddresses(host).find(({ address, interface: on }) => !on.loopback && familyOf(address) === family);
  return {
    method,
    protocol: 'tcp',
    vip: method === 'masquerade' ? undefined : vip,
    port,
    address: own?.address ?? vip,
  };
}
