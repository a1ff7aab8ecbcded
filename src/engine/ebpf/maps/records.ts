import {
  DESTINATION_FLAG,
  type DestinationRecord,
  METHOD,
  SERVICE_FLAG,
  type ServiceKeyRecord,
  type ServiceRecord,
} from '../../../kernel/abi.generated.ts';
import {
  type Destination,
  type Family,
  type ForwardingMethod,
  type Service,
  type ServiceMatch,
  type Tunnel,
  familyOf,
  familyOfMatch,
  isMarkMatch,
} from '../../../lvs/service.ts';
import type { MarkTarget } from '../../../lvs/mark.ts';
import { secondsToTicks, ticksToSeconds } from './clock.ts';
import { programScheduler, schedulerNameOf } from './schedulers.ts';
import { LAYOUTS, addressText, addressWords, familyOfNumber } from './layouts.ts';

/** Between what an operator configures and the records of bpf/abi.h. */

const PROTOCOLS = { tcp: 6, udp: 17, sctp: 132 } as const;
const ICMP = { inet: 1, inet6: 58 } as const;
const METHODS: readonly (readonly [ForwardingMethod, number])[] = [
  ['masquerade', METHOD.MASQUERADE],
  ['route', METHOD.ROUTE],
  ['tunnel', METHOD.TUNNEL],
  ['full-nat', METHOD.FULL_NAT],
];
/** Each in the order of its enumeration in bpf/abi.h. */
const TUNNELS: readonly Tunnel['type'][] = ['ipip', 'gue', 'gre'];
const TUNNEL_CHECKSUMS: readonly Tunnel['checksum'][] = ['none', 'full', 'remote'];

/** The key of a service. A service of a mark has the mark in place of the address. */
export function serviceKeyRecord(match: ServiceMatch): ServiceKeyRecord {
  if (isMarkMatch(match)) return { address: [match.mark], port: 0, protocol: 0, family: LAYOUTS[match.family].number };
  return markKeyRecord(match);
}

/** The key of a rule that gives a mark. */
export function markKeyRecord({ protocol, address, port }: MarkTarget): ServiceKeyRecord {
  const family = familyOf(address);
  const number = protocol === 'icmp' ? ICMP[family] : PROTOCOLS[protocol];
  return { address: addressWords(address), port, protocol: number, family: LAYOUTS[family].number };
}

/** What `markKeyRecord` wrote, read back. */
export function markTargetOf({ protocol, family, address, port }: ServiceKeyRecord): MarkTarget {
  const familyName = familyOfNumber(family);
  const name = protocol === ICMP[familyName] ? 'icmp' : protocolName(protocol);
  return { protocol: name, address: addressText(address, familyName), port };
}

export function matchOf({ protocol, family, address, port }: ServiceKeyRecord): ServiceMatch {
  const familyName = familyOfNumber(family);
  if (protocol === 0) return { mark: address[0] ?? 0, family: familyName };
  return { protocol: protocolName(protocol), address: addressText(address, familyName), port };
}

export function protocolName(number: number): 'tcp' | 'udp' | 'sctp' {
  return number === PROTOCOLS.udp ? 'udp' : number === PROTOCOLS.sctp ? 'sctp' : 'tcp';
}

/** What a service's record has of its configuration alone. */
export function serviceRecord(
  service: Service,
): Pick<ServiceRecord, 'scheduler' | 'schedulerFlags' | 'flags' | 'persistence' | 'netmask'> {
  const { scheduler, schedulerFlags, onePacket, persistence, persistenceEngine, match } = service;
  return {
    scheduler: programScheduler(scheduler).number,
    schedulerFlags,
    flags: (onePacket ? SERVICE_FLAG.ONE_PACKET : 0) | (persistenceEngine === undefined ? 0 : SERVICE_FLAG.SIP),
    persistence: persistence === undefined ? 0 : secondsToTicks(persistence.timeout),
    netmask: persistence === undefined ? [] : maskWords(persistence.netmask, familyOfMatch(match)),
  };
}

/** What `serviceRecord` wrote, read back. */
export function serviceOf(match: ServiceMatch, record: ServiceRecord): Service {
  return {
    match,
    scheduler: schedulerNameOf(record.scheduler),
    schedulerFlags: record.schedulerFlags,
    onePacket: (record.flags & SERVICE_FLAG.ONE_PACKET) !== 0,
    ...(record.persistence === 0
      ? {}
      : {
          persistence: {
            timeout: ticksToSeconds(record.persistence),
            netmask: maskText(record.netmask, familyOfMatch(match)),
          },
        }),
    ...(record.flags & SERVICE_FLAG.SIP ? { persistenceEngine: 'sip' } : {}),
  };
}

/** A mask of IPv4 is written as an address, one of IPv6 as a prefix length. */
function maskWords(netmask: string, family: Family): readonly number[] {
  if (family === 'inet') return addressWords(netmask);
  const length = Number(netmask);
  return [0, 32, 64, 96].map((first) => {
    const bits = Math.min(Math.max(length - first, 0), 32);
    return bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  });
}

function maskText(words: readonly number[], family: Family): string {
  if (family === 'inet') return addressText(words, family);
  return String(words.reduce((length, word) => length + Math.clz32(~word), 0));
}

/** What the programs need of a destination beside its configuration; see `weir_destination` of bpf/abi.h. */
export type DestinationState = Pick<
  DestinationRecord,
  'source' | 'flags' | 'service' | 'generation' | 'cell' | 'lastWeight'
>;

export function destinationRecord(destination: Destination, state: DestinationState): DestinationRecord {
  const { address, port, method, weight, upperThreshold, lowerThreshold, tunnel } = destination;
  return {
    address: addressWords(address),
    port,
    tunnelPort: tunnel.port,
    family: LAYOUTS[familyOf(address)].number,
    method: METHODS.find(([name]) => name === method)?.[1] ?? METHOD.ROUTE,
    tunnel: TUNNELS.indexOf(tunnel.type),
    tunnelChecksum: TUNNEL_CHECKSUMS.indexOf(tunnel.checksum),
    weight,
    upperThreshold,
    lowerThreshold,
    source: state.source,
    flags: state.flags,
    service: state.service,
    generation: state.generation,
    cell: state.cell,
    lastWeight: state.lastWeight,
  };
}

/** What a destination's record has of the way there; see weir_destination. @param source the director's own address on it */
export function sourceOf(address: string, source: string | undefined): Pick<DestinationRecord, 'source' | 'flags'> {
  const local = source === address ? DESTINATION_FLAG.LOCAL : 0;
  return {
    source: source === undefined ? [0, 0, 0, 0] : addressWords(source),
    flags: DESTINATION_FLAG.AVAILABLE | local,
  };
}

export function destinationOf(record: DestinationRecord): Destination {
  return {
    address: addressText(record.address, familyOfNumber(record.family)),
    port: record.port,
    method: METHODS.find(([, number]) => number === record.method)?.[0] ?? 'route',
    weight: record.weight,
    upperThreshold: record.upperThreshold,
    lowerThreshold: record.lowerThreshold,
    tunnel: {
      type: TUNNELS[record.tunnel] ?? 'ipip',
      port: record.tunnelPort,
      checksum: TUNNEL_CHECKSUMS[record.tunnelChecksum] ?? 'none',
    },
  };
}
