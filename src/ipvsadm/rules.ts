import type { MarkTarget } from '../lvs/mark.ts';
import type { Operation, SyncDaemon, Timeouts, WeirOperation } from '../lvs/operation.ts';
import { endpointText, isMarkMatch, type Destination, type Service, type ServiceMatch } from '../lvs/service.ts';
import type { Table } from '../lvs/table.ts';
import { changedSettings } from '../lvs/settings.ts';
import { addressToBytes } from '../net/ip-address.ts';
import { formatOwnRule } from './own-rules.ts';
import { METHOD_OPTION, SERVICE_OPTION, serviceAttributeWords, tunnelWords } from './rule-words.ts';
import { completeSchedulerFlags } from './scheduler-flags.ts';

/*
 * The text of saved rules: the grammar of `ipvsadm -S`, a command a line, with everything that `ipvsadm -S` leaves out
 * (thresholds, timeouts, synchronisation daemons, a persistence engine without persistence), and lines of Weir's own for what
 * ipvsadm does not have (own-rules.ts). Numeric, so that reading it back asks no name server.
 */

/**
 * A whole table as text. Equal tables give equal text: services are sorted (their order has no meaning), destinations stand in
 * the order of adding, the last one is the first of the walk.
 */
export function formatRules(table: Table): string {
  const services = table.services
    .map((service) => ({ service, key: sortKey(service.match) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const lines = ['# Rules of a Weir director: `weir restore` reads them.', timeoutsText(table.timeouts)];
  lines.push(...ownRules(table).map(formatOwnRule));
  for (const { service } of services) {
    lines.push(`-A ${serviceText(service)}`);
    for (const destination of service.destinations.toReversed()) {
      lines.push(`-a ${matchText(service.match)} ${destinationText(destination)}`);
    }
  }
  lines.push(...table.daemons.map((daemon) => `--start-daemon ${daemonText(daemon)}`));
  return `${lines.join('\n')}\n`;
}

/** An operation as the line of ipvsadm that does the same, without the word `ipvsadm`: `-D -t 10.1.1.21:80`. */
export function formatOperation(operation: Operation): string {
  switch (operation.do) {
    case 'add-service':
      return `-A ${serviceText(operation.service)}`;
    case 'edit-service':
      return `-E ${serviceText(operation.service)}`;
    case 'delete-service':
      return `-D ${matchText(operation.match)}`;
    case 'add-destination':
      return `-a ${matchText(operation.match)} ${destinationText(operation.destination)}`;
    case 'edit-destination':
      return `-e ${matchText(operation.match)} ${destinationText(operation.destination)}`;
    case 'delete-destination':
      return `-d ${matchText(operation.match)} -r ${endpointText(operation.destination)}`;
    case 'flush':
      return '-C';
    case 'set-timeouts':
      return timeoutsText(operation.timeouts);
    case 'start-daemon':
      return `--start-daemon ${daemonText(operation.daemon)}`;
    case 'stop-daemon':
      return `--stop-daemon ${operation.role}`;
    case 'add-mark':
    case 'delete-mark':
    case 'set-settings':
    case 'set-source':
    case 'delete-source':
    case 'set-vip':
    case 'delete-vip':
      return formatOwnRule(operation);
  }
}

/** What Weir has beyond ipvsadm; settings that have their default are left out, as a restore begins with all of them so. */
function ownRules({ settings, marks, sources, vips }: Table): WeirOperation[] {
  const sorted = marks.toSorted((a, b) => a.mark - b.mark || (sortKey(a.match) < sortKey(b.match) ? -1 : 1));
  return [
    ...changedSettings(settings).map(([name, value]): WeirOperation => ({
      do: 'set-settings',
      settings: { [name]: value },
    })),
    ...sorted.map((rule): WeirOperation => ({ do: 'add-mark', ...rule })),
    ...vips.map((vip): WeirOperation => ({ do: 'set-vip', vip })),
    ...sources.map((source): WeirOperation => ({ do: 'set-source', source })),
  ];
}

function matchText(match: ServiceMatch): string {
  if (isMarkMatch(match)) return match.family === 'inet' ? `-f ${match.mark}` : `-f ${match.mark} -6`;
  return `${SERVICE_OPTION[match.protocol]} ${endpointText(match)}`;
}

function serviceText(service: Service): string {
  const { match, scheduler, schedulerFlags } = service;
  const words = [matchText(match), ...serviceAttributeWords(service)];
  if (schedulerFlags !== 0) words.push(`-b ${completeSchedulerFlags(schedulerFlags, scheduler)}`);
  return words.join(' ');
}

function destinationText(destination: Readonly<Destination>): string {
  const words = [`-r ${endpointText(destination)}`, METHOD_OPTION[destination.method], `-w ${destination.weight}`];
  if (destination.upperThreshold !== 0) words.push(`-x ${destination.upperThreshold}`);
  if (destination.lowerThreshold !== 0) words.push(`-y ${destination.lowerThreshold}`);
  if (destination.method === 'tunnel') words.push(...tunnelWords(destination.tunnel));
  return words.join(' ');
}

function timeoutsText({ tcp, tcpFin, udp }: Timeouts): string {
  return `--set ${tcp} ${tcpFin} ${udp}`;
}

function daemonText(daemon: SyncDaemon): string {
  const length = daemon.maxLength === 0 ? '' : ` --sync-maxlen ${daemon.maxLength}`;
  return (
    `${daemon.role} --mcast-interface ${daemon.interface} --syncid ${daemon.syncId}${length}` +
    ` --mcast-group ${daemon.group} --mcast-port ${daemon.port} --mcast-ttl ${daemon.ttl}`
  );
}

/** Addresses before marks; then by family, protocol, address as a number, port. */
function sortKey(match: ServiceMatch | MarkTarget): string {
  if ('mark' in match) return `2 ${match.family} ${hex(match.mark, 8)}`;
  const bytes = [...addressToBytes(match.address)].map((byte) => hex(byte, 2)).join('');
  return `1 ${hex(bytes.length, 2)} ${match.protocol} ${bytes} ${hex(match.port, 4)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
