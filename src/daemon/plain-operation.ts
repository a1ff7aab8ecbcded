import type { Operation } from '../lvs/operation.ts';
import { type AddressMatch, type Destination, isTranslating, type Service } from '../lvs/service.ts';
import { parseIpAddress } from '../net/ip-address.ts';

/**
 * Whether a parsed JSON text is one of the operations that large transactions are made of, in a form that `operation` of schema.ts
 * would take and leave as it is. Everything else is for the schema, which says what is wrong with it: it takes ten times as long.
 */
export function isPlainOperation(content: unknown): content is Operation {
  if (!isObject(content)) return false;
  switch (content['do']) {
    case 'add-service':
    case 'edit-service':
      return fieldsOf(content) === 2 && isPlainService(content['service']);
    case 'add-destination':
    case 'edit-destination': {
      const { match, destination } = content;
      return fieldsOf(content) === 3 && isPlainMatch(match) && isPlainDestination(destination, match.port);
    }
    default:
      return false;
  }
}

function isPlainService(service: unknown): service is Service {
  if (!isObject(service)) return false;
  const { match, scheduler, schedulerFlags, onePacket } = service;
  return (
    isPlainMatch(match) &&
    match.port !== 0 &&
    typeof scheduler === 'string' &&
    /^[\w.-]{1,64}$/u.test(scheduler) &&
    isCount(schedulerFlags) &&
    onePacket === false &&
    fieldsOf(service) === 4
  );
}

/** @param port of its service, which a method that does not translate has to keep */
function isPlainDestination(destination: unknown, port: number): destination is Destination {
  if (!isObject(destination)) return false;
  const { method, tunnel } = destination;
  return (
    isAddress(destination['address']) &&
    isPort(destination['port']) &&
    (method === 'masquerade' || method === 'route' || method === 'full-nat') &&
    (isTranslating(method) || destination['port'] === port) &&
    isCount(destination['weight']) &&
    isCount(destination['upperThreshold']) &&
    isCount(destination['lowerThreshold']) &&
    isDirectTunnel(tunnel) &&
    fieldsOf(destination) === 7
  );
}

function isPlainMatch(match: unknown): match is AddressMatch {
  if (!isObject(match)) return false;
  const { protocol } = match;
  return (
    (protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp') &&
    isAddress(match['address']) &&
    isPort(match['port']) &&
    fieldsOf(match) === 3
  );
}

function isDirectTunnel(tunnel: unknown): boolean {
  if (!isObject(tunnel)) return false;
  return tunnel['type'] === 'ipip' && tunnel['port'] === 0 && tunnel['checksum'] === 'none' && fieldsOf(tunnel) === 3;
}

const CANONICAL_IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/u;

function isAddress(address: unknown): boolean {
  if (typeof address !== 'string') return false;
  if (CANONICAL_IPV4.test(address)) return true;
  try {
    return address.includes(':') && parseIpAddress(address) === address;
  } catch {
    return false;
  }
}

function isPort(port: unknown): port is number {
  return isCount(port) && port <= 65_535;
}

function isCount(count: unknown): count is number {
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0;
}

function isObject(content: unknown): content is Readonly<Record<string, unknown>> {
  return typeof content === 'object' && content !== null;
}

/** How many fields a parsed JSON object has. Without a list of their names: there are hundreds of thousands of objects. */
function fieldsOf(content: object): number {
  let fields = 0;
  for (const _ in content) fields++;
  return fields;
}
