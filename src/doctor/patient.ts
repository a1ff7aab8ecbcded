import { familyOf, isMarkMatch } from '../lvs/service.ts';
import type { ServiceStatistics } from '../lvs/statistics.ts';
import type { TableService } from '../lvs/table.ts';
import type { Duty, HostFacts, RealServerFacts, ServiceFacts } from './facts.ts';
import { ownAddress, ownAddresses } from './host.ts';

/** The services of a table with what the director counts, as rules see them. Probes are added later. */
export function serviceFacts(
  services: readonly TableService[],
  statistics: readonly ServiceStatistics[],
): ServiceFacts[] {
  return services.map((service, place) => ({
    match: service.match,
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
        weight: destination.weight,
        upperThreshold: destination.upperThreshold,
        active: counted?.active ?? 0,
        inactive: counted?.inactive ?? 0,
        persistent: counted?.persistent ?? 0,
        probe: undefined,
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
  const duties = services.flatMap(({ match, destinations }) =>
    destinations
      .filter(({ address }) => ownAddress(host, address) !== undefined)
      .map((destination): Duty => ({
        method: destination.method,
        protocol: isMarkMatch(match) ? 'tcp' : match.protocol,
        vip: isMarkMatch(match) ? undefined : match.address,
        port: destination.port,
        address: destination.address,
      })),
  );
  return { host, duties, directors: director === undefined ? [] : directorAddresses(director) };
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
