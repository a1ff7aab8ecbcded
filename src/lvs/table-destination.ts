import { WeirError } from '../base/error.ts';
import { endpointText, familyOf, familyOfMatch, matchKey, type Destination, type DestinationId } from './service.ts';
import { hasSource } from './source.ts';
import { isIntegerIn } from './table-range.ts';
import { refuseOnePacketFullNat } from './table-service.ts';
import type { Table, TableContext, TableService } from './table.ts';

/** What else decides whether a destination is accepted. */
export interface DestinationContext {
  rest: Pick<Table, 'daemons' | 'sources'>;
  context: Pick<TableContext, 'isUnicast'>;
}

/**
 * The service with one more destination, at the head of the walk.
 * @throws WeirError as the kernel refuses: EINVAL mixed families, ERANGE weight or thresholds, EEXIST, EINVAL address
 */
export function addDestination(
  service: TableService,
  destination: Destination,
  { rest, context }: DestinationContext,
): TableService {
  checkFamilies(service, destination, rest);
  checkValues(service, destination);
  if (placeOf(service, destination) >= 0) {
    throw new WeirError('DESTINATION_EXISTS', 'Destination already exists', {
      errno: 'EEXIST',
      found: endpointText(destination),
      where: matchKey(service.match),
      fix: 'edit it with `ipvsadm -e`, or delete it first',
    });
  }
  if (!context.isUnicast(destination.address)) {
    throw invalid(service, 'address', 'a unicast address', destination.address);
  }
  checkFullNat(service, destination, rest);
  return { ...service, destinations: [destination, ...service.destinations] };
}

/** The service with every attribute of a destination replaced, which keeps its place. @throws WeirError, see addDestination */
export function editDestination(
  service: TableService,
  destination: Destination,
  { rest }: Pick<DestinationContext, 'rest'>,
): TableService {
  checkFamilies(service, destination, rest);
  checkValues(service, destination);
  const place = requirePlace(service, destination);
  checkFullNat(service, destination, rest);
  return { ...service, destinations: service.destinations.with(place, destination) };
}

/** @throws WeirError ENOENT if the service has no such destination */
export function deleteDestination(service: TableService, id: DestinationId): TableService {
  return { ...service, destinations: service.destinations.toSpliced(requirePlace(service, id), 1) };
}

function checkFamilies(service: TableService, destination: Destination, { daemons }: DestinationContext['rest']): void {
  if (familyOf(destination.address) === familyOfMatch(service.match)) return;
  // The synchronisation protocol cannot carry mixed families.
  if (daemons.length > 0) {
    throw invalid(
      service,
      'address family',
      'that of the service while a synchronisation daemon runs',
      destination.address,
    );
  }
  if (destination.method !== 'tunnel') {
    throw invalid(
      service,
      'address family',
      'that of the service, unless the method is tunnelling',
      destination.address,
    );
  }
}

/** What cannot work is refused: no replies without a source, none found without a connection. */
function checkFullNat(service: TableService, destination: Destination, { sources }: DestinationContext['rest']): void {
  if (destination.method !== 'full-nat') return;
  refuseOnePacketFullNat(service, [destination]);
  const family = familyOf(destination.address);
  if (hasSource(sources, family)) return;
  throw new WeirError('SOURCE_UNKNOWN', `full NAT has no source of the family ${family}`, {
    errno: 'ENOENT',
    found: endpointText(destination),
    where: matchKey(service.match),
    fix: 'add an address of the director first with `weir source add ADDRESS`',
  });
}

const RANGED = ['weight', 'upperThreshold', 'lowerThreshold'] as const;

function checkValues(service: TableService, destination: Destination): void {
  const { upperThreshold, lowerThreshold, tunnel, port } = destination;
  for (const name of RANGED) {
    const value = destination[name];
    if (!isIntegerIn(value, 0, 0x7fffffff)) throw outOfRange(service, name, '0 to 2147483647', value);
  }
  // The kernel compares them also when the upper one is off (0): recorded in thresholds.
  if (lowerThreshold > upperThreshold) {
    throw outOfRange(service, 'lowerThreshold', `at most the upper threshold, ${upperThreshold}`, lowerThreshold);
  }
  if (tunnel.type === 'gue' && !isIntegerIn(tunnel.port, 1, 0xffff)) {
    throw invalid(service, 'tunnel port', '1 to 65535', tunnel.port);
  }
  if (!isIntegerIn(port, 0, 0xffff)) throw invalid(service, 'port', '0 to 65535', port);
}

function placeOf(service: TableService, { address, port }: DestinationId): number {
  return service.destinations.findIndex((known) => known.port === port && known.address === address);
}

function requirePlace(service: TableService, id: DestinationId): number {
  const place = placeOf(service, id);
  if (place >= 0) return place;
  throw new WeirError('DESTINATION_UNKNOWN', 'No such destination', {
    errno: 'ENOENT',
    found: endpointText(id),
    where: matchKey(service.match),
    fix: 'list the destinations with `ipvsadm -L -n`',
  });
}

function invalid(service: TableService, what: string, expected: string, found: string | number): WeirError {
  return new WeirError('DESTINATION_INVALID', `the ${what} of the destination is not accepted`, {
    errno: 'EINVAL',
    expected,
    found: String(found),
    where: matchKey(service.match),
  });
}

function outOfRange(service: TableService, name: string, expected: string, found: number): WeirError {
  return new WeirError(
    name === 'weight' ? 'DESTINATION_INVALID' : 'THRESHOLD_INVALID',
    `the ${name} of the destination is out of range`,
    {
      errno: 'ERANGE',
      expected,
      found: String(found),
      where: matchKey(service.match),
    },
  );
}
