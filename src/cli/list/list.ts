import { Option, type Command } from 'commander';
import { connectDirector } from '../../daemon/client.ts';
import { endpointText, matchKey, SCHEDULER_FLAG, type Service, type Tunnel } from '../../lvs/service.ts';
import { socketOption, type SocketOptions } from '../options/socket.ts';
import { alignColumns, print, printJson } from '../terminal/output.ts';
import { overview, type DestinationOverview, type Overview, type ServiceOverview } from './overview.ts';
import { SIGNAL_HEADER, signalRow } from './signals.ts';

interface ListFlags extends SocketOptions {
  output: 'table' | 'json';
  json?: boolean;
  signals?: boolean;
}

/** `weir list`: the table with everything known about it, for people or for programs. */
export function register(program: Command): void {
  program
    .command('list')
    .summary('virtual services and real servers')
    .description('Lists virtual services and real servers in walk order, with connections and counters.')
    .addOption(new Option('-o, --output <format>', 'format of the output').choices(['table', 'json']).default('table'))
    .option('--json', 'the same as -o json')
    .option(
      '--signals',
      'whether handshakes come to their end, datagrams are answered, and what ICMP says, in place of the counters',
    )
    .addOption(socketOption())
    .action(list);
}

async function list({ socket, output, json = false, signals = false }: ListFlags): Promise<void> {
  const director = await connectDirector(socket);
  const [table, statistics] = await Promise.all([director.table(), director.statistics()]);
  const content = overview(table, statistics);
  if (json || output === 'json') await printJson(content);
  else await print(listText(content, signals ? SIGNALS : COUNTERS));
}

const COUNTER_HEADER = [
  'real server',
  'method',
  'weight',
  'active',
  'inactive',
  'connections',
  'in packets',
  'in bytes',
  'out packets',
  'out bytes',
];

/** Columns of a list: their names, and what stands in them of a real server. */
interface Columns {
  header: readonly string[];
  row: (destination: DestinationOverview) => (string | number | bigint)[];
}

const COUNTERS: Columns = { header: COUNTER_HEADER, row: counterRow };
const SIGNALS: Columns = { header: SIGNAL_HEADER, row: signalRow };

/** A paragraph for each service: a line about it, then its real servers in columns. */
export function listText({ services }: Overview, columns: Columns = COUNTERS): string {
  if (services.length === 0) return 'no virtual services\n';
  return services.map((service) => serviceText(service, columns)).join('\n');
}

function serviceText(service: ServiceOverview, { header, row }: Columns): string {
  const title = `${[matchKey(service.match), service.scheduler, ...attributes(service)].join(', ')}\n`;
  if (service.destinations.length === 0) return `${title}  no real servers\n`;
  return title + indented(alignColumns([header, ...service.destinations.map(row)]));
}

function attributes({ schedulerFlags, persistence, persistenceEngine, onePacket }: Service): string[] {
  const flags = Object.values(SCHEDULER_FLAG).flatMap((bit, index) =>
    schedulerFlags & bit ? [`flag-${index + 1}`] : [],
  );
  return [
    ...flags,
    ...(persistence === undefined ? [] : [`persistent ${persistence.timeout} s, mask ${persistence.netmask}`]),
    ...(persistenceEngine === undefined ? [] : [`persistence engine ${persistenceEngine}`]),
    ...(onePacket ? ['one-packet'] : []),
  ];
}

function counterRow(destination: DestinationOverview): (string | number | bigint)[] {
  const { connections, inPackets, inBytes, outPackets, outBytes } = destination.counters;
  const method = destination.method === 'tunnel' ? tunnelText(destination.tunnel) : destination.method;
  const { weight, active, inactive } = destination;
  return [
    endpointText(destination),
    method,
    weight,
    active,
    inactive,
    connections,
    inPackets,
    inBytes,
    outPackets,
    outBytes,
  ];
}

function tunnelText({ type, port }: Tunnel): string {
  return type === 'gue' ? `tunnel gue ${port}` : `tunnel ${type}`;
}

function indented(text: string): string {
  return text.replace(/^/gmu, '  ').trimEnd().concat('\n');
}
