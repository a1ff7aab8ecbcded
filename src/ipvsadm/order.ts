import { addressToBytes } from '../net/ip-address.ts';
import { familyOf, familyOfMatch, isMarkMatch, type DestinationId, type ServiceMatch } from '../lvs/service.ts';
import { mergeSort } from './merge-sort.ts';

/** Numbers of the Internet protocols, by which services are sorted. */
const PROTOCOL_NUMBER = { tcp: 6, udp: 17, sctp: 132 } as const;

const FAMILY_NUMBER = { inet: 2, inet6: 10 } as const;

/** What is compared, number by number; a number is unsigned and has 32 bits. */
type Key = readonly number[];

/** Services in the order of ipvsadm: by firewall mark, family, protocol, address, port. */
export function sortServices<T extends { match: ServiceMatch }>(services: readonly T[]): T[] {
  return sortByKey(services, ({ match }) =>
    isMarkMatch(match)
      ? [match.mark, FAMILY_NUMBER[familyOfMatch(match)]]
      : [
          0,
          FAMILY_NUMBER[familyOf(match.address)],
          PROTOCOL_NUMBER[match.protocol],
          ...wordsOf(match.address),
          match.port,
        ],
  );
}

/**
 * Destinations in the order of ipvsadm: by family, address, port.
 * @param destinations in walk order, which decides where the comparison has no answer
 */
export function sortDestinations<T extends DestinationId>(destinations: readonly T[]): T[] {
  return sortByKey(destinations, ({ address, port }) => [FAMILY_NUMBER[familyOf(address)], ...wordsOf(address), port]);
}

function sortByKey<T>(items: readonly T[], keyOf: (item: T) => Key): T[] {
  const keyed = items.map((item) => ({ item, key: keyOf(item) }));
  return mergeSort(keyed, (a, b) => compareKeys(a.key, b.key)).map(({ item }) => item);
}

/**
 * The sign of the first difference, taken as a wrapped 32-bit number as ipvsadm does: 192.168.0.1 comes before 10.0.0.10,
 * because their difference does not fit (recorded in list-forms).
 */
function compareKeys(a: Key, b: Key): number {
  for (const [index, value] of a.entries()) {
    const difference = (value - (b[index] ?? 0)) | 0;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The 32-bit words of an address, the first first. */
function wordsOf(address: string): number[] {
  const bytes = addressToBytes(address);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, word) => view.getUint32(word * 4));
}
