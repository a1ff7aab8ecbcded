import { WeirError } from '../base/error.ts';
import {
  familyOfMatch,
  isMarkMatch,
  matchKey,
  type Destination,
  type Persistence,
  type Service,
  type ServiceMatch,
} from './service.ts';
import type { ServiceIndex } from './table-index.ts';
import type { TableContext, TableService } from './table.ts';
import { isIntegerIn } from './table-range.ts';

/** The longest persistence and the longest timeout: 31 days, in seconds. */
export const LONGEST_TIMEOUT = 31 * 24 * 3600;

/** @throws WeirError ESRCH if there is no such service */
export function requireService(index: ServiceIndex, match: ServiceMatch): TableService {
  const service = index.get(matchKey(match));
  if (service !== undefined) return service;
  throw new WeirError('SERVICE_UNKNOWN', 'No such service', {
    errno: 'ESRCH',
    expected: 'the match of a service in the table',
    found: matchKey(match),
    fix: 'list the services with `ipvsadm -L -n`',
  });
}

/** @throws WeirError EEXIST if there is such a service already */
export function refuseKnownService(index: ServiceIndex, match: ServiceMatch): void {
  if (index.get(matchKey(match)) === undefined) return;
  throw new WeirError('SERVICE_EXISTS', 'Service already exists', {
    errno: 'EEXIST',
    found: matchKey(match),
    fix: 'edit it with `ipvsadm -E`, or delete it first',
  });
}

/**
 * What the kernel asks of a service that is added or edited, in its order: scheduler, persistence engine, prefix length.
 * Ranges that netlink attributes cannot leave come last; only Weir's own interfaces can break them.
 * @throws WeirError ENOENT for names that are not known, EINVAL for values
 */
export function checkService(service: Service, context: TableContext): void {
  if (service.scheduler !== 'none' && !context.schedulers.has(service.scheduler)) {
    throw unknownName('SCHEDULER_UNKNOWN', 'scheduler', service.scheduler, context.schedulers);
  }
  const engine = service.persistenceEngine;
  if (engine !== undefined && !context.persistenceEngines.has(engine)) {
    throw unknownName('PERSISTENCE_ENGINE_UNKNOWN', 'persistence engine', engine, context.persistenceEngines);
  }
  if (service.persistence !== undefined) checkPersistence(service.match, service.persistence);
  checkMatch(service.match);
  if (!isIntegerIn(service.schedulerFlags, 0, 0x38) || (service.schedulerFlags & ~0x38) !== 0) {
    throw invalid(service.match, 'scheduler flags', 'any of 0x08, 0x10, 0x20', service.schedulerFlags);
  }
}

/** Full NAT finds replies by their connection, and one-packet scheduling leaves none. @throws WeirError SERVICE_INVALID */
export function refuseOnePacketFullNat(
  { match, onePacket }: Service,
  destinations: readonly Pick<Destination, 'method'>[],
): void {
  if (!onePacket || destinations.every(({ method }) => method !== 'full-nat')) return;
  throw new WeirError('SERVICE_INVALID', 'one-packet scheduling and full NAT exclude each other', {
    errno: 'EINVAL',
    expected: 'another method, or a service without one-packet scheduling',
    found: 'a real server of full NAT',
    where: matchKey(match),
  });
}

function checkPersistence(match: ServiceMatch, { timeout, netmask }: Persistence): void {
  if (familyOfMatch(match) === 'inet6' && !(/^\d{1,3}$/.test(netmask) && isIntegerIn(Number(netmask), 1, 128))) {
    throw invalid(match, 'persistence prefix length', '1 to 128', netmask);
  }
  if (!isIntegerIn(timeout, 1, LONGEST_TIMEOUT)) {
    throw invalid(match, 'persistence timeout', `1 to ${LONGEST_TIMEOUT} seconds`, timeout);
  }
}

function checkMatch(match: ServiceMatch): void {
  if (isMarkMatch(match)) {
    if (!isIntegerIn(match.mark, 1, 0xffffffff)) throw invalid(match, 'firewall mark', '1 to 4294967295', match.mark);
  } else if (!isIntegerIn(match.port, 0, 0xffff)) {
    throw invalid(match, 'port', '0 to 65535', match.port);
  }
}

function invalid(match: ServiceMatch, what: string, expected: string, found: string | number): WeirError {
  return new WeirError('SERVICE_INVALID', `the ${what} of the service is out of range`, {
    errno: 'EINVAL',
    expected,
    found: String(found),
    where: matchKey(match),
  });
}

function unknownName(
  code: 'SCHEDULER_UNKNOWN' | 'PERSISTENCE_ENGINE_UNKNOWN',
  what: string,
  found: string,
  known: ReadonlySet<string>,
): WeirError {
  return new WeirError(code, `there is no ${what} '${found}'`, {
    errno: 'ENOENT',
    expected: `one of ${[...known].join(', ')}`,
    found,
  });
}
