import { isMarkMatch, type Destination, type ServiceMatch } from '../lvs/service.ts';
import type { TableService } from '../lvs/table.ts';
import type { Draft } from './draft.ts';
import { endpointsOf, writeNumeric, writerWithNames, type EndpointWriter } from './endpoint-text.ts';
import type { IpvsadmHost } from './host.ts';
import { sortDestinations, sortServices } from './order.ts';
import { METHOD_OPTION, SERVICE_OPTION, serviceAttributeWords, tunnelWords } from './rule-words.ts';
import { formatSchedulerFlags } from './scheduler-flags.ts';

/** Prints the rules that `-R` reads. Like ipvsadm's own they leave out thresholds, timeouts and daemons. */
export async function saveRules({ options }: Draft, host: IpvsadmHost): Promise<void> {
  const { services } = await host.director.table();
  const write = options.has('numeric') ? writeNumeric : await writerWithNames(endpointsOf(services), host.names);
  const lines = sortServices(services).flatMap((service) => [
    `-A ${serviceWords(service, write)}`,
    ...sortDestinations(service.destinations).map(
      (destination) => `-a ${destinationWords(service.match, destination, write)}`,
    ),
  ]);
  host.stdout(lines.map((line) => `${line}\n`).join(''));
}

/** The words of a service as they follow `-A`: `-t 10.0.0.10:80 -s wlc -p 60 -M 255.255.255.0 --pe sip -o -b flag-1`. */
export function serviceWords(service: TableService, write: EndpointWriter): string {
  const { match, scheduler, schedulerFlags } = service;
  const words = [matchWords(match, write), ...serviceAttributeWords(service)];
  if (schedulerFlags !== 0) words.push('-b', formatSchedulerFlags(schedulerFlags, scheduler));
  return words.join(' ');
}

/** The words of a destination as they follow `-a`: `-t 10.0.0.10:80 -r 192.168.1.11:80 -m -w 1`. */
export function destinationWords(match: ServiceMatch, destination: Destination, write: EndpointWriter): string {
  const { address, port, method, weight, tunnel } = destination;
  const protocol = isMarkMatch(match) ? undefined : match.protocol;
  const words = [matchWords(match, write), '-r', write({ address, port, protocol })];
  words.push(METHOD_OPTION[method], '-w', String(weight));
  if (method === 'tunnel') words.push(...tunnelWords(tunnel));
  return words.join(' ');
}

/** `-t 10.0.0.10:80`, `-f 8 -6`. Marks above 2^31-1 appear negative, as in ipvsadm, whose `-R` refuses them then. */
export function matchWords(match: ServiceMatch, write: EndpointWriter): string {
  if (isMarkMatch(match)) return `-f ${match.mark | 0}${match.family === 'inet6' ? ' -6' : ''}`;
  return `${SERVICE_OPTION[match.protocol]} ${write(match)}`;
}
