import type { Operation, SyncDaemon, Timeouts, WeirOperation } from '../lvs/operation.ts';
import {
  endpointText,
  familyOfMatch,
  isMarkMatch,
  SCHEDULER_FLAG,
  type Destination,
  type ForwardingMethod,
  type Protocol,
  type Service,
  type ServiceMatch,
  type Tunnel,
} from '../lvs/service.ts';
import type { Table } from '../lvs/table.ts';
import { changedSettings } from '../lvs/settings.ts';
import { addressToBytes } from '../net/ip-address.ts';
import { formatOwnRule } from './own-rules.ts';

/*
 * The text of saved rules: the grammar of `ipvsadm -S`, a command a line, with everything that `ipvsadm -S` leaves out
 * (thresholds, timeouts, synchronisation daemons, a persistence engine without persistence), and lines of Weir's own for what
 * ipvsadm does not have (own-rules.ts). Numeric, so that reading it back asks no name server.
 */

const SERVICE_OPTION: Record<Protocol, string> = { tcp: '-t', udp: '-u', sctp: '--sctp-service' };
const METHOD_OPTION: Record<ForwardingMethod, string> = { masquerade: '-m', route: '-g', tunnel: '-i' };
const CHECKSUM_OPTION: Record<Tunnel['checksum'], string> = {
  none: '--tun-nocsum',
  full: '--tun-csum',
  remote: '--tun-remcsum',
};

/** Two schedulers have names of their own for the first two flags. */
const FLAG_NAMES: Partial<Record<string, readonly [string, string]>> = {
  sh: ['sh-fallback', 'sh-port'],
  mh: ['mh-fallback', 'mh-port'],
};

/** The netmask that ipvsadm gives to a persistent service without `-M`. */
const WHOLE_ADDRESS = { inet: '255.255.255.255', inet6: '128' } as const;

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
      return formatOwnRule(operation);
  }
}

/** What Weir has beyond ipvsadm; settings that have their default are left out, as a restore begins with all of them so. */
function ownRules({ settings, marks }: Table): WeirOperation[] {
  const sorted = marks.toSorted((a, b) => a.mark - b.mark || (sortKey(a.match) < sortKey(b.match) ? -1 : 1));
  return [
    ...changedSettings(settings).map(([name, value]): WeirOperation => ({
      do: 'set-settings',
      settings: { [name]: value },
    })),
    ...sorted.map((rule): WeirOperation => ({ do: 'add-mark', ...rule })),
  ];
}

function matchText(match: ServiceMatch): string {
  if (isMarkMatch(match)) return match.family === 'inet' ? `-f ${match.mark}` : `-f ${match.mark} -6`;
  return `${SERVICE_OPTION[match.protocol]} ${endpointText(match)}`;
}

function serviceText({ match, scheduler, schedulerFlags, persistence, persistenceEngine, onePacket }: Service): string {
  const words = [matchText(match), `-s ${scheduler}`];
  if (persistence !== undefined) {
    words.push(`-p ${persistence.timeout}`);
    if (persistence.netmask !== WHOLE_ADDRESS[familyOfMatch(match)]) words.push(`-M ${persistence.netmask}`);
  }
  if (persistenceEngine !== undefined) words.push(`--pe ${persistenceEngine}`);
  if (onePacket) words.push('-o');
  if (schedulerFlags !== 0) words.push(`-b ${flagsText(scheduler, schedulerFlags)}`);
  return words.join(' ');
}

function flagsText(scheduler: string, flags: number): string {
  const [first, second] = FLAG_NAMES[scheduler] ?? ['flag-1', 'flag-2'];
  const names: [number, string][] = [
    [SCHEDULER_FLAG.flag1, first],
    [SCHEDULER_FLAG.flag2, second],
    [SCHEDULER_FLAG.flag3, 'flag-3'],
  ];
  return names.flatMap(([bit, name]) => ((flags & bit) === 0 ? [] : [name])).join(',');
}

function destinationText(destination: Readonly<Destination>): string {
  const words = [`-r ${endpointText(destination)}`, METHOD_OPTION[destination.method], `-w ${destination.weight}`];
  if (destination.upperThreshold !== 0) words.push(`-x ${destination.upperThreshold}`);
  if (destination.lowerThreshold !== 0) words.push(`-y ${destination.lowerThreshold}`);
  if (destination.method === 'tunnel') words.push(tunnelText(destination.tunnel));
  return words.join(' ');
}

function tunnelText({ type, port, checksum }: Tunnel): string {
  const words = [`--tun-type ${type}`];
  if (type === 'gue') words.push(`--tun-port ${port}`);
  if (type !== 'ipip') words.push(CHECKSUM_OPTION[checksum]);
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
function sortKey(match: ServiceMatch): string {
  if (isMarkMatch(match)) return `2 ${match.family} ${hex(match.mark, 8)}`;
  const bytes = [...addressToBytes(match.address)].map((byte) => hex(byte, 2)).join('');
  return `1 ${hex(bytes.length, 2)} ${match.protocol} ${bytes} ${hex(match.port, 4)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
