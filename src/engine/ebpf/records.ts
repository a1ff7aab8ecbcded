import {
  DESTINATION_FLAG,
  type DestinationRecord,
  METHOD,
  SCHEDULER,
  type ServiceKeyRecord,
  type ServiceRecord,
} from '../../kernel/abi.generated.ts';
import { WeirError } from '../../base/error.ts';
import {
  type AddressMatch,
  type Destination,
  DIRECT_TUNNEL,
  type ForwardingMethod,
  type ServiceMatch,
  isMarkMatch,
} from '../../lvs/service.ts';
import { formatIpv4, parseIpv4 } from '../../net/address.ts';

/** Between what an operator configures and the records of bpf/abi.h. */

export const AF_INET = 2;
const PROTOCOLS = { tcp: 6, udp: 17, sctp: 132 } as const;
const SCHEDULERS: Record<string, number> = { none: SCHEDULER.NONE, rr: SCHEDULER.RR, wrr: SCHEDULER.WRR };
const METHODS: Record<ForwardingMethod, number> = {
  masquerade: METHOD.MASQUERADE,
  route: METHOD.ROUTE,
  tunnel: METHOD.TUNNEL,
};

export function serviceKeyRecord(match: ServiceMatch): ServiceKeyRecord {
  if (isMarkMatch(match)) throw new WeirError('INTERNAL', 'a firewall-mark service has no key');
  return {
    address: addressWords(match.address),
    port: match.port,
    protocol: PROTOCOLS[match.protocol],
    family: AF_INET,
  };
}

export function matchOf(key: ServiceKeyRecord): AddressMatch {
  return { protocol: protocolName(key.protocol), address: addressText(key.address), port: key.port };
}

export function protocolName(number: number): 'tcp' | 'udp' | 'sctp' {
  return number === PROTOCOLS.udp ? 'udp' : number === PROTOCOLS.sctp ? 'sctp' : 'tcp';
}

export function schedulerNumber(name: string): number {
  const number = SCHEDULERS[name];
  if (number === undefined) throw new WeirError('INTERNAL', `the programs have no scheduler ${name}`);
  return number;
}

export function schedulerName({ scheduler }: ServiceRecord): string {
  return Object.keys(SCHEDULERS).find((name) => SCHEDULERS[name] === scheduler) ?? 'none';
}

export function destinationRecord(destination: Destination, service: number): DestinationRecord {
  return {
    address: addressWords(destination.address),
    port: destination.port,
    method: METHODS[destination.method],
    flags: DESTINATION_FLAG.AVAILABLE,
    weight: destination.weight,
    upperThreshold: destination.upperThreshold,
    lowerThreshold: destination.lowerThreshold,
    service,
  };
}

export function destinationOf(record: DestinationRecord): Destination {
  return {
    address: addressText(record.address),
    port: record.port,
    method: methodName(record.method),
    weight: record.weight,
    upperThreshold: record.upperThreshold,
    lowerThreshold: record.lowerThreshold,
    tunnel: DIRECT_TUNNEL,
  };
}

function methodName(number: number): ForwardingMethod {
  if (number === METHOD.MASQUERADE) return 'masquerade';
  return number === METHOD.TUNNEL ? 'tunnel' : 'route';
}

function addressWords(address: string): number[] {
  return [parseIpv4(address), 0, 0, 0];
}

function addressText(words: readonly number[]): string {
  return formatIpv4(words[0] ?? 0);
}
