import {
  DESTINATION_FLAG,
  type DestinationRecord,
  SCHEDULER,
  type ServiceKeyRecord,
  type ServiceRecord,
} from '../../kernel/abi.generated.ts';
import { WeirError } from '../../base/error.ts';
import {
  type AddressMatch,
  type Destination,
  type ForwardingMethod,
  type Service,
  type ServiceMatch,
  type Tunnel,
  familyOf,
  isMarkMatch,
} from '../../lvs/service.ts';
import { LAYOUTS, addressText, addressWords, familyOfNumber } from './layouts.ts';

/** Between what an operator configures and the records of bpf/abi.h. */

const PROTOCOLS = { tcp: 6, udp: 17, sctp: 132 } as const;
/** In the numbers of enum weir_scheduler; the names are those of src/lvs/schedulers. */
const SCHEDULERS: ReadonlyMap<string, number> = new Map(
  Object.entries(SCHEDULER).map(([name, number]) => [name.toLowerCase(), number]),
);
/** Each in the order of its enumeration in bpf/abi.h. */
const METHODS: readonly ForwardingMethod[] = ['masquerade', 'route', 'tunnel'];
const TUNNELS: readonly Tunnel['type'][] = ['ipip', 'gue', 'gre'];
const TUNNEL_CHECKSUMS: readonly Tunnel['checksum'][] = ['none', 'full', 'remote'];

export function serviceKeyRecord(match: ServiceMatch): ServiceKeyRecord {
  if (isMarkMatch(match)) throw new WeirError('INTERNAL', 'a firewall-mark service has no key');
  return {
    address: addressWords(match.address),
    port: match.port,
    protocol: PROTOCOLS[match.protocol],
    family: LAYOUTS[familyOf(match.address)].number,
  };
}

export function matchOf(key: ServiceKeyRecord): AddressMatch {
  return {
    protocol: protocolName(key.protocol),
    address: addressText(key.address, familyOfNumber(key.family)),
    port: key.port,
  };
}

export function protocolName(number: number): 'tcp' | 'udp' | 'sctp' {
  return number === PROTOCOLS.udp ? 'udp' : number === PROTOCOLS.sctp ? 'sctp' : 'tcp';
}

/** What a service's record has of its configuration alone. */
export function serviceRecord({
  scheduler,
  schedulerFlags,
}: Service): Pick<ServiceRecord, 'scheduler' | 'schedulerFlags' | 'flags' | 'persistence' | 'netmask'> {
  return { scheduler: schedulerNumber(scheduler), schedulerFlags, flags: 0, persistence: 0, netmask: [] };
}

function schedulerNumber(name: string): number {
  const number = SCHEDULERS.get(name);
  if (number === undefined) throw new WeirError('INTERNAL', `the programs have no scheduler ${name}`);
  return number;
}

export function schedulerName({ scheduler }: ServiceRecord): string {
  for (const [name, number] of SCHEDULERS) if (number === scheduler) return name;
  return 'none';
}

export function destinationRecord(
  destination: Destination,
  { service, lastWeight, source }: { service: number; lastWeight: number; source: string | undefined },
): DestinationRecord {
  const { address, port, method, weight, upperThreshold, lowerThreshold, tunnel } = destination;
  return {
    address: addressWords(address),
    ...sourceOf(address, source),
    port,
    tunnelPort: tunnel.port,
    family: LAYOUTS[familyOf(address)].number,
    method: METHODS.indexOf(method),
    tunnel: TUNNELS.indexOf(tunnel.type),
    tunnelChecksum: TUNNEL_CHECKSUMS.indexOf(tunnel.checksum),
    weight,
    lastWeight: weight === 0 ? lastWeight : weight,
    upperThreshold,
    lowerThreshold,
    service,
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
    method: METHODS[record.method] ?? 'route',
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
