import { Option, type Command } from 'commander';
import { connectDirector } from '../daemon/client.ts';
import { endpointText, matchKey, SCHEDULER_FLAG, type Service, type Tunnel } from '../lvs/service.ts';
import { alignColumns, print, printJson } from './output.ts';
import { overview, type DestinationOverview, type Overview, type ServiceOverview } from './overview.ts';
import { socketOption, type SocketOptions } from './socket-option.ts';

interface ListFlags extends SocketOptions {
  output: 'table' | 'json';
  json?: boolean;
}

/** `weir list`: the table with everything known about it, for people or for programs. */
export function register(program: Command): void {
  program
    .command('list')
    .summary('virtual services and real servers')
    .description('Lists virtual services and real servers in walk order, with connections and counters.')
    .addOption(new Option('-o, --output <format>', 'format of the output').choices(['table', 'json']).default('table'))
    .option('--json', 'the same as -o json')
    .addOption(socketOption())
    .action(list);
}

async function list({ socket, output, json = false }: ListFlags): Promise<void> {
  const director = await connectDirector(socket);
  const [table, statistics] = await Promise.all([director.table(), director.statistics()]);
  const content = overview(table, statistics);
  if (json || output === 'json') await printJson(content);
  else await print(listText(content));
}

const HEADER = [
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

/** A paragraph for each service: a line about it, then its real servers in columns. */
export function listText({ services }: Overview): string {
  if (services.length === 0) return 'no virtual services\n';
  return services.map(serviceText).join('\n');
}

function serviceText(service: ServiceOverview): string {
  const title = `${[matchKey(service.match), service.scheduler, ...attributes(service)].join(', ')}\n`;
  if (service.destinations.length === 0) return `${title}  no real servers\n`;
  return title + indented(alignColumns([HEADER, ...service.destinations.map(destinationRow)]));
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

function destinationRow(destination: DestinationOverview): (string | number | bigint)[] {
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
