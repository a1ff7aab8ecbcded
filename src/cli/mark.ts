import type { Command } from 'commander';
import { connectDirector } from '../daemon/client.ts';
import { parseOwnRule } from '../ipvsadm/own-rules.ts';
import { markTarget } from '../lvs/mark.ts';
import { socketOption, type SocketOptions } from './options/socket.ts';
import { alignColumns, print, printJson } from './terminal/output.ts';

interface ListFlags extends SocketOptions {
  json?: boolean;
}

/** `weir mark`: the addresses that make up a firewall-mark service, without netfilter. */
export function register(program: Command): void {
  const mark = program
    .command('mark')
    .summary('marks for firewall-mark services')
    .description(
      'Rules that give packets to an address, protocol and port a firewall mark, so that a service of that mark (`ipvsadm -A -f`)\n' +
        'takes them together. A mark that netfilter has given a packet goes before.',
    );
  mark
    .command('add <mark> <protocol> <address>')
    .description('mark packets to ADDRESS:PORT, or to any port of ADDRESS; protocol: tcp, udp, sctp or icmp')
    .addOption(socketOption())
    .action((...words: [string, string, string, SocketOptions]) => change('add', words.slice(0, 3), words[3]));
  mark
    .command('remove <protocol> <address>')
    .description('mark them no longer')
    .addOption(socketOption())
    .action((...words: [string, string, SocketOptions]) => change('remove', words.slice(0, 2), words[2]));
  mark.command('list').description('the rules').option('--json', 'print JSON').addOption(socketOption()).action(list);
}

async function change(verb: 'add' | 'remove', words: readonly unknown[], { socket }: SocketOptions): Promise<void> {
  const operation = parseOwnRule(['mark', verb, ...words.map(String)]);
  const director = await connectDirector(socket);
  if (operation !== undefined) await director.commit([operation]);
}

async function list({ socket, json = false }: ListFlags): Promise<void> {
  const director = await connectDirector(socket);
  const { marks } = await director.table();
  if (json) return await printJson(marks);
  if (marks.length === 0) return await print('no marks\n');
  const rows = marks.toSorted((a, b) => a.mark - b.mark).map(({ mark, match }) => [mark, markTarget(match)]);
  await print(alignColumns([['mark', 'packets to'], ...rows]));
}
