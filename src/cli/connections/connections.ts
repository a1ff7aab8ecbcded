import type { Command } from 'commander';
import { connectDirector } from '../../daemon/client.ts';
import { wireText } from '../../daemon/wire.ts';
import type { Connection } from '../../lvs/live-connection.ts';
import { endpointText } from '../../lvs/service.ts';
import { socketOption, type SocketOptions } from '../options/socket.ts';
import { print } from '../terminal/output.ts';
import { connectionFilter, type ConnectionFilter } from './filter.ts';

/** Characters that are printed at a time: there may be hundreds of thousands of lines. */
const CHUNK = 64 * 1024;

interface ConnectionsFlags extends SocketOptions, ConnectionFilter {
  json?: boolean;
}

/** `weir connections`: streamed, so that a million of them need no memory. */
export function register(program: Command): void {
  program
    .command('connections')
    .summary('live connections, filtered')
    .description('Lists live connections and persistence templates as they come from the connection table.')
    .option('--service <address>', 'only those to this virtual address: ADDRESS or ADDRESS:PORT')
    .option('--real-server <address>', 'only those that this real server got')
    .option('--client <address>', 'only those of this client')
    .option('--state <names>', 'only those in one of these states, separated by commas')
    .option('--json', 'print a JSON object a line')
    .addOption(socketOption())
    .action(listConnections);
}

async function listConnections({ socket, json = false, ...filter }: ConnectionsFlags): Promise<void> {
  const wanted = connectionFilter(filter);
  const director = await connectDirector(socket);
  let text = json ? '' : row('proto', 'expires', 'state', 'client', 'virtual', 'real server');
  for await (const connection of director.connections()) {
    if (!wanted(connection)) continue;
    text += json ? `${wireText(connection)}\n` : connectionText(connection);
    if (text.length < CHUNK) continue;
    await print(text);
    text = '';
  }
  await print(text);
}

/** One line; seconds are cut to whole ones, as ipvsadm does. */
export function connectionText(connection: Connection): string {
  const { protocol, expires, state, client, virtual, destination, template, engine } = connection;
  const server = endpointText(destination);
  return row(
    protocol,
    `${Math.floor(expires / 1000)} s`,
    template ? `${state} template` : state,
    endpointText(client),
    endpointText(virtual),
    engine === undefined ? server : `${server.padEnd(21)}  ${engine.name} ${engine.data}`,
  );
}

function row(
  protocol: string,
  expires: string,
  state: string,
  client: string,
  virtual: string,
  server: string,
): string {
  const cells = [
    protocol.padEnd(5),
    expires.padStart(9),
    state.padEnd(16),
    client.padEnd(21),
    virtual.padEnd(21),
    server,
  ];
  return `${cells.join('  ')}\n`;
}
