import type { Command } from 'commander';
import { connectDirector } from '../daemon/client.ts';
import { parseOwnRule } from '../ipvsadm/own-rules.ts';
import { SOURCE_PORTS } from '../lvs/source.ts';
import { socketOption, type SocketOptions } from './options/socket.ts';
import { alignColumns, print, printJson } from './terminal/output.ts';

interface AddFlags extends SocketOptions {
  ports?: string;
}

interface ListFlags extends SocketOptions {
  json?: boolean;
}

/** `weir source`: the addresses that real servers of full NAT see in place of the clients'. */
export function register(program: Command): void {
  const source = program
    .command('source')
    .summary('source addresses of full NAT')
    .description(
      'Addresses of the director that real servers of full NAT see in place of the clients. Each of their ports carries one connection\n' +
        'to each address and port of a real server. Such a server is added with `weir rule -a ... --full-nat`.',
    );
  source
    .command('add <address>')
    .description('add a source, or give it other ports')
    .option('--ports <first-last>', `ports that may be used (default: ${SOURCE_PORTS.first}-${SOURCE_PORTS.last})`)
    .addOption(socketOption())
    .action((address: string, { ports, socket }: AddFlags) =>
      change(['add', address, ...(ports === undefined ? [] : [ports])], socket),
    );
  source
    .command('remove <address>')
    .description('use it for no new connection; those that have it go on')
    .addOption(socketOption())
    .action((address: string, { socket }: SocketOptions) => change(['remove', address], socket));
  source
    .command('list')
    .description('the sources')
    .option('--json', 'print JSON')
    .addOption(socketOption())
    .action(list);
}

async function change(words: readonly string[], socket: string): Promise<void> {
  const operation = parseOwnRule(['source', ...words]);
  const director = await connectDirector(socket);
  if (operation !== undefined) await director.commit([operation]);
}

async function list({ socket, json = false }: ListFlags): Promise<void> {
  const director = await connectDirector(socket);
  const { sources } = await director.table();
  if (json) return await printJson(sources);
  if (sources.length === 0) return await print('no sources\n');
  const rows = sources.map(({ address, firstPort, lastPort }) => [address, `${firstPort}-${lastPort}`]);
  await print(alignColumns([['source', 'ports'], ...rows]));
}
