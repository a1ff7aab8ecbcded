import { WeirError } from '../base/error.ts';
import { isIpAddress, parseIpAddress } from '../net/address.ts';
import { familyOf, type Family } from './service.ts';
import { isIntegerIn } from './table-range.ts';

/**
 * A source address of full NAT: what a real server sees in place of the client's. It belongs to the director, or is routed to
 * it, so that replies come back. Each of its ports carries one connection to each address and port of a real server.
 */
export interface Source {
  readonly address: string;
  /** The ports that may be used, both ends included, 1 to 65535. */
  readonly firstPort: number;
  readonly lastPort: number;
}

/** Unless others are named: above the privileged ports and below those that Linux itself sends from (ip_local_port_range). */
export const SOURCE_PORTS = { first: 1024, last: 32_767 } as const;

/**
 * The sources with this one, which takes the place of one with the same address. Their order has no meaning: they are kept sorted.
 * @throws WeirError SOURCE_INVALID
 */
export function setSource(
  sources: readonly Source[],
  source: Source,
  isUnicast: (address: string) => boolean,
): Source[] {
  const { address, firstPort, lastPort } = source;
  if (!isIpAddress(address) || parseIpAddress(address) !== address || !isUnicast(address)) {
    throw invalid('address', 'a unicast address', address);
  }
  if (!isIntegerIn(firstPort, 1, 0xffff)) throw invalid('first port', '1 to 65535', String(firstPort));
  if (!isIntegerIn(lastPort, firstPort, 0xffff)) throw invalid('last port', `${firstPort} to 65535`, String(lastPort));
  const others = sources.filter((one) => one.address !== address);
  return [...others, source].sort(bySourceAddress);
}

/** The order in which sources are kept. */
export function bySourceAddress(a: Source, b: Source): number {
  return a.address < b.address ? -1 : 1;
}

/** How many ports a source has. */
export function portsOf({ firstPort, lastPort }: Source): number {
  return lastPort - firstPort + 1;
}

/**
 * The sources without this one. Connections that use it go on.
 * @param isUsed true for a family in which a real server is reached by full NAT
 * @throws WeirError SOURCE_UNKNOWN; SOURCE_IN_USE for the last one that such a real server has
 */
export function deleteSource(
  sources: readonly Source[],
  address: string,
  isUsed: (family: Family) => boolean,
): Source[] {
  const rest = sources.filter((one) => one.address !== address);
  if (rest.length === sources.length) {
    throw new WeirError('SOURCE_UNKNOWN', `${address} is no source of full NAT`, {
      errno: 'ENOENT',
      found: address,
      fix: 'list them with `weir source list`',
    });
  }
  const family = familyOf(address);
  if (hasSource(rest, family) || !isUsed(family)) return rest;
  throw new WeirError('SOURCE_IN_USE', `${address} is the only source that full NAT has`, {
    errno: 'EBUSY',
    found: address,
    fix: 'add another source first, or delete the real servers of full NAT',
  });
}

export function hasSource(sources: readonly Source[], family: Family): boolean {
  return sources.some(({ address }) => familyOf(address) === family);
}

function invalid(what: string, expected: string, found: string): WeirError {
  return new WeirError('SOURCE_INVALID', `the ${what} of the source is not accepted`, {
    errno: 'EINVAL',
    expected,
    found,
  });
}
