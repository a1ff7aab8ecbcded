import type { Command } from 'commander';
import { connectDirector } from '../daemon/client.ts';
import type { DirectorStatus } from '../daemon/wire.ts';
import { socketOption, type SocketOptions } from './options/socket.ts';
import { alignColumns, print, printJson } from './terminal/output.ts';

interface StatusFlags extends SocketOptions {
  json?: boolean;
}

/** `weir status`: which director, which engine, how full, and what became of the packets. */
export function register(program: Command): void {
  program
    .command('status')
    .summary('what the director is doing')
    .description(
      'Shows the director, its engine, how full its tables are, and how many packets ended for which reason.',
    )
    .option('--json', 'print JSON')
    .addOption(socketOption())
    .action(showStatus);
}

async function showStatus({ socket, json = false }: StatusFlags): Promise<void> {
  const director = await connectDirector(socket);
  const status = await director.status();
  if (json) await printJson(status);
  else await print(statusText(status));
}

/** The status as labelled lines, then the reasons, the most frequent first; what has befallen the director between them. */
export function statusText({ engine, director, table, connections, facts, reasons, faults }: DirectorStatus): string {
  const labelled = [
    ['director', `${director.version}, process ${director.pid}, since ${director.started}`],
    ['socket', director.socket],
    ['state', director.state],
    ['engine', engine],
    ...facts.map(({ name, value }) => [name, value]),
    ['table', `${table.services} services, ${table.destinations} real servers, version ${table.version}`],
    ['connections', `${connections.used} of ${connections.size}`],
    ...faults.map(({ fault, count }) => [`fault ${fault}`, `${count} since the start`]),
  ];
  if (reasons.length === 0) return alignColumns(labelled);
  const counts = reasons
    .toSorted((a, b) => (a.packets > b.packets ? -1 : 1))
    .map(({ packets, verdict, reason }) => [packets, verdict, reason]);
  return `${alignColumns(labelled)}\n${alignColumns([['packets', 'verdict', 'reason'], ...counts])}`;
}
