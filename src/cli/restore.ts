import { text as textOf } from 'node:stream/consumers';
import type { Command } from 'commander';
import { WeirError } from '../base/error.ts';
import { connectDirector } from '../daemon/client.ts';
import { rulesPath } from '../daemon/paths.ts';
import { readStateFile } from '../daemon/state-file.ts';
import type { RestoreRequest } from '../daemon/wire.ts';
import { numericRules, readRules } from '../ipvsadm/read-rules.ts';
import { formatOperation } from '../ipvsadm/rules.ts';
import { LazyNames } from './names/lazy-names.ts';
import { socketOption, type SocketOptions } from './options/socket.ts';
import { print, printJson } from './terminal/output.ts';

interface RestoreFlags extends SocketOptions {
  state?: string;
  dryRun?: boolean;
  json?: boolean;
}

/** `weir restore`: one transaction from the rules in force to the saved ones. */
export function register(program: Command): void {
  program
    .command('restore')
    .summary('make the saved rules the rules in force')
    .description(
      'Replaces the table by the rules of a file, in one transaction: all of it or nothing. What is equal in both is not touched\n' +
        'and keeps its counters and connections. The file may hold comments (#) and lines of `ipvsadm -S`.\n' +
        'Without --set it means the default timeouts, without --start-daemon no synchronisation.',
    )
    .argument('[file]', 'where from (`-`: standard input; default: the file that the director restores at its start)')
    .option('--state <folder>', 'restore from this state folder instead of the one of the director')
    .option(
      '--dry-run',
      'ask the director whether it would take the rules, and print the changes instead of making them',
    )
    .option('--json', 'print the changes as JSON')
    .addOption(socketOption())
    .action(restore);
}

async function restore(
  file: string | undefined,
  { socket, state, dryRun = false, json = false }: RestoreFlags,
): Promise<void> {
  const path = file ?? (state === undefined ? undefined : rulesPath(state));
  const rules: RestoreRequest = path === undefined ? {} : await rulesFrom(path);
  const director = await connectDirector(socket);
  const { operations, version } = await director.restore({ ...rules, dryRun });
  if (json) {
    await printJson({ applied: !dryRun, operations, version });
  } else if (dryRun) {
    await print(operations.map((operation) => `${formatOperation(operation)}\n`).join('') || '# nothing differs\n');
  } else {
    await print(`${operations.length} changes, table version ${version}\n`);
  }
}

/** The rules with numbers for names: the director itself asks no name server. */
async function rulesFrom(path: string): Promise<RestoreRequest> {
  const source = path === '-' ? 'standard input' : path;
  const text = path === '-' ? await textOf(process.stdin) : await readStateFile(path);
  if (text !== undefined) return { rules: numericRules(await readRules(text, source, new LazyNames())), source };
  throw new WeirError('STATE_UNREADABLE', 'there is no such file of rules', {
    where: path,
    fix: 'save one with `weir save FILE`',
  });
}
