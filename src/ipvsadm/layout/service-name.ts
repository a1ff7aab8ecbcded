import { familyOf, isMarkMatch, type ServiceMatch } from '../../lvs/service.ts';
import type { EndpointWriter } from '../endpoint-text.ts';

/** Columns that an IPv4 service, or the name of an IPv4 destination, has; what is longer is cut. IPv6 is never cut. */
const SERVICE_WIDTH = 33;
const DESTINATION_WIDTH = 28;

/** Protocol in four columns and address: `TCP  10.0.0.10:80`, `FWM  8 IPv6`. Marks above 2^31-1 appear negative, as in ipvsadm. */
export function serviceName(match: ServiceMatch, write: EndpointWriter): string {
  if (isMarkMatch(match)) return `FWM  ${match.mark | 0}${match.family === 'inet6' ? ' IPv6' : ''}`;
  const name = `${match.protocol.toUpperCase().padEnd(4)} ${write(match)}`;
  return familyOf(match.address) === 'inet' ? name.slice(0, SERVICE_WIDTH) : name;
}

export function destinationName(address: string, text: string): string {
  return familyOf(address) === 'inet' ? text.slice(0, DESTINATION_WIDTH) : text;
}
