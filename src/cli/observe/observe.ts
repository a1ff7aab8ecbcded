import { Option, type Command } from 'commander';
import { connectDirector } from '../../daemon/client.ts';
import { wireText, type EventsQuery } from '../../daemon/wire.ts';
import { EVENT_KINDS, type DroppedPacket, type EngineEvent } from '../../engine/events.ts';
import { endpointText, type DestinationId } from '../../lvs/service.ts';
import { wholeNumber } from '../options/number.ts';
import { socketOption, type SocketOptions } from '../options/socket.ts';
import { print } from '../terminal/output.ts';
import { followSignals, signalText, type SignalNews } from './signals.ts';

interface ObserveFlags extends SocketOptions, EventsQuery {
  signals?: boolean;
  every: number;
  count?: number;
  output: 'text' | 'json';
}

const MOST = 999_999_999;

/** `weir observe`: what happens to connections and packets, as it happens. */
export function register(program: Command): void {
  const number = wholeNumber(1, MOST);
  program
    .command('observe')
    .summary('connections, drops and signals as they happen')
    .description(
      `Follows what the director does until Ctrl-C: ${EVENT_KINDS.join(', ')}. Who reads too slowly loses events, and is told how many;\n` +
        'forwarding never waits.\n' +
        'With --signals instead what it notices of each real server: handshakes, their times, ICMP errors.',
    )
    .option('--kinds <kinds>', `only these, separated by commas (default: ${EVENT_KINDS.join(',')})`)
    .option('--service <address>', 'only those to this virtual address: ADDRESS or ADDRESS:PORT')
    .option('--real-server <address>', 'only connections of this real server')
    .option('--client <address>', 'only those of this client')
    .option('--reason <names>', 'only packets dropped for these reasons, separated by commas')
    .addOption(new Option('--sample <n>', 'only every n-th').argParser(number))
    .addOption(new Option('--rate <n>', 'at most so many a second').argParser(number))
    .addOption(new Option('--queue <n>', 'how many may wait for a slow reader').argParser(number).default(1024))
    .addOption(
      new Option('--signals', 'what the director has noticed of each real server, again and again').conflicts([
        'kinds',
        'client',
        'reason',
        'sample',
        'rate',
      ]),
    )
    .addOption(new Option('--every <seconds>', 'with --signals: how often').argParser(number).default(2))
    .addOption(new Option('--count <n>', 'end after so many').argParser(number))
    .addOption(new Option('-o, --output <format>', 'format of the output').choices(['text', 'json']).default('text'))
    .addOption(socketOption())
    .action(observe);
}

async function observe({ socket, count = Infinity, output, signals, every, ...query }: ObserveFlags): Promise<void> {
  const director = await connectDirector(socket);
  const news = signals === true ? followSignals(director, every, query) : director.events(query);
  let left = count;
  for await (const one of news) {
    await print(output === 'json' ? `${wireText(one)}\n` : newsText(one));
    if (--left <= 0) return;
  }
}

/** One line, with the time of day in UTC. */
function newsText(one: EngineEvent | SignalNews): string {
  const text = one.kind === 'signals' ? signalText(one) : `${one.kind.padEnd(7)}  ${eventText(one)}`;
  return `${new Date(one.at).toISOString().slice(11, 23)}  ${text}\n`;
}

function eventText(event: EngineEvent): string {
  if (event.kind === 'lost') return `${event.events} events, because there were too many`;
  if (event.kind === 'dropped') return `${event.reason}  ${packetText(event.packet)}`;
  const { protocol, client, virtual, destination, template, state } = event.connection;
  const what = `${protocol} ${endpointText(client)} > ${endpointText(virtual)} > ${endpointText(destination)}`;
  return template ? `${what} template` : event.kind === 'new' ? what : `${what} ${state}`;
}

function packetText({ protocol, source, destination, bytes }: DroppedPacket): string {
  if (source === undefined || destination === undefined) return `${bytes} bytes that are no IP packet`;
  return `${protocol} ${endText(source)} > ${endText(destination)}`;
}

function endText(end: DestinationId): string {
  return end.port === 0 ? end.address : endpointText(end);
}
