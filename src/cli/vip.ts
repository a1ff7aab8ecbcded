import type { Command } from 'commander';
import { connectDirector } from '../daemon/client.ts';
import { parseOwnRule } from '../ipvsadm/own-rules.ts';
import { socketOption, type SocketOptions } from './options/socket.ts';
import { alignColumns, print, printJson } from './terminal/output.ts';

interface ListFlags extends SocketOptions {
  json?: boolean;
}

/** `weir vip`: the VIPs that the director puts on its interfaces itself. */
export function register(program: Command): void {
  const vip = program
    .command('vip')
    .summary('VIPs that the director owns')
    .description(
      'Addresses (/32, /128) that the director puts on an interface, announces by gratuitous ARP or unsolicited neighbour\n' +
        'advertisements, and takes off when it ends, but not with --keep. They are saved with the rules. VIPs that others put there,\n' +
        'such as keepalived, need none of this.',
    );
  vip
    .command('add <address> <interface>')
    .description('own a VIP on an interface, or move it there; once more does nothing')
    .addOption(socketOption())
    .action((address: string, on: string, { socket }: SocketOptions) => change(['add', address, on], socket));
  vip
    .command('del <address>')
    .description('take it off')
    .addOption(socketOption())
    .action((address: string, { socket }: SocketOptions) => change(['del', address], socket));
  vip
    .command('list')
    .description('the VIPs that the director owns')
    .option('--json', 'print JSON')
    .addOption(socketOption())
    .action(list);
}

async function change(words: readonly string[], socket: string): Promise<void> {
  const operation = parseOwnRule(['vip', ...words]);
  const director = await connectDirector(socket);
  if (operation !== undefined) await director.commit([operation]);
}

async function list({ socket, json = false }: ListFlags): Promise<void> {
  const director = await connectDirector(socket);
  const { vips } = await director.table();
  if (json) return await printJson(vips);
  if (vips.length === 0) return await print('no VIPs\n');
  await print(alignColumns([['VIP', 'interface'], ...vips.map((vip) => [vip.address, vip.interface])]));
}
